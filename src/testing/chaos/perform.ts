import type { Handler, HandlerContext } from '../../domain/component.ts';
import type { WorkloadRequest } from '../../domain/request.ts';
import type { Behaviour } from './schedule.ts';

/** Told of what a handler sees and does. */
interface Observer {
  /** Calls back after so many ms. */
  sleep(ms: number, run: () => void): void;
  /** Its signal has aborted; only told where the behaviour looks at it. */
  aborted(): void;
  /** It has asked for its signal only now. */
  asked(aborted: boolean): void;
  /** It settles with this now. */
  settled(ok: boolean, value: unknown): void;
}

/** What a failing handler throws. */
export class ChaosError extends Error {
  readonly retryable: boolean | undefined;
  readonly callerFault: boolean | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(behaviour: Behaviour) {
    super('planned by the schedule');
    this.name = 'ChaosError';
    this.retryable = behaviour.retryable;
    this.callerFault = behaviour.callerFault;
    this.retryAfterMs = behaviour.retryAfterMs;
  }
}

/**
 * Does in a handler what a behaviour says.
 * @param real is run where it says `succeed`; without it the result is the request's own metadata.
 */
export function perform(
  behaviour: Behaviour,
  request: WorkloadRequest,
  context: HandlerContext,
  real: Handler | undefined,
  observer: Observer,
): unknown {
  const { does, after, signal } = behaviour;
  if (after === 0 && signal !== 'heeds' && real === undefined) {
    if (does === 'fail') {
      const error = new ChaosError(behaviour);
      observer.settled(false, error);
      throw error;
    }
    if (does === 'succeed') {
      observer.settled(true, request.metadata);
      return request.metadata;
    }
  }
  let settled = false;
  const settle = (ok: boolean, value: unknown, tell: (value: unknown) => void): void => {
    if (settled) return;
    settled = true;
    observer.settled(ok, value);
    tell(value);
  };
  const begin = (resolve: (value: unknown) => void, reject: (error: unknown) => void): void => {
    if (signal === 'heeds' || signal === 'watches') {
      const onAbort = (): void => {
        observer.aborted();
        if (signal === 'heeds') settle(false, context.signal.reason, reject);
      };
      if (context.signal.aborted) onAbort();
      else context.signal.addEventListener('abort', onAbort);
    }
    if (does === 'hang') return;
    const finish = (): void => {
      if (signal === 'late') observer.asked(context.signal.aborted);
      if (does === 'fail') settle(false, new ChaosError(behaviour), reject);
      else if (real === undefined) settle(true, request.metadata, resolve);
      else {
        const run = async (): Promise<unknown> => real(request, context);
        run().then(
          (value) => settle(true, value, resolve),
          (error: unknown) => settle(false, error, reject),
        );
      }
      if (does !== 'twice') return;
      resolve('again');
      reject(new ChaosError(behaviour));
    };
    if (after === 0) finish();
    else observer.sleep(after, finish);
  };
  // a bare thenable settles as often as it likes; a promise would hide it
  // biome-ignore lint/suspicious/noThenProperty: being a thenable is its purpose
  return does === 'twice' ? { then: begin } : new Promise(begin);
}
