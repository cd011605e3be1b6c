import type { ComponentStatus } from './component.ts';
import type { AlertKind } from './events.ts';
import type { Outcome } from './outcome.ts';
import type { Priority } from './priority.ts';

/** Durations since the start in buckets, as monitoring systems add them up. */
export interface DurationBuckets {
  /** How many took no longer than each bound of {@link Telemetry.boundsMs}. */
  readonly upTo: readonly number[];
  /** All of them. */
  readonly count: number;
  /** What they took together. */
  readonly sumMs: number;
}

/** Requests by how they ended. */
export type OutcomeCounts = Readonly<Record<Outcome, number>>;

/** One component as an exporter sees it. */
export interface ComponentTelemetry {
  readonly id: string;
  readonly status: ComponentStatus;
  /** Slots taken by running attempts. */
  readonly slotsTaken: number;
  /** Slots as configured. */
  readonly maxConcurrentTasks: number;
  /** As adapted by the optimizer. */
  readonly weight: number;
  /** Cost that may start on it now, by each window of its rate limits, e.g. `1s`; empty where it has none. */
  readonly tokens: readonly { readonly window: string; readonly tokens: number }[];
  /** Requests that ended with it as the last one that had them. */
  readonly settled: OutcomeCounts;
}

/**
 * What exporters need, split by label. It walks no histogram of a component: about 1 µs a component, where
 * `getLoadBalancingMetrics` takes 100. Counts are since the start.
 */
export interface Telemetry {
  /** Upper bounds of the buckets, each inclusive: 0.5 to 10,000 ms. */
  readonly boundsMs: readonly number[];
  /** Version of plimsoll. */
  readonly version: string;
  /** Requests submitted; `type` is undefined for types that no component names. */
  readonly submitted: readonly {
    readonly type: string | undefined;
    readonly priority: Priority;
    readonly count: number;
  }[];
  /** Requests that ended before any component had them, e.g. rejected. */
  readonly settledWithoutComponent: OutcomeCounts;
  /** Requests of components that have left. */
  readonly settledByFormerComponents: OutcomeCounts;
  readonly shed: readonly {
    readonly priority: Priority;
    readonly reason: 'overload' | 'evicted';
    readonly count: number;
  }[];
  /** Attempts after the first, by what ended the one before. */
  readonly retries: Readonly<Record<'failed' | 'timedOut' | 'failover', number>>;
  /** From acceptance to outcome. */
  readonly durations: readonly {
    readonly priority: Priority;
    readonly outcome: Outcome;
    readonly buckets: DurationBuckets;
  }[];
  /** From entering the queue to the start of an attempt; one for each attempt. */
  readonly waits: readonly { readonly priority: Priority; readonly buckets: DurationBuckets }[];
  readonly queue: readonly {
    readonly priority: Priority;
    /** Requests that wait. */
    readonly depth: number;
    /** How long the one that has waited longest has; 0 when none does. */
    readonly oldestMs: number;
  }[];
  /** How many requests may wait. */
  readonly queueBound: number;
  readonly components: readonly ComponentTelemetry[];
  /** Routes with work and nobody who is operational. */
  readonly routesDown: number;
  /** 100 · Jain's fairness index of utilization over operational components. */
  readonly distributionScore: number;
  /** Changes of status. */
  readonly transitions: readonly {
    readonly from: ComponentStatus;
    readonly to: ComponentStatus;
    readonly count: number;
  }[];
  readonly failovers: number;
  /** Picks of a component. */
  readonly decisions: readonly { readonly algorithm: string; readonly count: number }[];
  /** Alerts raised; those that were kept back are not among them. */
  readonly alerts: readonly { readonly kind: AlertKind; readonly count: number }[];
}

/** What can be exported: a `LoadBalancer` is one, and so is `inspectable(actor)`. */
export interface TelemetrySource {
  telemetry(): Telemetry;
}
