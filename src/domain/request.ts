import { z } from 'zod';
import { describeIssues } from './describe-issues.ts';
import { InvalidRequestError } from './errors.ts';
import { isPriority, PRIORITIES, type Priority } from './priority.ts';
import { MOST_COST } from './rate-limit.ts';
import type { ResourceShares, WorkloadType } from './workload.ts';

export { describeIssues } from './describe-issues.ts';
export { formatValue } from './format-value.ts';

/** A piece of work for the balancer. Only `type` is required. */
export interface WorkloadRequest<P = unknown> {
  /** Unique among open requests, 1 to 256 characters. Default: one is made up. */
  readonly id?: string | undefined;
  /** What kind of work it is: it goes to components that serve the type. 1 to 256 characters. */
  readonly type: WorkloadType;
  /** Importance: `CRITICAL`, `HIGH`, `NORMAL`, `LOW` or `MINIMAL`. Default `NORMAL`. */
  readonly priority?: Priority | undefined;
  /** Handed to the handler as it is. Default: undefined. */
  readonly payload?: P | undefined;
  /** What it will use of its component, in percent (0 to 100) per resource. Default: nothing. */
  readonly resources?: Partial<ResourceShares> | undefined;
  /** Components to use when one of them is eligible; otherwise any other is. Default: none. */
  readonly preferredComponents?: readonly string[] | undefined;
  /** Components never to use. Default: none. */
  readonly excludedComponents?: readonly string[] | undefined;
  /** Bound of one attempt in ms, above 0. Default: the balancer's `requestTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** Bound of all attempts and all waiting, in ms from the call, above 0; not together with `deadline`. Default: none. */
  readonly deadlineInMs?: number | undefined;
  /** The same as a point in time: epoch ms by the system's clock (`Date.now()`), or by a `clock` of your own. Default: none. */
  readonly deadline?: number | undefined;
  /** Retries after the first attempt, 0 to 100. Default: the balancer's `maxRetries`. */
  readonly maxRetries?: number | undefined;
  /** Whether it may run twice. Default true, but false for the types in the setting `nonIdempotentTypes`; see also `ComponentSpec.idempotent`. */
  readonly idempotent?: boolean | undefined;
  /** Requests with the same key go to the same component while it is eligible (rendezvous hashing). Default: none. */
  readonly affinityKey?: string | undefined;
  /** What its start takes of a component's `rateLimit`, 0 to 1e9. Default 1. Refused where every component that serves it has a lower limit. */
  readonly cost?: number | undefined;
  /** Comes back with every fact about this request. Default: none. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

const NAME_LENGTH = 256;
const MAX_RETRIES = 100;

const percent = z.number().min(0).max(100);
const name = z.string().min(1).max(NAME_LENGTH);

/** Schema of one resource demand: percent of the component, each 0 to 100. */
export const resourceDemandSchema = z
  .strictObject({ cpu: percent, memory: percent, network: percent, storage: percent })
  .partial();

const metadataSchema = z.record(z.string(), z.unknown());

/** The definition of a valid request. A change here is a change of `isOrdinary` as well: a property test compares the two. */
const requestFields = z.strictObject({
  id: name.optional(),
  type: name,
  priority: z.enum(PRIORITIES).optional(),
  payload: z.unknown().optional(),
  resources: resourceDemandSchema.optional(),
  preferredComponents: z.array(name).optional(),
  excludedComponents: z.array(name).optional(),
  timeoutMs: z.number().positive().optional(),
  deadlineInMs: z.number().positive().optional(),
  deadline: z.number().optional(),
  maxRetries: z.int().min(0).max(MAX_RETRIES).optional(),
  idempotent: z.boolean().optional(),
  affinityKey: z.string().optional(),
  cost: z.number().min(0).max(MOST_COST).optional(),
  metadata: metadataSchema.optional(),
});

/** Schema of a request. */
export const requestSchema = requestFields.refine(
  ({ deadline, deadlineInMs }) => deadline === undefined || deadlineInMs === undefined,
  { path: ['deadlineInMs'], error: 'not together with deadline: give one of the two' },
);

/**
 * Whether a value is a valid request, as `requestSchema` defines it. Nearly all are known to be by plain comparisons, in a
 * tenth of the schema's time and without an allocation; the schema decides about the others.
 */
export function isValidRequest(value: unknown): value is WorkloadRequest {
  try {
    return isOrdinary(value) || requestSchema.safeParse(value).success;
  } catch {
    return false; // a property that throws when it is read
  }
}

/** Says yes only to what the schema accepts; its no means "ask the schema". Reads each property once. */
function isOrdinary(value: unknown): boolean {
  if (!isObject(value)) return false;
  // the payload may be anything, but reading it must not throw
  const { id, type, priority, payload: _payload, resources, preferredComponents, excludedComponents } = value;
  const { timeoutMs, deadline, deadlineInMs, maxRetries, idempotent, affinityKey, cost, metadata } = value;
  return (
    isName(type) &&
    (id === undefined || isName(id)) &&
    (priority === undefined || isPriority(priority)) &&
    (resources === undefined || isDemand(resources)) &&
    (preferredComponents === undefined || areNames(preferredComponents)) &&
    (excludedComponents === undefined || areNames(excludedComponents)) &&
    (timeoutMs === undefined || isWithin(timeoutMs, Number.MIN_VALUE, Number.MAX_VALUE)) &&
    (deadline === undefined || isWithin(deadline, -Number.MAX_VALUE, Number.MAX_VALUE)) &&
    (deadlineInMs === undefined ||
      (deadline === undefined && isWithin(deadlineInMs, Number.MIN_VALUE, Number.MAX_VALUE))) &&
    (maxRetries === undefined || (isWithin(maxRetries, 0, MAX_RETRIES) && Number.isInteger(maxRetries))) &&
    (idempotent === undefined || typeof idempotent === 'boolean') &&
    (affinityKey === undefined || typeof affinityKey === 'string') &&
    (cost === undefined || isWithin(cost, 0, MOST_COST)) &&
    hasOnlyRequestKeys(value) &&
    (metadata === undefined || metadataSchema.safeParse(metadata).success)
  );
}

/** By comparisons rather than a set of names. hot: docs/performance.md#5 */
function hasOnlyRequestKeys(value: object): boolean {
  for (const key in value) {
    switch (key) {
      case 'type':
      case 'payload':
      case 'priority':
      case 'id':
      case 'deadline':
      case 'deadlineInMs':
      case 'timeoutMs':
      case 'resources':
      case 'metadata':
      case 'affinityKey':
      case 'idempotent':
      case 'maxRetries':
      case 'preferredComponents':
      case 'excludedComponents':
      case 'cost':
        continue;
      default:
        return false;
    }
  }
  return true;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isName = (value: unknown): boolean =>
  typeof value === 'string' && value.length > 0 && value.length <= NAME_LENGTH;

function areNames(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  // by index: `every` would pass over holes
  for (let i = 0; i < value.length; i++) if (!isName(value[i])) return false;
  return true;
}

/** False for NaN, which compares with nothing. */
const isWithin = (value: unknown, min: number, max: number): boolean =>
  typeof value === 'number' && value >= min && value <= max;

function isDemand(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { cpu, memory, network, storage } = value;
  return isShare(cpu) && isShare(memory) && isShare(network) && isShare(storage) && hasOnlyResources(value);
}

const isShare = (value: unknown): boolean => value === undefined || isWithin(value, 0, 100);

function hasOnlyResources(value: object): boolean {
  for (const key in value) {
    if (key !== 'cpu' && key !== 'memory' && key !== 'network' && key !== 'storage') return false;
  }
  return true;
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
    `Invalid request: ${describeIssues(parsed.error, value, requestSchema)}. Correct the named fields; nothing was enqueued.`,
    { value },
  );
}
