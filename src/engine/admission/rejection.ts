import { InvalidRequestError, NotRunningError, type PlimsollError } from '../../domain/errors.ts';
import type { AboutRequest, FactReceiver, TerminalFact } from '../../domain/events.ts';
import { classOf, priorityOf } from '../../domain/priority.ts';
import type { Workload } from '../../fleet/route.ts';
import type { Cancellation, Job } from '../../requests/job.ts';
import { OutcomeColumn } from '../../requests/outcome-stats.ts';
import type { Effect } from '../events/effect.ts';
import type { EngineState } from '../state.ts';

/** Class of a request that names no priority, or none that can be read. */
export const DEFAULT_CLASS = classOf('NORMAL');

/** What can be rejected: a submission, or a job that was read from one. */
interface Rejectable {
  readonly request: unknown;
  readonly replyTo?: FactReceiver | undefined;
  readonly reject?: ((error: unknown) => void) | null | undefined;
  readonly cancellation?: Cancellation | null | undefined;
  /** Of a job. */
  readonly workload?: Workload;
}

/** Rejects a request: counts it, publishes the fact, and rejects the promise. */
export function reject(
  state: EngineState,
  { request, replyTo, reject, cancellation, workload }: Rejectable,
  error: PlimsollError,
  cls: number,
  _t: number,
  outcome: 'rejected' | 'timedOut' | 'cancelled' = 'rejected',
): void {
  state.requests.outcomes.submitted(cls);
  state.requests.outcomes.settled(cls, OutcomeColumn[outcome]);
  state.requests.tallies.rejected(OutcomeColumn[outcome]);
  if (workload !== undefined) workload.submitted[cls]!++;
  if (replyTo !== undefined || state.events.isObserved(`request.${outcome}`)) {
    const fact: TerminalFact = {
      type: `request.${outcome}`,
      ...identify(request),
      priority: priorityOf(cls),
      attempts: 0,
      totalMs: 0,
      componentId: undefined,
      error,
    };
    state.events.reply(replyTo, fact);
    state.events.publish(fact);
  }
  cancellation?.settled();
  if (reject !== undefined && reject !== null) state.events.enqueue(new DeferredRejection(reject, error));
}

/** A request for a balancer that has not been started, or whose actor has stopped: refused, and counted. */
export function rejectNotRunning(state: EngineState, refused: Rejectable, phase: 'new' | 'stopped'): void {
  const error =
    phase === 'stopped'
      ? notRunning(phase)
      : new NotRunningError('The balancer has not been started. Await startLoadBalancing() first.', { reason: phase });
  reject(state, refused, error, DEFAULT_CLASS, state.scheduler.now());
}

/** A job that was read, but not admitted in time. */
export function rejectLateArrival(state: EngineState, job: Job): void {
  rejectNotRunning(state, job, 'stopped');
  state.requests.jobs.discard(job);
}

export const notRunning = (phase: string): NotRunningError =>
  new NotRunningError(
    `The balancer ${phase === 'stopped' ? 'has stopped' : `is ${phase}`} and takes no new requests. Start one, or send the request elsewhere.`,
    { reason: phase },
  );

export const unreadable = (cause: unknown): InvalidRequestError =>
  new InvalidRequestError(
    'Invalid request: one of its properties throws or changes when it is read. Submit plain data; nothing was enqueued.',
    { cause },
  );

/**
 * Tells a submitter of its rejection once its call has returned: a promise that is rejected before anybody could handle it
 * costs Node's watch for unhandled rejections more than the whole admission, and that at the very moment of a flood.
 */
class DeferredRejection implements Effect {
  private readonly tell: (error: unknown) => void;
  private readonly error: PlimsollError;

  constructor(tell: (error: unknown) => void, error: PlimsollError) {
    this.tell = tell;
    this.error = error;
  }

  run(): void {
    this.tell(this.error);
  }
}

/** What can be told of something that may be no request at all: whoever sent it must know it again. */
export function identify(request: unknown): Omit<AboutRequest, 'priority'> {
  const read = (key: string): unknown => {
    try {
      return typeof request === 'object' && request !== null ? Reflect.get(request, key) : undefined;
    } catch {
      return undefined;
    }
  };
  const [id, type, metadata] = [read('id'), read('type'), read('metadata')];
  return {
    requestId: typeof id === 'string' ? id : '',
    workload: typeof type === 'string' ? type : '',
    metadata: isRecord(metadata) ? metadata : undefined,
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
