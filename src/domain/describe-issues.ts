import type { z } from 'zod';
import { didYouMean } from '../lib/nearest-name.ts';
import { formatValue } from './format-value.ts';

/** As much of a schema as says which keys an object may have. */
interface SchemaShape {
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly innerType?: unknown;
  readonly element?: unknown;
  readonly options?: readonly unknown[];
}

/** More than this is no help in an error. */
const MOST_KEYS = 12;

/** Of a schema what is known of it; what wraps another schema (optional, default) is passed through. */
function shapeOf(schema: unknown): SchemaShape {
  let { def }: { readonly def?: SchemaShape } = Object(schema);
  while (def?.innerType !== undefined) ({ def } = Object(def.innerType));
  return def ?? {};
}

/** The keys that may be at a path; empty where anything may, or it is not known. */
function keysAt(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  const { shape, element, options = [] } = shapeOf(schema);
  const [first, ...rest] = path;
  if (options.length > 0) return [...new Set(options.flatMap((option) => keysAt(option, path)))];
  if (first === undefined) return Object.keys(shape ?? {});
  return keysAt(element ?? shape?.[String(first)], rest);
}

const unknownKey = (key: string, known: readonly string[]): string => {
  const meant = didYouMean(key, known);
  const all =
    meant === '' && known.length > 0 && known.length <= MOST_KEYS ? ` (expected: ${known.join(', ')})` : meant;
  return `unknown key${all}`;
};

/**
 * One line per problem: where, what was expected, what was given. Of an unknown key it says which one was probably meant.
 * @param schema what the value was compared with.
 * @param others keys that were taken out of the value before, and may have been meant.
 */
export function describeIssues(
  error: z.ZodError,
  value: unknown,
  schema: unknown,
  others: readonly string[] = [],
): string {
  return error.issues
    .flatMap((issue) => {
      const path = issue.path.map(String);
      if (issue.code === 'unrecognized_keys') {
        const known = path.length === 0 ? [...keysAt(schema, []), ...others] : keysAt(schema, issue.path);
        return issue.keys.map((key) => `${[...path, key].join('.')}: ${unknownKey(key, known)}`);
      }
      const given = issue.path.reduce<unknown>(
        (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
        value,
      );
      return [`${path.length === 0 ? 'value' : path.join('.')}: ${issue.message} (given: ${formatValue(given)})`];
    })
    .join('; ');
}
