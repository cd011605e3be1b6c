import type { Outcome } from '../../domain/outcome.ts';
import type { Priority } from '../../domain/priority.ts';
import type { DurationSummary } from './statistics.ts';
import type { Note, StateChange } from './timeline.ts';

/** What became of a set of requests, counted by when they arrived. */
export interface Tally {
  readonly offered: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Completed within their deadline, over offered: 0 to 1. */
  readonly goodput: number;
  readonly goodPerSecond: number;
  /** From arrival to completion, of the completed. */
  readonly latency: DurationSummary;
  /** From arrival to the start of the first attempt, of those that started. */
  readonly wait: DurationSummary;
}

export interface ComponentTally {
  /** Requests whose last attempt ran there. */
  readonly served: number;
  readonly completed: number;
  /** Mean slots taken over capacity, from samples. */
  readonly utilization: number;
}

/** One interval of the timeline, by arrival. */
export interface TimelinePoint {
  readonly atMs: number;
  readonly offered: number;
  readonly good: number;
  readonly meanMs: number | null;
  readonly p99Ms: number | null;
}

/** What one run (a scenario, an algorithm, a seed) came to. Plain JSON; the same seed gives the same bytes. */
export interface RunResult {
  readonly algorithm: string;
  readonly seed: number | string;
  /** Over the measured time. */
  readonly total: Tally;
  readonly byPriority: Readonly<Partial<Record<Priority, Tally>>>;
  readonly byType: Readonly<Record<string, Tally>>;
  /** By the names of the scenario's windows. */
  readonly windows: Readonly<Record<string, Tally>>;
  readonly components: Readonly<Record<string, ComponentTally>>;
  /** From time 0, also the warm-up. */
  readonly timeline: readonly TimelinePoint[];
  /** Quantiles of latency for a chart. */
  readonly cdf: readonly (readonly [ms: number, share: number])[];
  readonly states: Readonly<Record<string, readonly StateChange[]>>;
  /** Queue by class (CRITICAL first) and slots by component, every `sampleMs`. */
  readonly samples: {
    readonly everyMs: number;
    readonly queue: readonly (readonly number[])[];
    readonly taken: readonly (readonly number[])[];
  };
  readonly remarks: readonly Note[];
  readonly balancer: {
    readonly picks: number;
    readonly holds: number;
    readonly retried: number;
    readonly rerouted: number;
    readonly probes: number;
    readonly abandoned: number;
    readonly dropped: number;
    readonly evicted: number;
    readonly failovers: number;
    /** Learned weights at the end. */
    readonly weights: Readonly<Record<string, number>>;
    /** Strategies of `adaptive` at the end, by priority. */
    readonly strategies: Readonly<Record<string, string>>;
  };
  readonly simulated: { readonly requests: number; readonly events: number; readonly virtualMs: number };
}
