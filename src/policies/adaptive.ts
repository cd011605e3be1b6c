import type { AlgorithmName } from '../domain/algorithm.ts';
import type { Random } from '../domain/ports.ts';
import { CLASS_COUNT } from '../domain/priority.ts';
import { LeastConnections } from './least-connections.ts';
import { LeastResponseTime } from './least-response-time.ts';
import { PerformanceBased } from './performance-based.ts';
import type { Candidates, Policy, RequestView } from './policy.ts';
import { ResourceBased } from './resource-based.ts';
import { RoundRobin } from './round-robin.ts';
import { WeightedRoundRobin } from './weighted-round-robin.ts';

/** What a priority can be balanced by: any algorithm but adaptive itself. */
export type Strategy = Exclude<AlgorithmName, 'adaptive'>;

/** Strategies by class, CRITICAL first, before there is evidence (DESIGN section 6). */
export const FIRST_STRATEGIES: readonly Strategy[] = [
  'performance-based',
  'performance-based',
  'least-connections',
  'least-connections',
  'least-connections',
];

/** In HIGH, performance-based also spares scarce resources: performance · (1 + dominant share). */
const SPARING_CLASS = 1;

/** Memories of the strategies, for one route. */
type AdaptiveMemory = Map<Policy, unknown>;

/**
 * Adaptive: a strategy per priority, from a table at first, corrected by evidence (see ShadowEvidence). Each strategy keeps its
 * own memory per route; what a strategy may not do (ejected components, limits) lies beneath it, in eligibility.
 */
export class AdaptivePolicy implements Policy<AdaptiveMemory> {
  readonly name = 'adaptive';
  private readonly chosen: Strategy[] = [...FIRST_STRATEGIES];
  private readonly policies: Readonly<Record<Strategy, Policy>> = {
    'round-robin': new RoundRobin(),
    'weighted-round-robin': new WeightedRoundRobin(),
    'least-connections': new LeastConnections(),
    'least-response-time': new LeastResponseTime(),
    'resource-based': new ResourceBased(),
    'performance-based': new PerformanceBased(),
  };
  private readonly sparing = new PerformanceBased({ sparing: true });
  private readonly byClass: Policy[] = [];

  constructor() {
    for (let cls = 0; cls < CLASS_COUNT; cls++) this.byClass.push(this.policyFor(cls, FIRST_STRATEGIES[cls]!));
  }

  /** The strategy of each class, CRITICAL first. */
  get strategies(): readonly Strategy[] {
    return this.chosen;
  }

  /** @param cls 0 CRITICAL to 4 MINIMAL. */
  setStrategy(cls: number, strategy: Strategy): void {
    this.chosen[cls] = strategy;
    this.byClass[cls] = this.policyFor(cls, strategy);
  }

  /** The policy that stands for a strategy in a class. */
  policyFor(cls: number, strategy: Strategy): Policy {
    return cls === SPARING_CLASS && strategy === 'performance-based' ? this.sparing : this.policies[strategy];
  }

  createMemory(): AdaptiveMemory {
    return new Map();
  }

  select(candidates: Candidates, request: RequestView, memory: AdaptiveMemory, random: Random): number {
    const policy = this.byClass[request.cls]!;
    return policy.select(candidates, request, memoryOf(memory, policy), random);
  }
}

const NO_MEMORY = {};

function memoryOf(memory: AdaptiveMemory, policy: Policy): unknown {
  if (policy.createMemory === undefined) return NO_MEMORY;
  let own = memory.get(policy);
  if (own === undefined) {
    own = policy.createMemory();
    memory.set(policy, own);
  }
  return own;
}
