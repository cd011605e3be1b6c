import type { ActiveAlgorithm, AlgorithmName, Strategy } from './algorithm.ts';
import type { ComponentCapacity } from './component.ts';
import type { PressureLevel } from './events.ts';
import type { RequestCounts } from './outcome.ts';
import type { Priority } from './priority.ts';

/** Distribution of a duration in milliseconds; all zero when nothing was recorded. */
export interface LatencySummary {
  readonly count: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly meanMs: number;
  /** Exponentially weighted moving average with a time constant of 10 s. */
  readonly ewmaMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
}

/**
 * What one component carried since it was registered. Each attempt ends in exactly one way:
 * `started = succeeded + failed + aborted + those that run unaborted`.
 */
export interface ComponentMetrics extends ComponentCapacity {
  readonly priority: Priority;
  readonly started: number;
  readonly succeeded: number;
  /** Attempts whose handler threw or rejected by itself. */
  readonly failed: number;
  /** Attempts that the balancer ended, by time-out, deadline, cancel or failover; also those that then finished late. */
  readonly aborted: number;
  /** Of the aborted: held against the component, for a time-out or for hanging on beyond a deadline. */
  readonly timedOut: number;
  /** Aborted attempts whose handler had not settled after `abortGraceMs`. */
  readonly abandoned: number;
  /** Useful over total busy time, 0 to 1; failed, aborted and abandoned time is waste. 1 when never busy. */
  readonly efficiency: number;
  readonly restarts: number;
  readonly latency: LatencySummary;
}

/** What one algorithm did since the start. */
export interface AlgorithmMetrics {
  readonly picks: number;
  readonly holds: number;
  readonly completed: number;
  readonly failed: number;
  readonly meanResponseMs: number;
}

/** What one algorithm would have done with the live stream. */
export interface ShadowedAlgorithm {
  /** Picks by component, of decisions that bound a request. */
  readonly picks: Readonly<Record<string, number>>;
  /** Decisions on which it would have waited for a component that was full. */
  readonly holds: number;
  /** Share of decisions on which it would have done what was done, 0 to 1. */
  readonly agreement: number;
  /**
   * Share of the expected cost of what was done that its picks would have saved; negative: they would have cost more. null
   * while nothing is scored (about 8 s).
   */
  readonly gain: number | null;
  /** Lower end of the gain's 95 % interval: above 0 it is better beyond chance. null with less than three batches (15 s). */
  readonly gainAtLeast: number | null;
  /** Share of its own expected cost that it would have lost against the best of the seven, 0 to 1. */
  readonly regret: number | null;
}

/** What every algorithm would have done: where the setting `shadow` is on. Over the last three minutes of batches. */
export interface ShadowMetrics {
  /** Decisions that bound a request; probes and routes of more than 64 components are left out. */
  readonly decisions: number;
  /** Decisions that `gain` and `regret` have rested on: one in 20 ms at most. */
  readonly scored: number;
  readonly algorithms: Readonly<Record<AlgorithmName, ShadowedAlgorithm>>;
  readonly adaptive: {
    /** What adaptive follows now, by priority. */
    readonly strategies: Readonly<Record<string, Strategy>>;
    /** What it has decided from its evidence, oldest first, the last hundred. `at`: epoch ms of the balancer's clock. */
    readonly moves: readonly {
      readonly at: number;
      readonly priority: Priority;
      readonly from: Strategy;
      readonly to: Strategy;
      readonly regret: number;
    }[];
  };
}

/** Queue of one route: the work that one set of components serves. */
export interface RouteMetrics {
  readonly types: readonly string[];
  readonly components: number;
  readonly queued: number;
  readonly bound: number;
  /** Slots taken over ramped slots of operational components, 0 to 1. */
  readonly utilization: number;
}

/** State of the balancer's regions. */
export interface BalancerRegions {
  readonly phase: 'starting' | 'running' | 'draining' | 'stopped';
  readonly dispatch: 'flowing' | 'paused';
  readonly pressure: PressureLevel;
  readonly failover: 'steady' | 'rerouting' | 'degraded' | 'panic';
  readonly algorithm: ActiveAlgorithm;
}

/** Everything that is counted, as plain JSON. Counts are since the start, times are in ms. */
export interface BalancerMetrics {
  /** Epoch ms of the balancer's clock. */
  readonly at: number;
  readonly uptimeMs: number;
  readonly regions: BalancerRegions;
  readonly requests: RequestCounts;
  readonly requestsByPriority: Readonly<Record<Priority, RequestCounts>>;
  /** completed / settled without cancelled, 0 to 1; 1 when nothing settled. */
  readonly successRate: number;
  /** From acceptance to outcome, of completed requests. */
  readonly responseTime: LatencySummary;
  /** From entering the queue to the start of an attempt. */
  readonly queueTime: LatencySummary;
  /** Settled requests per second over about the last 10 s. */
  readonly throughputPerSecond: number;
  readonly queue: {
    readonly size: number;
    readonly bound: number;
    readonly utilization: number;
    readonly byPriority: Readonly<Record<Priority, number>>;
    readonly routes: readonly RouteMetrics[];
  };
  readonly slots: { readonly taken: number; readonly total: number };
  readonly attempts: {
    readonly started: number;
    readonly retried: number;
    readonly rerouted: number;
    readonly probes: number;
    readonly abandoned: number;
    readonly settledLate: number;
  };
  readonly shedding: { readonly active: boolean; readonly dropped: number; readonly evicted: number };
  readonly algorithms: Readonly<Record<string, AlgorithmMetrics>>;
  readonly strategyByPriority: Readonly<Record<Priority, AlgorithmName>>;
  /** What every algorithm would have done; only where the setting `shadow` is on. */
  readonly shadow?: ShadowMetrics;
  readonly components: Readonly<Record<string, ComponentMetrics>>;
  /** 100 · Jain's fairness index of utilisation over operational components, 0 to 100. */
  readonly distributionScore: number;
  readonly alerts: { readonly raised: number; readonly suppressed: number };
  readonly failovers: number;
  readonly forecast: Omit<Forecast, 'upperUtilization'>;
}

/** Load to come, one cycle of the optimizer ahead; `utilization` is expected over possible completions per second. */
export interface Forecast {
  readonly arrivalsPerSecond: number;
  readonly upperPerSecond: number;
  readonly utilization: number;
  readonly upperUtilization: number;
}
