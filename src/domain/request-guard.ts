import { requestSchema, type WorkloadRequest } from './request.ts';

/** Whether a value is a valid request: what the schema says, asked without building an answer. */
export function isValidRequest(value: unknown): value is WorkloadRequest {
  try {
    return requestSchema.safeParse(value).success;
  } catch {
    return false; // a property that throws when it is read
  }
}
