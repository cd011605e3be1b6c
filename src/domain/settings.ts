import { z } from 'zod';
import { ALGORITHMS } from './algorithm.ts';
import { NON_IDEMPOTENT_TYPES } from './workload.ts';

export type { BalancerSettings, ConfigChanges } from './balancer-settings.ts';

const ms = z
  .number()
  .min(0)
  .max(2 ** 40);
const period = z
  .number()
  .min(1)
  .max(2 ** 31 - 1);
const share = z.number().gt(0).max(1);

const isPolicy = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  typeof Reflect.get(value, 'select') === 'function' &&
  typeof Reflect.get(value, 'name') === 'string' &&
  Reflect.get(value, 'name') !== '';

const algorithmSchema = z.union([z.enum(ALGORITHMS), z.custom<{ readonly name: string }>(isPolicy)], {
  error: `expected one of ${ALGORITHMS.join(', ')}, or a policy { name, select }`,
});

/** The settings that may be changed while the balancer runs (`config.update`, `updateConfig`). */
const tunables = {
  loadMonitorIntervalMs: period
    .default(5_000)
    .describe('between two looks at the load, for alerts and `metrics.sampled`'),
  healthCheckIntervalMs: period.default(10_000).describe('between two rounds of the components’ `check`'),
  optimizationIntervalMs: period
    .default(60_000)
    .describe('between two rounds of optimization: weights, forecast, scaling; the state is saved as well'),
  checkTimeoutMs: period.default(5_000).describe('bound of one health check'),
  highLoadThreshold: share
    .default(0.7)
    .describe('utilisation from which a component is Busy and a load alert is raised'),
  overloadThreshold: share.default(0.9).describe('utilisation from which a component is Overloaded'),
  sheddingThreshold: share.default(0.95).describe('utilisation of a route from which work that waits too long is shed'),
  shedding: z
    .strictObject({
      priorities: z
        .array(z.enum(['HIGH', 'NORMAL', 'LOW', 'MINIMAL']))
        .readonly()
        .default(['LOW', 'MINIMAL'])
        .describe('work that gives way when overload lasts, where it has no deadline; `[]`: none'),
      targetMs: ms.default(1_000).describe('wait of such work that is still no overload'),
      intervalMs: period.default(5_000).describe('how long each of its waits must have been longer before it is shed'),
    })
    .prefault({})
    .describe('overload control: when work that has waited is shed'),
  maxQueueSize: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(1_000)
    .describe('bound of the whole queue; the newest least important work makes room for more important work'),
  whenFull: z
    .enum(['reject', 'wait'])
    .default('reject')
    .describe('what becomes of a request for which the queue has no room: refused, or it waits for its place in order'),
  routeShareAlpha: z
    .number()
    .positive()
    .max(1_000)
    .default(1)
    .describe('while several routes are in use, each may queue so many times what is still free of the queue'),
  agingMs: z
    .number()
    .positive()
    .max(2 ** 31)
    .nullable()
    .default(5_000)
    .describe('the most extra wait that one class of priority can cost; `null`: strict priority'),
  requestTimeoutMs: period.default(30_000).describe('bound of one attempt'),
  queueTimeoutMs: period.default(30_000).describe('bound of one stay in the queue, for requests without a deadline'),
  abortGraceMs: ms.default(1_000).describe('how long an aborted handler keeps its slot'),
  maxRetries: z.int().min(0).max(100).default(3).describe('retries after the first attempt'),
  retry: z
    .strictObject({
      baseMs: ms.default(100).describe('first bound of the exponential backoff, which has full jitter'),
      capMs: ms.default(10_000).describe('largest bound of the backoff'),
    })
    .prefault({})
    .describe('waits between the attempts of a request'),
  retryBudget: z
    .strictObject({
      ratio: z.number().min(0).max(1).default(0.2).describe('retries that each request allows'),
      perSecond: z
        .number()
        .min(0)
        .max(1e6)
        .default(10)
        .describe('retries per second that are allowed besides, on each route'),
    })
    .prefault({})
    .describe('how many retries all requests together may cause'),
  weightAdaptation: z.boolean().default(true).describe('whether weights are learned, relative to the configured ones'),
  weights: z
    .strictObject({
      step: share.default(0.1).describe('how far one optimization cycle may move a weight'),
      min: z.number().positive().default(0.1).describe('the least that a weight is moved to'),
      max: z.number().positive().default(5).describe('the most that a weight is moved to'),
    })
    .prefault({})
    .describe('bounds within which weights adapt'),
  outlier: z
    .strictObject({
      consecutiveFailures: z
        .int()
        .min(1)
        .default(4)
        .describe(
          'failures with hardly a success between them that eject a component, where its peers tell that they are no chance',
        ),
      failureRatio: z
        .number()
        .positive()
        .default(0.35)
        .describe('failures per success of late that eject a component, once it has `minFailures`'),
      minFailures: z.int().min(1).default(4).describe('failures of late from which `failureRatio` is looked at'),
      maxEjectedShare: z
        .number()
        .min(0)
        .max(1)
        .default(0.5)
        .describe(
          'share of the members of each route that may be ejected at a time, at least one, never the last that works',
        ),
    })
    .prefault({})
    .describe('when a component is taken out for its failures'),
  alertCooldownMs: ms.default(300_000).describe('least time between two alerts of one kind and component'),
  maxAlertsPerHour: z
    .int()
    .min(0)
    .default(20)
    .describe('alerts per hour of each severity; each kind about load counts by itself'),
};

/** The settings that are fixed at the start. */
const fixed = {
  nonIdempotentTypes: z
    .array(z.string().min(1).max(256))
    .max(1_000)
    .readonly()
    .default(NON_IDEMPOTENT_TYPES)
    .describe('types of which a request must not run twice, unless it says otherwise itself (`idempotent`)'),
  recovery: z
    .strictObject({
      baseDelayMs: period
        .default(1_000)
        .describe('cooldown of a failed component before it is probed; doubles each time'),
      maxDelayMs: period.default(30_000).describe('the longest cooldown'),
      jitter: z.number().min(0).max(1).default(0.2).describe('share of the cooldown that is left to chance'),
      slowStartMs: ms.default(10_000).describe('how long a recovered component takes to get its whole share again'),
      warmNew: z
        .boolean()
        .default(false)
        .describe('whether components that are registered while the balancer runs, or resumed, start slowly as well'),
    })
    .prefault({})
    .describe('how a failed component comes back'),
  supervision: z
    .strictObject({
      maxRestarts: z
        .int()
        .min(0)
        .default(3)
        .describe('restarts of a crashed component actor within `windowMs`; with more it stays failed'),
      windowMs: period.default(5_000).describe('time within which restarts are counted'),
    })
    .prefault({})
    .describe('how often a crashed component actor is started anew'),
  bandDwellMs: ms
    .default(250)
    .describe(
      'a load band is left downwards only after this long, or up to 40 % longer, with the next look at the pressure',
    ),
  adaptiveConcurrency: z
    .boolean()
    .default(false)
    .describe(
      'whether to limit each component beneath its `maxConcurrentTasks` where more at a time only makes it slower',
    ),
  explain: z
    .union([z.boolean(), z.int().min(1).max(1_000_000)])
    .default(false)
    .describe('how many of the last decisions to keep for `explain(requestId)`; `true`: 1000'),
  shadow: z
    .boolean()
    .default(false)
    .describe('whether every algorithm scores the live stream; see `getLoadBalancingMetrics().shadow`'),
  asyncContext: z
    .boolean()
    .default(true)
    .describe('whether handlers run in the submitter’s `AsyncLocalStorage` context'),
};

/** Every setting but the components and the ports, with its default. Unknown keys are errors. */
export const settingsSchema = z.strictObject({
  algorithm: algorithmSchema
    .default('adaptive')
    .describe('one of the seven, or `{ name, select }`; `selectAlgorithm` switches'),
  ...tunables,
  ...fixed,
});

/** A change at run time. */
export const changesSchema = z.strictObject(tunables).partial();

/** The settings that can change at run time. */
export const TUNABLE_SETTINGS: readonly string[] = Object.keys(tunables);

/** Settings with every default filled in. */
export type ResolvedSettings = z.output<typeof settingsSchema>;
