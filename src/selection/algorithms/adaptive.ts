import { ALGORITHMS, type AlgorithmName, type Strategy } from '../../domain/algorithm.ts';
import type { Random } from '../../domain/ports.ts';
import { CLASS_COUNT } from '../../domain/priority.ts';
import type { PerformanceStats } from '../../fleet/performance-stats.ts';
import { StrategyEvidence, type StrategyMove } from '../../learning/strategy-evidence.ts';
import { type BuiltInPolicy, type FleetCandidates, Pick, type SelectionRequest } from '../built-in-policy.ts';
import { PerformanceBased } from './performance-based.ts';
import { createStrategy } from './strategies.ts';

/**
 * Strategies by class, CRITICAL first, before there is evidence. Performance-based for all of them: among equals it shares
 * as least connections does, and when one of them changes there is no strategy to be changed first, which takes ten seconds
 * and more (docs/decisions/0015).
 */
export const FIRST_STRATEGIES: readonly Strategy[] = Array<Strategy>(CLASS_COUNT).fill('performance-based');

/** In HIGH, performance-based also spares scarce resources: performance · (1 + dominant share). */
const SPARING_CLASS = 1;

const isStrategy = (name: AlgorithmName): name is Strategy => name !== 'adaptive';
const STRATEGIES: readonly Strategy[] = ALGORITHMS.filter(isStrategy);

/** Memories of the strategies for one route: of those that pick, and of their shadows. */
export interface AdaptiveMemory {
  readonly own: Map<BuiltInPolicy, unknown>;
  /** By class: who picked last, and what of `own` is its. */
  readonly policies: (BuiltInPolicy | undefined)[];
  readonly kept: unknown[];
  /** null: picks for this memory are no evidence. */
  readonly shadow: Map<BuiltInPolicy, unknown> | null;
}

/**
 * Adaptive: a strategy per priority, from a table at first, corrected by evidence (see StrategyEvidence). Each strategy
 * keeps its own memory per route; what no strategy may do (ejected components, limits) lies beneath it, in eligibility.
 */
export class AdaptivePolicy implements BuiltInPolicy<AdaptiveMemory> {
  readonly name = 'adaptive';
  private readonly chosen: Strategy[] = [...FIRST_STRATEGIES];
  private readonly evidence = new StrategyEvidence(STRATEGIES);
  private readonly policies = new Map(STRATEGIES.map((strategy) => [strategy, createStrategy(strategy)] as const));
  private readonly sparing = new PerformanceBased({ sparing: true });
  private readonly byClass: BuiltInPolicy[] = [];

  constructor() {
    for (let cls = 0; cls < CLASS_COUNT; cls++) this.byClass.push(this.policyFor(cls, FIRST_STRATEGIES[cls]!));
  }

  /** The strategy of each class, CRITICAL first. */
  get strategies(): readonly Strategy[] {
    return this.chosen;
  }

  /** @param cls 0 CRITICAL to 4 MINIMAL. */
  setStrategy(cls: number, strategy: Strategy): void {
    if (this.chosen[cls] === strategy) return;
    this.chosen[cls] = strategy;
    this.byClass[cls] = this.policyFor(cls, strategy);
    this.evidence.restart(cls);
  }

  /**
   * One cycle of the optimizer: the moves that the evidence calls for. They are not made: `setStrategy` makes them.
   * @param t ms since the balancer's time 0.
   * @param early called because the fleet has changed (see ChangeDetector), not because it was time.
   */
  cycle(performance: PerformanceStats, t: number, early = false): StrategyMove[] {
    return this.evidence.cycle(this.chosen, performance, t, early);
  }

  createMemory(): AdaptiveMemory {
    return { own: new Map(), policies: [], kept: [], shadow: new Map() };
  }

  copyMemory(memory: AdaptiveMemory): AdaptiveMemory {
    const own = new Map<BuiltInPolicy, unknown>();
    for (const [policy, kept] of memory.own) own.set(policy, policy.copyMemory?.(kept));
    return { own, policies: [], kept: [], shadow: null };
  }

  select(candidates: FleetCandidates, request: SelectionRequest, memory: AdaptiveMemory, random: Random): number {
    const { cls } = request;
    const policy = this.byClass[cls]!;
    const { shadow } = memory;
    if (shadow !== null && this.evidence.isDue(cls, candidates.now)) this.ask(candidates, request, shadow, random);
    if (memory.policies[cls] !== policy) {
      memory.policies[cls] = policy;
      memory.kept[cls] = memoryOf(memory.own, policy);
    }
    return policy.select(candidates, request, memory.kept[cls], random);
  }

  private policyFor(cls: number, strategy: Strategy): BuiltInPolicy {
    return cls === SPARING_CLASS && strategy === 'performance-based' ? this.sparing : this.policies.get(strategy)!;
  }

  /** Notes whom each strategy would take; of the present one too, so that all are asked alike. */
  private ask(
    candidates: FleetCandidates,
    request: SelectionRequest,
    shadow: Map<BuiltInPolicy, unknown>,
    random: Random,
  ): void {
    const { evidence } = this;
    const { cls } = request;
    const { taken, slots } = candidates.fleet.components;
    evidence.open(cls, candidates.now, candidates.fleet.performance, this.chosen[cls]!);
    for (let k = 0; k < STRATEGIES.length; k++) {
      const policy = this.policyFor(cls, STRATEGIES[k]!);
      const answer = policy.select(candidates, request, memoryOf(shadow, policy), random);
      if (answer === Pick.hold) {
        evidence.answer(cls, k, candidates.held.component, 1, candidates.held.wait);
      } else {
        const i = candidates.list[answer]!;
        evidence.answer(cls, k, i, Math.max(1, (taken[i]! + 1) / slots[i]!), 0);
      }
    }
  }
}

const NO_MEMORY = {};

function memoryOf(memories: Map<BuiltInPolicy, unknown>, policy: BuiltInPolicy): unknown {
  if (policy.createMemory === undefined) return NO_MEMORY;
  let own = memories.get(policy);
  if (own === undefined) {
    own = policy.createMemory();
    memories.set(policy, own);
  }
  return own;
}
