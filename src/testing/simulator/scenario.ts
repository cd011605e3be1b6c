import { z } from 'zod';
import { limitsSchema } from '../../domain/component.ts';
import { PRIORITIES } from '../../domain/priority.ts';
import { MOST_COST, rateLimitSchema } from '../../domain/rate-limit.ts';
import { resourceDemandSchema } from '../../domain/request.ts';
import { settingsSchema } from '../../domain/settings.ts';

const ms = z.number().min(0);
const positive = z.number().positive();
const share = z.number().min(0).max(1);
const name = z.string().min(1).max(256);

/** How long work takes on a component of speed 1. `cv` is the coefficient of variation (standard deviation over mean). */
export const serviceSchema = z.discriminatedUnion('distribution', [
  z.strictObject({ distribution: z.literal('deterministic'), meanMs: positive }),
  z.strictObject({ distribution: z.literal('exponential'), meanMs: positive }),
  z.strictObject({ distribution: z.literal('lognormal'), meanMs: positive, cv: positive.default(1) }),
  z.strictObject({
    distribution: z.literal('empirical'),
    /** Measured times in ms, or… */
    values: z.array(z.number().min(0)).min(1).optional(),
    /** …a file with one per line (or in the named column of a CSV or JSONL file). */
    file: z.string().optional(),
    column: z.string().optional(),
    /** Rescales the values to this mean. */
    meanMs: positive.optional(),
  }),
]);

const componentSchema = z.strictObject({
  id: name,
  capacity: z.int().min(1).max(1_000_000).default(10),
  /**
   * How many it really works on at a time, where that is less than its capacity promises: the others wait inside it in
   * order of arrival. Default: as many as come.
   */
  parallel: z.int().min(1).optional(),
  /** Work per ms: a component of speed 2 does everything in half the time. */
  speed: positive.default(1),
  weight: positive.default(1),
  priority: z.enum(PRIORITIES).optional(),
  priorityMultiplier: positive.optional(),
  limits: limitsSchema.optional(),
  /** Workload types; all when absent. */
  serves: z.array(name).min(1).optional(),
  /** False: what it does may not run twice, whatever the request says. */
  idempotent: z.boolean().optional(),
  /** As in the component's spec. */
  rateLimit: rateLimitSchema.optional(),
  /** In place of the request's own service time. */
  service: serviceSchema.optional(),
  /** Has a health check, which fails while the component is crashed and hangs while it hangs. */
  check: z.boolean().default(false),
});

const requestSchema = z.strictObject({
  type: name.default('GENERAL'),
  /** Part of the requests, relative to the other entries. */
  share: positive.default(1),
  /** One priority, or shares of several. */
  priority: z.union([z.enum(PRIORITIES), z.partialRecord(z.enum(PRIORITIES), positive)]).default('NORMAL'),
  service: serviceSchema.optional(),
  resources: resourceDemandSchema.optional(),
  /** From arrival, ms. Absent: none. */
  deadlineMs: positive.optional(),
  timeoutMs: positive.optional(),
  maxRetries: z.int().min(0).max(100).optional(),
  idempotent: z.boolean().optional(),
  /** What its start takes of a component's `rateLimit`. */
  cost: z.number().min(0).max(MOST_COST).optional(),
});

/** `perSecond`, or `load`: the share of what all components can do together (Σ capacity · speed / mean service time). */
const rate = { load: positive.optional(), perSecond: positive.optional() };

const arrivalsSchema = z.discriminatedUnion('process', [
  z.strictObject({
    process: z.literal('poisson'),
    ...rate,
    /** From `atMs` on the rate is multiplied by `factor`. */
    profile: z.array(z.strictObject({ atMs: ms, factor: z.number().min(0) })).default([]),
  }),
  /** Markov-modulated Poisson process: cycles through the states, each of them exponentially long with its mean. */
  z.strictObject({
    process: z.literal('mmpp'),
    ...rate,
    states: z.array(z.strictObject({ factor: z.number().min(0), meanMs: positive })).min(2),
  }),
  z.strictObject({
    process: z.literal('trace'),
    ...rate,
    /** CSV with a header line, or JSONL. */
    file: z.string().optional(),
    /** Or the rows themselves. */
    rows: z.array(z.record(z.string(), z.unknown())).optional(),
    columns: z.strictObject({
      time: z.string(),
      type: z.string().optional(),
      priority: z.string().optional(),
      /** A column in ms, or a weighted sum of columns. Absent: the request's service time. */
      service: z.union([z.string(), z.record(z.string(), z.number())]).optional(),
    }),
    /** Of numeric times; date strings have their own. */
    unit: z.enum(['ms', 's']).default('ms'),
    /** Rescales the column of service times to this mean. */
    serviceMeanMs: positive.optional(),
    /** Each seed begins somewhere else in the trace, which then goes round. Else: from its start, once. */
    rotate: z.boolean().default(false),
  }),
  z.strictObject({ process: z.literal('closed'), clients: z.int().min(1), thinkMs: ms.default(0) }),
]);

const when = { component: name, atMs: ms, forMs: positive };

/** What goes wrong, with whom, from when and for how long. Faults of one component may overlap. */
const faultSchema = z.discriminatedUnion('kind', [
  /** Everything takes `factor` times as long, also what runs already. */
  z.strictObject({ kind: z.literal('slow'), ...when, factor: positive }),
  /** That share of the attempts fails after `latencyMs`. */
  z.strictObject({ kind: z.literal('failing'), ...when, share, latencyMs: ms.default(1) }),
  /** What runs or starts meanwhile never ends, unless it is aborted. */
  z.strictObject({ kind: z.literal('hang'), ...when }),
  /** What runs fails at once, what comes fails after `latencyMs`. */
  z.strictObject({ kind: z.literal('crash'), ...when, latencyMs: ms.default(1) }),
  /** Crashes for the first `share` of each period. */
  z.strictObject({
    kind: z.literal('flap'),
    ...when,
    periodMs: positive,
    share: share.default(0.5),
    latencyMs: ms.default(1),
  }),
  /** Starts `factor` times slower and gains speed linearly. */
  z.strictObject({ kind: z.literal('coldStart'), ...when, factor: positive }),
  /** Maintenance by command: `component.drain`, then `component.resume`. */
  z.strictObject({ kind: z.literal('drain'), ...when }),
  /** Failure by command: `component.fail`, then `component.recover`. */
  z.strictObject({ kind: z.literal('down'), ...when }),
]);

/** A simulation as data. Times in ms from its start. */
export const scenarioSchema = z.strictObject({
  name: z.string(),
  description: z.string().default(''),
  components: z.array(componentSchema).min(1),
  service: serviceSchema.default({ distribution: 'lognormal', meanMs: 100, cv: 1 }),
  arrivals: arrivalsSchema,
  requests: z
    .array(requestSchema)
    .min(1)
    .default([requestSchema.parse({})]),
  faults: z.array(faultSchema).default([]),
  /** Settings of the balancer that differ from their defaults. */
  settings: settingsSchema.omit({ algorithm: true }).partial().default({}),
  /** Requests that arrive from here on count. */
  warmUpMs: ms.default(10_000),
  /** Requests that arrive up to here count; arrivals go on until the last of them has settled. */
  durationMs: positive,
  /** A list, or how many: 1 to n. */
  seeds: z.union([z.int().min(1).max(10_000), z.array(z.union([z.int(), z.string()])).min(1)]).default(5),
  /** Parts of the measured time that are summed up by themselves, e.g. a fault. */
  windows: z.record(z.string(), z.strictObject({ fromMs: ms, toMs: positive })).default({}),
  /** Whether handlers end when their signal aborts. */
  handlers: z.enum(['heedAbort', 'ignoreAbort']).default('heedAbort'),
  /**
   * `late`, the balancer's way: work waits in its queue until a slot is free. `early`, for study: it is sent to a component
   * at once, whose `capacity` servers have a queue of their own, as the textbook systems do (JSQ, power of two, round robin).
   */
  binding: z.enum(['late', 'early']).default('late'),
});

/** A scenario as its author writes it. */
export type ScenarioInput = z.input<typeof scenarioSchema>;
/** A scenario with every default filled in. */
export type Scenario = z.output<typeof scenarioSchema>;
export type ComponentScenario = Scenario['components'][number];
export type RequestScenario = Scenario['requests'][number];
export type Arrivals = Scenario['arrivals'];
export type Fault = Scenario['faults'][number];
export type Service = z.output<typeof serviceSchema>;
