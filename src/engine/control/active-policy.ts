import { type ActiveAlgorithm, ALGORITHMS, type AlgorithmName } from '../../domain/algorithm.ts';
import type { SavedAlgorithmPerformance } from '../../domain/ports.ts';
import { AdaptivePolicy } from '../../selection/algorithms/adaptive.ts';
import { createPolicy } from '../../selection/algorithms/registry.ts';
import type { BuiltInPolicy } from '../../selection/built-in-policy.ts';
import { builtInOf } from '../../selection/custom-policy.ts';
import type { Policy } from '../../selection/policy.ts';

interface AlgorithmCounters {
  readonly name: string;
  picks: number;
  holds: number;
  completed: number;
  failed: number;
  responseMs: number;
}

/** The policies of one balancer and what each of them did. */
export class ActivePolicy {
  active: ActiveAlgorithm;
  policy: BuiltInPolicy;
  readonly adaptive = new AdaptivePolicy();
  /** Number of the active algorithm in `tallies`; attempts remember it. */
  number = 0;
  readonly counters: AlgorithmCounters[] = [];
  private readonly custom: BuiltInPolicy | undefined;
  private readonly made = new Map<string, BuiltInPolicy>();

  constructor(algorithm: AlgorithmName | { readonly name: string }, custom: Policy | undefined) {
    this.custom = custom === undefined ? undefined : builtInOf(custom);
    this.active = typeof algorithm === 'string' ? algorithm : 'custom';
    this.policy = this.policyOf(this.active);
    this.select(this.active);
  }

  get hasCustom(): boolean {
    return this.custom !== undefined;
  }

  select(algorithm: ActiveAlgorithm): void {
    this.active = algorithm;
    this.policy = this.policyOf(algorithm);
    const { name } = this.policy;
    const known = this.counters.findIndex((tally) => tally.name === name);
    this.number =
      known >= 0 ? known : this.counters.push({ name, picks: 0, holds: 0, completed: 0, failed: 0, responseMs: 0 }) - 1;
  }

  /** Names under which something may have been counted: the seven, and the user's own. */
  names(): readonly string[] {
    return this.custom === undefined ? ALGORITHMS : [...ALGORITHMS, this.custom.name];
  }

  /** Takes over what earlier runs did. */
  restore(saved: Readonly<Record<string, SavedAlgorithmPerformance>>): void {
    for (const [name, { picks, completed, failed, meanResponseMs }] of Object.entries(saved)) {
      const number = this.counters.findIndex((tally) => tally.name === name);
      const tally =
        number >= 0 ? this.counters[number]! : { name, picks: 0, holds: 0, completed: 0, failed: 0, responseMs: 0 };
      if (number < 0) this.counters.push(tally);
      tally.picks += picks;
      tally.completed += completed;
      tally.failed += failed;
      tally.responseMs += meanResponseMs * (completed + failed);
    }
  }

  private policyOf(algorithm: ActiveAlgorithm): BuiltInPolicy {
    if (algorithm === 'adaptive') return this.adaptive;
    if (algorithm === 'custom' && this.custom !== undefined) return this.custom;
    let policy = this.made.get(algorithm);
    if (policy === undefined) {
      policy = createPolicy(algorithm === 'custom' ? 'least-connections' : algorithm);
      this.made.set(algorithm, policy);
    }
    return policy;
  }
}
