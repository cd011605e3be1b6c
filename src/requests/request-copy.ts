import { requestSchema, type WorkloadRequest } from '../domain/request.ts';

/**
 * The request as it is at this moment: its object is the caller's, who may change it and hand it in again while the first waits,
 * is retried or runs, and what was asked for first must not become what was asked for last. What the payload and the metadata
 * refer to stays the caller's.
 * @returns the value itself where it is no object: it is not valid, and whoever says so shows it.
 * @throws whatever a property of it throws.
 */
export function copyOfRequest(request: WorkloadRequest): WorkloadRequest {
  const given: unknown = request;
  if (typeof given !== 'object' || given === null) return request;
  const prototype: unknown = Object.getPrototypeOf(given);
  const copy: { -readonly [K in keyof WorkloadRequest]: WorkloadRequest[K] } =
    prototype === Object.prototype || prototype === null ? { ...request } : inheriting(request);
  const { excludedComponents, preferredComponents } = copy;
  if (Array.isArray(excludedComponents)) copy.excludedComponents = [...excludedComponents];
  if (Array.isArray(preferredComponents)) copy.preferredComponents = [...preferredComponents];
  return copy;
}

const FIELDS = Object.keys(requestSchema.shape);

/** Of an instance of a class, whose properties may be getters that it inherits. */
function inheriting(request: WorkloadRequest): WorkloadRequest {
  const copy: Record<string, unknown> & WorkloadRequest = { ...request };
  for (const name of FIELDS) if (name in request) copy[name] = Reflect.get(request, name);
  return copy;
}
