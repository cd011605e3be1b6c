/** What was thrown may be anything, and reading it may throw again; here it cannot. */

/** The message of something thrown, or what kind of thing it was. */
export function errorMessage(thrown: unknown): string {
  try {
    // what Node's fetch and net throw for several addresses has a code and no message
    if (thrown instanceof Error) return String(thrown.message || (safeProperty(thrown, 'code') ?? thrown.name));
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

/** The causes of something thrown are looked at this deep. */
const MAX_DEPTH = 5;

/** What was thrown in words and with its code, both down the chain of its causes: `fetch failed: read ECONNRESET`, `ECONNRESET`. */
export function failureOf(thrown: unknown): { readonly message: string; readonly code: string | undefined } {
  const messages: string[] = [];
  let code: string | undefined;
  let at = thrown;
  for (let depth = 0; depth < MAX_DEPTH && (depth === 0 || at !== undefined); depth++) {
    const message = errorMessage(at);
    if (message !== messages.at(-1)) messages.push(message);
    const own = safeProperty(at, 'code');
    if (code === undefined && (typeof own === 'string' || typeof own === 'number')) code = String(own);
    at = safeProperty(at, 'cause');
  }
  return { message: messages.join(': ').slice(0, 500), code };
}

/** The same in one line: `fetch failed: socket hang up (ECONNRESET)`. */
export function failureText({
  message,
  code,
}: {
  readonly message: string;
  readonly code: string | undefined;
}): string {
  return code === undefined || message.includes(code) ? message : `${message} (${code})`;
}
