import { fromPromise, type PromiseActorLogic } from 'xstate';
import type { WorkloadRequest } from '../../src/domain/request.ts';
import type { RequestOf, ResultOf } from '../../src/domain/work.ts';
import type { Submission } from '../../src/engine/messages.ts';
import type { BalancerRef } from './balancer-ref.ts';
import { type BalancerTarget, hand, targetOf } from './submission.ts';

/**
 * Actor logic that runs one request through a balancer, to be invoked like a promise:
 *
 * ```ts
 * invoke: { src: balanced<Quote>('balancer'), input: ({ context }) => request, onDone: 'priced', onError: 'failed' }
 * ```
 *
 * `onDone` gets the handler's result as `output`, `onError` the typed error of any other outcome, also that of a request
 * that is not valid and of a balancer that does not run. When the invoking state exits, the request is cancelled.
 *
 * Its result and payload are those of `balanced<Result, Payload>`, or of a type of a map of work: `balanced<Work, 'QUOTE'>`.
 *
 * @param target the balancer's `systemId` in the host's actor system, or its reference.
 */
export function balanced<R = unknown, P = unknown>(
  target: BalancerTarget,
): PromiseActorLogic<Asked<R, P>, Asking<R, P>> {
  return fromPromise<Asked<R, P>, Asking<R, P>>(
    // what a handler returns is for the caller to know, as with execute<R>()
    ({ input, system, signal }) => run(targetOf(system, target), input, signal) as Promise<Asked<R, P>>,
  );
}

/** A map of work and one of its types; else a result and a payload. */
type Asked<R, P> = [P] extends [keyof R & string] ? ResultOf<R, P> : R;
type Asking<R, P> = [P] extends [keyof R & string] ? RequestOf<R, P> : WorkloadRequest<P>;

function run(balancer: BalancerRef, request: WorkloadRequest, signal: AbortSignal): Promise<unknown> {
  return new Promise<unknown>((resolve, reject) => {
    let open = true;
    const submission: Submission & { id: string } = {
      type: 'request.submit',
      request,
      processed: false,
      id: '',
      resolve(result) {
        open = false;
        resolve(result);
      },
      reject(error) {
        open = false;
        reject(error);
      },
    };
    hand(balancer, submission);
    const cancel = (): void => {
      if (!open || balancer.getSnapshot().status !== 'active') return;
      balancer.send({
        type: 'request.cancel',
        // read when the command is processed: the submission may still be in the mailbox before it
        get requestId() {
          return submission.id;
        },
        reason: 'left',
      });
    };
    signal.addEventListener('abort', cancel, { once: true });
  });
}
