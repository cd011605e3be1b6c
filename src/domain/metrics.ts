import type { ActiveAlgorithm, AlgorithmName, Strategy } from './algorithm.ts';
import type { ComponentCapacity } from './component.ts';
import type { PressureLevel } from './events.ts';
import type { RequestCounts } from './outcome.ts';
import type { Priority } from './priority.ts';

/** Distribution of a duration in milliseconds; all zero when nothing was recorded. */
export interface LatencySummary {
  /** Durations recorded. */
  readonly count: number;
  /** The shortest. */
  readonly minMs: number;
  /** The longest. */
  readonly maxMs: number;
  /** Arithmetic mean of all. */
  readonly meanMs: number;
  /** Exponentially weighted moving average with a time constant of 10 s. */
  readonly ewmaMs: number;
  /** Median. Quantiles are within 1.6 % (log-linear histogram). */
  readonly p50Ms: number;
  /** 90 % took no longer. */
  readonly p90Ms: number;
  /** 99 % took no longer. */
  readonly p99Ms: number;
  /** 99.9 % took no longer. */
  readonly p999Ms: number;
}

/**
 * What one component carried since it was registered. Each attempt ends in exactly one way:
 * `started = succeeded + failed + aborted + those that run unaborted`.
 */
export interface ComponentMetrics extends ComponentCapacity {
  /** Importance of the component itself, as configured. */
  readonly priority: Priority;
  /** Attempts started. */
  readonly started: number;
  /** Attempts whose handler returned or resolved. */
  readonly succeeded: number;
  /** Attempts whose handler threw or rejected by itself. */
  readonly failed: number;
  /** Attempts that the balancer ended, by time-out, deadline, cancel or failover; also those that then finished late. */
  readonly aborted: number;
  /** Attempts that its provider refused, by an error with `retryAfterMs`: no failures. */
  readonly refused: number;
  /** Of the aborted: held against the component, for a time-out or for hanging on beyond a deadline. */
  readonly timedOut: number;
  /** Aborted attempts whose handler had not settled after `abortGraceMs`. */
  readonly abandoned: number;
  /** Useful over total busy time, 0 to 1; failed, aborted and abandoned time is waste. 1 when never busy. */
  readonly efficiency: number;
  /** Times that its actor was started anew after a crash. */
  readonly restarts: number;
  /** Durations of attempts that finished. */
  readonly latency: LatencySummary;
}

/** What one algorithm did since the start. */
export interface AlgorithmMetrics {
  /** Decisions in which it chose a component. */
  readonly picks: number;
  /** Decisions in which it preferred to wait for a component that was full. */
  readonly holds: number;
  /** Of the attempts it chose a component for: succeeded. */
  readonly completed: number;
  /** Of these: failed. */
  readonly failed: number;
  /** Mean duration of these, ms; 0 when none finished. */
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
  /** By algorithm. */
  readonly algorithms: Readonly<Record<AlgorithmName, ShadowedAlgorithm>>;
  /** What adaptive has learnt; it goes on learning while another algorithm is in use. */
  readonly adaptive: {
    /** What adaptive follows now, by priority. */
    readonly strategies: Readonly<Record<string, Strategy>>;
    /** What it has decided from its evidence, oldest first, the last hundred. `at`: epoch ms of the balancer's clock. */
    readonly moves: readonly {
      /** Epoch ms of the balancer’s clock. */
      readonly at: number;
      /** The priority whose strategy changed. */
      readonly priority: Priority;
      /** The strategy before. */
      readonly from: Strategy;
      /** The strategy from then on. */
      readonly to: Strategy;
      /** Share of the expected cost that the strategy before had lost, 0 to 1. */
      readonly regret: number;
    }[];
  };
}

/** Queue of one route: the work that one set of components serves. */
export interface RouteMetrics {
  /** Workload types that this set of components serves. */
  readonly types: readonly string[];
  /** Components in the set. */
  readonly components: number;
  /** Requests that wait for one of them. */
  readonly queued: number;
  /** How many may wait: the whole queue, or less while other routes are in use (`maxRouteShare`). */
  readonly bound: number;
  /** Slots taken over ramped slots of operational components, 0 to 1. */
  readonly utilization: number;
}

/** State of the balancer's regions. */
export interface BalancerRegions {
  /** Where it is in its life. */
  readonly phase: 'starting' | 'running' | 'draining' | 'stopped';
  /** Whether queued work is handed out. */
  readonly dispatch: 'flowing' | 'paused';
  /** Load of the fleet: `high` above `highLoadThreshold`; while `shedding`, congested work is dropped. */
  readonly pressure: PressureLevel;
  /**
   * `rerouting`: work of a failed component is being moved; `degraded`: some component has failed; `down`: a route with
   * work has nobody who is operational.
   */
  readonly failover: 'steady' | 'rerouting' | 'degraded' | 'down';
  /** The algorithm in use. */
  readonly algorithm: ActiveAlgorithm;
}

/** How it goes now: of the last 5 to 10 s. Where nothing happened there is no figure, but null. */
export interface RecentFigures {
  /** How far back they reach, ms: 5,000 to 10,000, less just after the start, more where neither the load monitor nor a reader has come by. */
  readonly windowMs: number;
  /** Completed over settled without cancelled, 0 to 1; null when nothing settled. */
  readonly successRate: number | null;
  /** Completed requests per second. */
  readonly throughputPerSecond: number;
  /** Median response time of completed requests, ms; null when there were none. */
  readonly p50Ms: number | null;
  /** 99 % took no longer, ms; null when there were none. */
  readonly p99Ms: number | null;
  /** Time in the queue that 99 % did not exceed, ms; null when nothing was started. */
  readonly queueP99Ms: number | null;
}

/** Everything that is counted, as plain JSON. What is not in `recent` and has no other span of its own is since the start; times are in ms. */
export interface BalancerMetrics {
  /** Epoch ms of the balancer's clock. */
  readonly at: number;
  /** Ms since the balancer was made. */
  readonly uptimeMs: number;
  /** States of the balancer’s regions. */
  readonly regions: BalancerRegions;
  /** How all requests came out, and how many are open. */
  readonly requests: RequestCounts;
  /** The same for each priority. */
  readonly requestsByPriority: Readonly<Record<Priority, RequestCounts>>;
  /** How it goes now. */
  readonly recent: RecentFigures;
  /** Since the start: completed / settled without cancelled, 0 to 1; 1 when nothing settled. */
  readonly successRate: number;
  /** Since the start: from acceptance to outcome, of completed requests. */
  readonly responseTime: LatencySummary;
  /** Since the start: from entering the queue to the start of an attempt. */
  readonly queueTime: LatencySummary;
  /** Completed requests per second of the last 5 to 10 s, as in `recent`. */
  readonly throughputPerSecond: number;
  /** What waits. */
  readonly queue: {
    /** Requests that wait. */
    readonly size: number;
    /** How many may wait: `maxQueueSize`. */
    readonly bound: number;
    /** size / bound, 0 to 1. */
    readonly utilization: number;
    /** Requests that wait, by priority. */
    readonly byPriority: Readonly<Record<Priority, number>>;
    /** One for each set of components that serves something. */
    readonly routes: readonly RouteMetrics[];
  };
  /** Slots: how many requests can be worked on at the same time. */
  readonly slots: {
    /** Taken, in the whole fleet. */
    readonly taken: number;
    /** All slots of operational components. */
    readonly total: number;
  };
  /** Attempts: one request may take several. */
  readonly attempts: {
    /** Attempts started. */
    readonly started: number;
    /** Retries after a failed attempt. */
    readonly retried: number;
    /** Attempts that were moved away from a failed component. */
    readonly rerouted: number;
    /** Attempts that tried a failed component. */
    readonly probes: number;
    /** Aborted attempts whose handler had not settled after `abortGraceMs`. */
    readonly abandoned: number;
    /** Attempts whose handler settled after the balancer had ended them. */
    readonly settledLate: number;
  };
  /** Overload control. */
  readonly shedding: {
    /** Whether work is being shed now. */
    readonly active: boolean;
    /** Requests shed because their route was congested. */
    readonly dropped: number;
    /** Requests that had to leave a full queue for more important ones. */
    readonly evicted: number;
  };
  /** By name of the algorithm or policy. */
  readonly algorithms: Readonly<Record<string, AlgorithmMetrics>>;
  /** What adaptive follows, by priority. */
  readonly strategyByPriority: Readonly<Record<Priority, AlgorithmName>>;
  /** What every algorithm would have done; only where the setting `shadow` is on. */
  readonly shadow?: ShadowMetrics;
  /** By id of the component. */
  readonly components: Readonly<Record<string, ComponentMetrics>>;
  /** 100 · Jain's fairness index of utilization over operational components, 0 to 100. */
  readonly distributionScore: number;
  /** Alerts. */
  readonly alerts: {
    /** Raised. */
    readonly raised: number;
    /** Kept back by `alertCooldownMs` or `maxAlertsPerHour`. */
    readonly suppressed: number;
  };
  /** Failovers started. */
  readonly failovers: number;
  /** What the next optimization cycle (`optimizationIntervalMs`) is expected to bring. */
  readonly forecast: Omit<Forecast, 'upperUtilization'>;
}

/** Load to come, one cycle of the optimizer ahead. */
export interface Forecast {
  /** Expected requests per second. */
  readonly arrivalsPerSecond: number;
  /** Not exceeded with 95 % probability, in requests per second. */
  readonly upperPerSecond: number;
  /** Expected arrivals over capacity; above 1 they are more than the fleet can do. */
  readonly utilization: number;
  /** The upper band over capacity. */
  readonly upperUtilization: number;
}
