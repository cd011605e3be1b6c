import type { z } from 'zod';

/**
 * What the work of every component looks like: a payload in, a result out, and a signal that says nobody waits any
 * more. Nothing here knows the balancer, so each piece can be tested, replaced or reused by itself.
 */
export type Work<Result> = (payload: unknown, context: WorkContext) => Result | Promise<Result>;

export interface WorkContext {
  /** Aborts on time-out, cancel and failover. Work that has not taken effect yet stops; work that has, finishes. */
  readonly signal: AbortSignal;
}

/**
 * The payload does not fit. `callerFault` tells the balancer that no component is to blame, so a stream of broken
 * messages ejects nobody.
 */
export class BadPayloadError extends Error {
  override readonly name: string = 'BadPayloadError';
  readonly code: string = 'BAD_PAYLOAD';
  readonly callerFault = true;
}

/** Checks a payload against its schema. Throws {@link BadPayloadError} that names the first field that does not fit. */
export const checked = <T>(schema: z.ZodType<T>, payload: unknown, what: string): T => {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  throw new BadPayloadError(`${what}: ${firstIssue(parsed.error)}`);
};

/** The first thing wrong, as `path: message`; the rest is rarely worth a reader's time. */
export const firstIssue = (error: z.ZodError): string => {
  const issue = error.issues[0];
  if (issue === undefined) return 'does not fit its schema';
  const path = issue.path.join('.');
  return path === '' ? issue.message : `${path}: ${issue.message}`;
};
