import type { ActiveAlgorithm, AlgorithmName } from './algorithm.ts';
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
  readonly components: Readonly<Record<string, ComponentMetrics>>;
  /** 100 · Jain's fairness index of utilisation over operational components, 0 to 100. */
  readonly distributionScore: number;
  readonly alerts: { readonly raised: number; readonly suppressed: number };
  readonly failovers: number;
  readonly forecast: {
    readonly arrivalsPerSecond: number;
    readonly upperPerSecond: number;
    readonly utilization: number;
  };
}
