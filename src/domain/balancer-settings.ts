// Written by `npm run docs:configuration` from settings.ts.
import type { AlgorithmName } from './algorithm.ts';

/** Settings that can change at run time, all optional. */
export interface ConfigChanges {
  /** Between two looks at the load, for alerts and `metrics.sampled`. In ms, 1 and up. Default 5000. */
  readonly loadMonitorIntervalMs?: number | undefined;
  /** Between two rounds of the components’ `check`. In ms, 1 and up. Default 10,000. */
  readonly healthCheckIntervalMs?: number | undefined;
  /**
   * Between two rounds of optimization: weights, forecast, scaling; the state is saved as well. In ms, 1 and up.
   * Default 60,000.
   */
  readonly optimizationIntervalMs?: number | undefined;
  /** Bound of one health check. In ms, 1 and up. Default 5000. */
  readonly checkTimeoutMs?: number | undefined;
  /** Utilisation from which a component is Busy and a load alert is raised. Range: above 0 to 1. Default 0.7. */
  readonly highLoadThreshold?: number | undefined;
  /** Utilisation from which a component is Overloaded. Range: above 0 to 1. Default 0.9. */
  readonly overloadThreshold?: number | undefined;
  /** Utilisation of a route from which work that waits too long is shed. Range: above 0 to 1. Default 0.95. */
  readonly sheddingThreshold?: number | undefined;
  /** Overload control: when work that has waited is shed. */
  readonly shedding?:
    | {
        /**
         * Work that gives way when overload lasts, where it has no deadline; `[]`: none. Range: list of priorities.
         * Default LOW, MINIMAL.
         */
        readonly priorities?: readonly ('HIGH' | 'NORMAL' | 'LOW' | 'MINIMAL')[] | undefined;
        /** Wait of such work that is still no overload. In ms, 0 and up. Default 1000. */
        readonly targetMs?: number | undefined;
        /** How long each of its waits must have been longer before it is shed. In ms, 1 and up. Default 5000. */
        readonly intervalMs?: number | undefined;
      }
    | undefined;
  /**
   * Bound of the whole queue; the newest least important work makes room for more important work. An integer, 1 to
   * 10,000,000. Default 1000.
   */
  readonly maxQueueSize?: number | undefined;
  /**
   * What becomes of a request for which the queue has no room: refused, or it waits for its place in order. Range:
   * `reject`, `wait`. Default reject.
   */
  readonly whenFull?: 'reject' | 'wait' | undefined;
  /**
   * While several routes are in use, each may queue so many times what is still free of the queue. Range: above 0 to
   * 1000. Default 1.
   */
  readonly routeShareAlpha?: number | undefined;
  /**
   * The most extra wait that one class of priority can cost; `null`: strict priority. In ms, above 0 or `null`. Default
   * 5000.
   */
  readonly agingMs?: number | null | undefined;
  /** Bound of one attempt. In ms, 1 and up. Default 30,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** Bound of one stay in the queue, for requests without a deadline. In ms, 1 and up. Default 30,000. */
  readonly queueTimeoutMs?: number | undefined;
  /** How long an aborted handler keeps its slot. In ms, 0 and up. Default 1000. */
  readonly abortGraceMs?: number | undefined;
  /** Retries after the first attempt. An integer, 0 to 100. Default 3. */
  readonly maxRetries?: number | undefined;
  /** Waits between the attempts of a request. */
  readonly retry?:
    | {
        /** First bound of the exponential backoff, which has full jitter. In ms, 0 and up. Default 100. */
        readonly baseMs?: number | undefined;
        /** Largest bound of the backoff. In ms, 0 and up. Default 10,000. */
        readonly capMs?: number | undefined;
      }
    | undefined;
  /** How many retries all requests together may cause. */
  readonly retryBudget?:
    | {
        /** Retries that each request allows. Range: 0 to 1. Default 0.2. */
        readonly ratio?: number | undefined;
        /** Retries per second that are allowed besides, on each route. Range: 0 to 1,000,000. Default 10. */
        readonly perSecond?: number | undefined;
      }
    | undefined;
  /** Whether weights are learned, relative to the configured ones. Default true. */
  readonly weightAdaptation?: boolean | undefined;
  /** Bounds within which weights adapt. */
  readonly weights?:
    | {
        /** How far one optimization cycle may move a weight. Range: above 0 to 1. Default 0.1. */
        readonly step?: number | undefined;
        /** The least that a weight is moved to. Range: above 0. Default 0.1. */
        readonly min?: number | undefined;
        /** The most that a weight is moved to. Range: above 0. Default 5. */
        readonly max?: number | undefined;
      }
    | undefined;
  /** When a component is taken out for its failures. */
  readonly outlier?:
    | {
        /**
         * Failures with hardly a success between them that eject a component, where its peers tell that they are no
         * chance. An integer, 1 and up. Default 4.
         */
        readonly consecutiveFailures?: number | undefined;
        /**
         * Failures per success of late that eject a component, once it has `minFailures`. Range: above 0. Default 0.35.
         */
        readonly failureRatio?: number | undefined;
        /** Failures of late from which `failureRatio` is looked at. An integer, 1 and up. Default 4. */
        readonly minFailures?: number | undefined;
        /**
         * Share of the members of each route that may be ejected at a time, at least one, never the last that works.
         * Range: 0 to 1. Default 0.5.
         */
        readonly maxEjectedShare?: number | undefined;
      }
    | undefined;
  /** Least time between two alerts of one kind and component. In ms, 0 and up. Default 300,000. */
  readonly alertCooldownMs?: number | undefined;
  /** Alerts per hour of each severity; each kind about load counts by itself. An integer, 0 and up. Default 20. */
  readonly maxAlertsPerHour?: number | undefined;
}

/** Settings as a user writes them: all optional. Those of `ConfigChanges` can change at run time. */
export interface BalancerSettings extends ConfigChanges {
  /** One of the seven, or `{ name, select }`; `selectAlgorithm` switches. Default adaptive. */
  readonly algorithm?: AlgorithmName | { readonly name: string } | undefined;
  /**
   * Types of which a request must not run twice, unless it says otherwise itself (`idempotent`). Range: list of types.
   * Default WALLET_OPERATION, ARBITRAGE_OPPORTUNITY.
   */
  readonly nonIdempotentTypes?: readonly string[] | undefined;
  /** How a failed component comes back. */
  readonly recovery?:
    | {
        /** Cooldown of a failed component before it is probed; doubles each time. In ms, 1 and up. Default 1000. */
        readonly baseDelayMs?: number | undefined;
        /** The longest cooldown. In ms, 1 and up. Default 30,000. */
        readonly maxDelayMs?: number | undefined;
        /** Share of the cooldown that is left to chance. Range: 0 to 1. Default 0.2. */
        readonly jitter?: number | undefined;
        /** How long a recovered component takes to get its whole share again. In ms, 0 and up. Default 10,000. */
        readonly slowStartMs?: number | undefined;
        /**
         * Whether components that are registered while the balancer runs, or resumed, start slowly as well. Default
         * false.
         */
        readonly warmNew?: boolean | undefined;
      }
    | undefined;
  /** How often a crashed component actor is started anew. */
  readonly supervision?:
    | {
        /**
         * Restarts of a crashed component actor within `windowMs`; with more it stays failed. An integer, 0 and up.
         * Default 3.
         */
        readonly maxRestarts?: number | undefined;
        /** Time within which restarts are counted. In ms, 1 and up. Default 5000. */
        readonly windowMs?: number | undefined;
      }
    | undefined;
  /**
   * A load band is left downwards only after this long, or up to 40 % longer, with the next look at the pressure. In
   * ms, 0 and up. Default 250.
   */
  readonly bandDwellMs?: number | undefined;
  /**
   * Whether to limit each component beneath its `maxConcurrentTasks` where more at a time only makes it slower. Default
   * false.
   */
  readonly adaptiveConcurrency?: boolean | undefined;
  /**
   * How many of the last decisions to keep for `explain(requestId)`; `true`: 1000. Range: `true`, `false` or integer, 1
   * to 1,000,000. Default false.
   */
  readonly explain?: boolean | number | undefined;
  /** Whether every algorithm scores the live stream; see `getLoadBalancingMetrics().shadow`. Default false. */
  readonly shadow?: boolean | undefined;
  /** Whether handlers run in the submitter’s `AsyncLocalStorage` context. Default true. */
  readonly asyncContext?: boolean | undefined;
}
