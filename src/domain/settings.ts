import { z } from 'zod';
import { ALGORITHMS } from './algorithm.ts';
import { NON_IDEMPOTENT_TYPES } from './workload.ts';

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
  loadMonitorIntervalMs: period.default(5_000).describe('load alerts, `metrics.sampled`'),
  healthCheckIntervalMs: period.default(10_000).describe('rounds of `check`'),
  optimizationIntervalMs: period.default(60_000).describe('weights, forecast, strategies, state saved'),
  checkTimeoutMs: period.default(5_000).describe('bound of one check'),
  highLoadThreshold: share
    .default(0.7)
    .describe('utilisation from which a component is Busy and a load alert is raised'),
  overloadThreshold: share.default(0.9).describe('utilisation from which it is Overloaded'),
  sheddingThreshold: share.default(0.95).describe('utilisation of a route from which congested work is shed'),
  shedding: z
    .strictObject({
      targetMs: ms.default(20).describe('wait in the queue that is no congestion (CoDel’s target)'),
      intervalMs: period.default(100).describe('how long it must be exceeded before work is shed (CoDel’s interval)'),
    })
    .prefault({}),
  maxQueueSize: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(1_000)
    .describe('bound of the whole queue; the newest least important work makes room for more important work'),
  maxRouteShare: share.default(0.25).describe('share of the queue that one route may hold while another is in use'),
  agingMs: z
    .number()
    .positive()
    .max(2 ** 31)
    .nullable()
    .default(5_000)
    .describe('the most extra wait that one class of priority can cost; `null`: strict priority'),
  requestTimeoutMs: period.default(30_000).describe('bound of one attempt'),
  queueTimeoutMs: period.default(30_000).describe('bound of one stay in the queue'),
  abortGraceMs: ms.default(1_000).describe('how long an aborted handler keeps its slot'),
  maxRetries: z.int().min(0).max(100).default(3).describe('retries after the first attempt'),
  retry: z
    .strictObject({
      baseMs: ms.default(100).describe('first bound of the exponential backoff, which has full jitter'),
      capMs: ms.default(10_000).describe('its last bound'),
    })
    .prefault({}),
  retryBudget: z
    .strictObject({
      ratio: z.number().min(0).max(1).default(0.2).describe('retries that each request allows'),
      perSecond: z.number().min(0).max(1e6).default(10).describe('and retries per second regardless'),
    })
    .prefault({}),
  weights: z
    .strictObject({
      step: share.default(0.1).describe('how far one optimisation cycle may move a weight'),
      min: z.number().positive().default(0.1).describe('the least a weight is moved to'),
      max: z.number().positive().default(5).describe('the most'),
    })
    .prefault({}),
  outlier: z
    .strictObject({
      consecutiveFailures: z.int().min(1).default(4).describe('failures in a row that eject a component'),
      failureRatio: z.number().positive().default(0.35).describe('failures per success of late that eject it…'),
      minFailures: z.int().min(1).default(4).describe('…once there are that many'),
      maxEjectedShare: z
        .number()
        .min(0)
        .max(1)
        .default(0.5)
        .describe('share of the fleet that may be ejected at a time; with more failing, all are used (panic)'),
    })
    .prefault({}),
  alertCooldownMs: ms.default(300_000).describe('between two alerts of one kind and component'),
  maxAlertsPerHour: z.int().min(0).default(20).describe('of all kinds together'),
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
    })
    .prefault({}),
  supervision: z
    .strictObject({
      maxRestarts: z.int().min(0).default(3).describe('restarts of a crashed component actor…'),
      windowMs: period.default(5_000).describe('…within this time; then it stays failed'),
    })
    .prefault({}),
  bandDwellMs: ms
    .default(250)
    .describe(
      'a load band is left downwards only after this long, or up to 40 % longer, with the next look at the pressure',
    ),
  adaptiveConcurrency: z
    .boolean()
    .default(false)
    .describe('limit each component beneath its `maxConcurrentTasks` where more at a time only makes it slower'),
  explain: z
    .union([z.boolean(), z.int().min(1).max(1_000_000)])
    .default(false)
    .describe('keep the last N decisions for `explain(requestId)`; `true`: 1000'),
  shadow: z
    .boolean()
    .default(false)
    .describe('let every algorithm score the live stream; see `getLoadBalancingMetrics().shadow`'),
  asyncContext: z.boolean().default(true).describe('run handlers in the submitter’s `AsyncLocalStorage` context'),
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

/** Settings as a user writes them: all optional. */
export type BalancerSettings = z.input<typeof settingsSchema>;

/** Settings with every default filled in. */
export type ResolvedSettings = z.output<typeof settingsSchema>;

/** Settings that can change at run time. */
export type ConfigChanges = Partial<z.input<z.ZodObject<typeof tunables>>>;
