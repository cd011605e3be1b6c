/** Names of top-level fields that may be shown; nothing else of an event or a context leaves the process. */
export interface VisibleFields {
  /** Fields of events, e.g. `['componentId', 'reason']`. Default none: only an event's type is shown. */
  readonly event?: readonly string[] | undefined;
  /** Fields of contexts, e.g. `['failures']`. Default none. */
  readonly context?: readonly string[] | undefined;
}

const LONGEST_TEXT = 200;
const DEEPEST = 3;
const MAX_KEYS = 20;

/** The listed fields of a value, cut to what a person reads. Undefined when there are none. */
export function redact(value: unknown, fields: readonly string[] | undefined): Record<string, unknown> | undefined {
  if (fields === undefined || fields.length === 0 || typeof value !== 'object' || value === null) return undefined;
  const result: Record<string, unknown> = {};
  let some = false;
  for (const field of fields) {
    if (!Object.hasOwn(value, field)) continue;
    result[field] = toPlainJson(Reflect.get(value, field), DEEPEST);
    some = true;
  }
  return some ? result : undefined;
}

/** Plain JSON of anything: actor references, functions and what lies too deep become a word. */
export function toPlainJson(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
    case 'undefined':
      return value;
    case 'object':
      return value === null ? null : plainObject(value, depth);
    default:
      return `(${typeof value})`;
  }
}

function plainObject(value: object, depth: number): unknown {
  if (value instanceof Error) return `${value.name}: ${String(toPlainJson(value.message, 1))}`;
  if (Reflect.has(value, 'getSnapshot')) return '(actor)';
  if (depth <= 0) return Array.isArray(value) ? `(${value.length} items)` : '(object)';
  if (Array.isArray(value)) return value.slice(0, MAX_KEYS).map((item) => toPlainJson(item, depth - 1));
  if (ArrayBuffer.isView(value) || value instanceof Map || value instanceof Set) return `(${value.constructor.name})`;
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MAX_KEYS)
      .map(([key, inner]) => [key, toPlainJson(inner, depth - 1)]),
  );
}
