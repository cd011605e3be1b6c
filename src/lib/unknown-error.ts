/** What was thrown may be anything, and reading it may throw again; here it cannot. */

/** The message of something thrown, or what kind of thing it was. */
export function errorMessage(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return String(thrown.message);
    return typeof thrown === 'string' ? thrown : thrown === undefined ? 'nothing' : typeof thrown;
  } catch {
    return 'something that cannot be read';
  }
}

/** A property of something thrown; undefined when it has none, or it cannot be read. */
export function safeProperty(thrown: unknown, name: string): unknown {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  try {
    return Reflect.get(thrown, name);
  } catch {
    return undefined;
  }
}
