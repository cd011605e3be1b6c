import { z } from 'zod';
import { ALGORITHMS } from './algorithm.ts';
import { type ComponentSpec, componentSpecSchema, type ResolvedComponent } from './component.ts';
import { InvalidConfigError } from './errors.ts';
import { describeIssues } from './request.ts';

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
  loadMonitorIntervalMs: period.default(5_000),
  healthCheckIntervalMs: period.default(10_000),
  optimizationIntervalMs: period.default(60_000),
  checkTimeoutMs: period.default(5_000),
  highLoadThreshold: share.default(0.7),
  overloadThreshold: share.default(0.9),
  sheddingThreshold: share.default(0.95),
  shedding: z.strictObject({ targetMs: ms.default(20), intervalMs: period.default(100) }).prefault({}),
  maxQueueSize: z.int().min(1).max(10_000_000).default(1_000),
  maxRouteShare: share.default(0.25),
  agingMs: z
    .number()
    .positive()
    .max(2 ** 31)
    .nullable()
    .default(5_000),
  requestTimeoutMs: period.default(30_000),
  queueTimeoutMs: period.default(30_000),
  abortGraceMs: ms.default(1_000),
  maxRetries: z.int().min(0).max(100).default(3),
  retry: z.strictObject({ baseMs: ms.default(100), capMs: ms.default(10_000) }).prefault({}),
  retryBudget: z
    .strictObject({ ratio: z.number().min(0).max(1).default(0.2), perSecond: z.number().min(0).max(1e6).default(10) })
    .prefault({}),
  weights: z
    .strictObject({
      step: share.default(0.1),
      min: z.number().positive().default(0.1),
      max: z.number().positive().default(5),
    })
    .prefault({}),
  outlier: z
    .strictObject({
      consecutiveFailures: z.int().min(1).default(4),
      failureRatio: z.number().positive().default(0.35),
      minFailures: z.int().min(1).default(4),
      maxEjectedShare: z.number().min(0).max(1).default(0.5),
    })
    .prefault({}),
  alertCooldownMs: ms.default(300_000),
  maxAlertsPerHour: z.int().min(0).default(20),
};

/** The settings that are fixed at the start. */
const fixed = {
  recovery: z
    .strictObject({
      baseDelayMs: period.default(1_000),
      maxDelayMs: period.default(30_000),
      jitter: z.number().min(0).max(1).default(0.2),
      slowStartMs: ms.default(10_000),
    })
    .prefault({}),
  supervision: z.strictObject({ maxRestarts: z.int().min(0).default(3), windowMs: period.default(5_000) }).prefault({}),
  bandDwellMs: ms.default(250),
  explain: z.union([z.boolean(), z.int().min(1).max(1_000_000)]).default(false),
  shadow: z.boolean().default(false),
  asyncContext: z.boolean().default(true),
};

/** Every setting but the components and the ports, with its default. Unknown keys are errors. */
export const settingsSchema = z.strictObject({ algorithm: algorithmSchema.default('adaptive'), ...tunables, ...fixed });

const changesSchema = z.strictObject(tunables).partial();

/** Settings as a user writes them: all optional. */
export type BalancerSettings = z.input<typeof settingsSchema>;

/** Settings with every default filled in. */
export type ResolvedSettings = z.output<typeof settingsSchema>;

/** Settings that can change at run time. */
export type ConfigChanges = Partial<z.input<z.ZodObject<typeof tunables>>>;

/** Throws what is wrong with the order of the thresholds. */
function checkThresholds(c: ResolvedSettings): void {
  const { highLoadThreshold: high, overloadThreshold: over, sheddingThreshold: shed } = c;
  if (!(high < over && over <= shed)) {
    throw new InvalidConfigError(
      `Thresholds out of order: highLoadThreshold (${high}) < overloadThreshold (${over}) <= sheddingThreshold (${shed}) was expected. Set all three so that they rise.`,
      { value: { highLoadThreshold: high, overloadThreshold: over, sheddingThreshold: shed } },
    );
  }
  if (c.weights.min > c.weights.max) {
    throw new InvalidConfigError(
      `weights.min (${c.weights.min}) must not exceed weights.max (${c.weights.max}). Swap them or widen the range.`,
      { value: c.weights },
    );
  }
  if (c.retry.baseMs > c.retry.capMs) {
    throw new InvalidConfigError(
      `retry.baseMs (${c.retry.baseMs}) must not exceed retry.capMs (${c.retry.capMs}). Raise the cap.`,
      { value: c.retry },
    );
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InvalidConfigError(
    `Invalid ${what}: ${describeIssues(parsed.error, value)}. Correct the named keys; nothing was changed.`,
    {
      value,
    },
  );
}

/**
 * Fills in every default.
 * @throws InvalidConfigError naming each wrong or unknown key, what was expected and what was given.
 */
export function parseSettings(value: unknown): ResolvedSettings {
  const settings = parse(settingsSchema, value, 'configuration');
  checkThresholds(settings);
  return settings;
}

/**
 * The settings after a change; `current` is not touched.
 * @throws InvalidConfigError as {@link parseSettings}.
 */
export function applyChanges(current: ResolvedSettings, changes: unknown): ResolvedSettings {
  const given = typeof changes === 'object' && changes !== null ? changes : {};
  const parsed = parse(changesSchema, changes, 'configuration change');
  const next: Record<string, unknown> = { ...current };
  for (const key of definedKeys(given)) {
    const value = Reflect.get(parsed, key);
    const before = next[key];
    const nested = typeof value === 'object' && value !== null && typeof before === 'object' && before !== null;
    next[key] = nested ? { ...before, ...pick(value, definedKeys(Reflect.get(given, key))) } : value;
  }
  return parseSettings(next);
}

/** A key that is undefined changes nothing: it must not bring the default back. */
const definedKeys = (given: object): string[] =>
  Object.keys(given).filter((key) => Reflect.get(given, key) !== undefined);

const pick = (from: object, keys: readonly string[]): object =>
  Object.fromEntries(keys.map((key) => [key, Reflect.get(from, key)]));

/** @throws InvalidConfigError */
export const parseComponent = (value: unknown): ResolvedComponent => parse(componentSpecSchema, value, 'component');

/**
 * At least one component, no id twice.
 * @throws InvalidConfigError
 */
export function parseComponents(value: unknown): readonly ResolvedComponent[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new InvalidConfigError(
      'Invalid configuration: components: expected a list of at least one component. Add a component.',
      {
        value,
      },
    );
  }
  const seen = new Set<string>();
  return value.map((one: ComponentSpec, at) => {
    const spec = parse(componentSpecSchema, one, `component ${at}`);
    if (seen.has(spec.id)) {
      throw new InvalidConfigError(
        `Duplicate component id "${spec.id}" at components.${at}: ids must be unique. Rename one.`,
        {
          value: spec.id,
          componentId: spec.id,
        },
      );
    }
    seen.add(spec.id);
    return spec;
  });
}
