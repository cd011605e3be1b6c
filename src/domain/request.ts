import { z } from 'zod';
import { InvalidRequestError } from './errors.ts';
import { PRIORITIES, type Priority } from './priority.ts';
import type { ResourceShares, WorkloadType } from './workload.ts';

/** A piece of work for the balancer. Only `type` is required. */
export interface WorkloadRequest<P = unknown> {
  /** Unique among open requests; made up when absent. At most 256 characters. */
  readonly id?: string | undefined;
  readonly type: WorkloadType;
  /** Default `NORMAL`. */
  readonly priority?: Priority | undefined;
  /** Handed to the handler as it is. */
  readonly payload?: P | undefined;
  /** What it will use of its component, in percent (0 to 100) per resource. Default: nothing. */
  readonly resources?: Partial<ResourceShares> | undefined;
  /** Components to use when one of them is eligible; otherwise any other is. */
  readonly preferredComponents?: readonly string[] | undefined;
  /** Components never to use. */
  readonly excludedComponents?: readonly string[] | undefined;
  /** Bound of one attempt in ms, above 0. Default: the balancer's `requestTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** Epoch ms on the balancer's clock; bounds all attempts and all waiting. Default: none. */
  readonly deadline?: number | undefined;
  /** Retries after the first attempt, 0 to 100. Default: the balancer's `maxRetries`. */
  readonly maxRetries?: number | undefined;
  /** Whether it may run twice. Default true, but false for the types in the setting `nonIdempotentTypes`. */
  readonly idempotent?: boolean | undefined;
  /** Requests with the same key go to the same component while it is eligible (rendezvous hashing). */
  readonly affinityKey?: string | undefined;
  /** Comes back with every fact about this request. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

const percent = z.number().min(0).max(100);
const name = z.string().min(1).max(256);

/** Schema of one resource demand: percent of the component, each 0 to 100. */
export const resourceDemandSchema = z
  .strictObject({ cpu: percent, memory: percent, network: percent, storage: percent })
  .partial();

/** The only definition of what a valid request is; the hot path's validator is compiled from it. */
export const requestSchema = z.strictObject({
  id: name.optional(),
  type: name,
  priority: z.enum(PRIORITIES).optional(),
  payload: z.unknown().optional(),
  resources: resourceDemandSchema.optional(),
  preferredComponents: z.array(name).optional(),
  excludedComponents: z.array(name).optional(),
  timeoutMs: z.number().positive().optional(),
  deadline: z.number().optional(),
  maxRetries: z.int().min(0).max(100).optional(),
  idempotent: z.boolean().optional(),
  affinityKey: z.string().optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
});

/** One line per problem: where, what was expected, what was given. */
export function describeIssues(error: z.ZodError, value: unknown): string {
  return error.issues
    .map((issue) => {
      const path = issue.path.map(String).join('.');
      const given = issue.path.reduce<unknown>(
        (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
        value,
      );
      return `${path === '' ? 'value' : path}: ${issue.message} (given: ${formatValue(given)})`;
    })
    .join('; ');
}

/** A short, safe rendering of any value for an error message. */
export function formatValue(value: unknown): string {
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'number') return String(value);
  try {
    if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`;
    const text = JSON.stringify(value) ?? String(value);
    return text.length > 120 ? `${text.slice(0, 117)}...` : text;
  } catch {
    return `${typeof value} that cannot be shown`;
  }
}

/**
 * Why a request is not valid, as the typed error to hand back.
 * @returns undefined when it is valid after all.
 */
export function requestProblem(value: unknown): InvalidRequestError | undefined {
  let parsed: ReturnType<typeof requestSchema.safeParse>;
  try {
    parsed = requestSchema.safeParse(value);
  } catch (cause) {
    return new InvalidRequestError('The request could not be read: one of its properties throws when it is read.', {
      cause,
    });
  }
  if (parsed.success) return undefined;
  return new InvalidRequestError(
    `Invalid request: ${describeIssues(parsed.error, value)}. Correct the named fields; nothing was enqueued.`,
    { value },
  );
}
