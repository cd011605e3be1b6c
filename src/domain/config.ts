import type { z } from 'zod';
import { type ComponentSpec, componentSpecSchema, type ResolvedComponent } from './component.ts';
import { InvalidConfigError } from './errors.ts';
import { describeIssues } from './request.ts';
import { changesSchema, type ResolvedSettings, settingsSchema } from './settings.ts';

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

function parse<T>(schema: z.ZodType<T>, value: unknown, what: string, others?: readonly string[]): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InvalidConfigError(
    `Invalid ${what}: ${describeIssues(parsed.error, value, schema, others)}. Correct the named keys; nothing was changed.`,
    {
      value,
    },
  );
}

/**
 * Fills in every default.
 * @param others keys of a configuration that are no settings: one that is misspelt is told of its neighbour.
 * @throws InvalidConfigError naming each wrong or unknown key, what was expected and what was given.
 */
export function parseSettings(value: unknown, others?: readonly string[]): ResolvedSettings {
  const settings = parse(settingsSchema, value, 'configuration', others);
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
