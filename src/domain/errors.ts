import { errorMessage, safeProperty } from '../lib/unknown-error.ts';

/** Stable codes of plimsoll's errors; safe to switch on. */
export type ErrorCode =
  | 'INVALID_REQUEST'
  | 'INVALID_CONFIG'
  | 'QUEUE_FULL'
  | 'LOAD_SHED'
  | 'DEADLINE_EXCEEDED'
  | 'REQUEST_TIMEOUT'
  | 'NO_ELIGIBLE_COMPONENT'
  | 'HANDLER_FAILED'
  | 'RATE_LIMITED'
  | 'REQUEST_CANCELLED'
  | 'NOT_RUNNING'
  | 'OUTCOME_UNKNOWN';

/** Details that every error of plimsoll carries beside its message. */
export interface ErrorDetails {
  /** The offending value. */
  readonly value?: unknown;
  /** The request concerned. */
  readonly requestId?: string;
  /** The component concerned. */
  readonly componentId?: string;
  /** A finer reason, stable, e.g. `infeasible`. */
  readonly reason?: string;
  /** The error that caused this one. */
  readonly cause?: unknown;
  /** Estimated time until there is room, ms: of what a loaded balancer refuses. */
  readonly retryAfterMs?: number | undefined;
}

/** An error's cause as JSON: of an error what says what it was, of anything else that was thrown a word or two. */
export interface JsonCause {
  readonly name?: string;
  readonly message: string;
  readonly code?: string | number;
  readonly cause?: JsonCause;
}

/** Causes of causes are told to this depth: they may go round in a circle. */
const MAX_CAUSES = 5;

function jsonCause(thrown: unknown, depth: number): JsonCause {
  const message = errorMessage(thrown);
  if (typeof thrown !== 'object' || thrown === null) return { message };
  const [name, said, code, cause] = ['name', 'message', 'code', 'cause'].map((key) => safeProperty(thrown, key));
  return {
    ...(typeof name === 'string' ? { name } : {}),
    message: typeof said === 'string' && said !== '' ? said : message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(cause === undefined || depth <= 1 ? {} : { cause: jsonCause(cause, depth - 1) }),
  };
}

/**
 * Base of all errors of plimsoll. The message says what was wrong, what was expected and what to do; `code` is stable.
 * They are made on the hot path of an overloaded balancer, so subclasses that stand for an expected outcome
 * (queue full, shed, …) carry no stack trace: capturing one costs more than the whole request.
 */
export abstract class PlimsollError extends Error {
  abstract readonly code: ErrorCode;
  readonly value: unknown;
  readonly requestId: string | undefined;
  readonly componentId: string | undefined;
  readonly reason: string | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.value = details.value;
    this.requestId = details.requestId;
    this.componentId = details.componentId;
    this.reason = details.reason;
  }

  toJSON(): {
    name: string;
    code: ErrorCode;
    message: string;
    requestId?: string;
    componentId?: string;
    reason?: string;
    retryAfterMs?: number;
    cause?: JsonCause;
  } {
    return {
      name: this.name,
      code: this.code,
      message: this.message,
      ...(this.requestId === undefined ? {} : { requestId: this.requestId }),
      ...(this.componentId === undefined ? {} : { componentId: this.componentId }),
      ...(this.reason === undefined ? {} : { reason: this.reason }),
      ...(this.cause === undefined ? {} : { cause: jsonCause(this.cause, MAX_CAUSES) }),
    };
  }
}

/** Outcomes that a healthy but loaded balancer produces in bulk: no stack trace (see {@link PlimsollError}). */
abstract class ExpectedError extends PlimsollError {
  constructor(message: string, details: ErrorDetails = {}) {
    const limit = Error.stackTraceLimit;
    // where it may not be set (frozen intrinsics), the error has its stack; an assignment would throw
    Reflect.set(Error, 'stackTraceLimit', 0);
    super(message, details);
    Reflect.set(Error, 'stackTraceLimit', limit);
  }
}

/** The request does not fit its schema. Nothing was enqueued. */
export class InvalidRequestError extends PlimsollError {
  readonly code = 'INVALID_REQUEST';
}

/** A configuration, component or command does not fit its schema. Nothing was changed. */
export class InvalidConfigError extends PlimsollError {
  readonly code = 'INVALID_CONFIG';
}

/** An outcome that another try in a while may not have. */
abstract class BusyError extends ExpectedError {
  /** Estimated time until there is room, ms, 1 and up; undefined where nothing is known. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details);
    this.retryAfterMs = details.retryAfterMs;
  }

  override toJSON(): ReturnType<PlimsollError['toJSON']> {
    const { retryAfterMs } = this;
    return { ...super.toJSON(), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
}

/** The queue, or the share of it that one route may hold, is full and nothing less important could make room. */
export class QueueFullError extends BusyError {
  readonly code = 'QUEUE_FULL';
}

/** Dropped by overload control (CoDel), or evicted by more important work. */
export class LoadShedError extends BusyError {
  readonly code = 'LOAD_SHED';
}

/**
 * For handlers to throw: the provider has refused the work, and says when to come again (`retryAfterMs`; default: as soon as
 * makes sense). The component rests until then, and the request goes elsewhere or waits: it was refused, not done.
 */
export class RateLimitedError extends BusyError {
  readonly code = 'RATE_LIMITED';
}

/** The deadline passed, or cannot be met (`reason: 'infeasible'`), or the wait exceeded `queueTimeoutMs`. */
export class DeadlineExceededError extends ExpectedError {
  readonly code = 'DEADLINE_EXCEEDED';
}

/** The last attempt that was allowed ran longer than `timeoutMs`. */
export class RequestTimeoutError extends ExpectedError {
  readonly code = 'REQUEST_TIMEOUT';
}

/** No registered component serves this request. */
export class NoEligibleComponentError extends ExpectedError {
  readonly code = 'NO_ELIGIBLE_COMPONENT';
}

/** The handler threw or rejected and no retry was left; what it threw is the `cause`. */
export class HandlerError extends ExpectedError {
  readonly code = 'HANDLER_FAILED';
}

/** Cancelled by its caller, or by the balancer's stop (`reason: 'stopped'`). */
export class RequestCancelledError extends ExpectedError {
  readonly code = 'REQUEST_CANCELLED';
}

/** The balancer has not been started, is draining, or has stopped. */
export class NotRunningError extends ExpectedError {
  readonly code = 'NOT_RUNNING';
}

/**
 * A request that may not run twice may or may not have taken effect: what ran it was lost (the thread of a `threadWorker` or
 * the actor of an `actorWorker` has ended). Thrown by workers; `execute` rejects with it. Any other request is retried instead.
 */
export class OutcomeUnknownError extends PlimsollError {
  readonly code = 'OUTCOME_UNKNOWN';
}

// a bundle that is minified renames classes; what a caller sees keeps its name
const NAMES = {
  InvalidRequestError,
  InvalidConfigError,
  QueueFullError,
  LoadShedError,
  DeadlineExceededError,
  RequestTimeoutError,
  NoEligibleComponentError,
  HandlerError,
  RequestCancelledError,
  NotRunningError,
  OutcomeUnknownError,
};
for (const [name, kind] of Object.entries(NAMES)) Object.defineProperty(kind, 'name', { value: name });
