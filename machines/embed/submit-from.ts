import { NotRunningError, PlimsollError } from '../../src/domain/errors.ts';
import type { Fact, FactOfType, FactType, Receiver, TerminalFact } from '../../src/domain/events.ts';
import type { WorkloadRequest } from '../../src/domain/request.ts';
import { identify } from '../../src/engine/admission/rejection.ts';
import type { Submission } from '../../src/engine/messages.ts';
import type { ActorFinder } from './balancer-ref.ts';
import { type BalancerTarget, hand, targetOf } from './submission.ts';

/** The part of `self` that is used: an actor that takes these facts. */
export type HostRef<F> = Receiver<F> & { readonly system: ActorFinder };

/**
 * Submits requests on behalf of an actor, from its actions:
 *
 * ```ts
 * actions: ({ self, context }) => { submitFrom(self)(requestOf(context)); }
 * ```
 *
 * The actor is sent exactly one terminal fact for each request (`request.completed`, `request.failed`, …), whatever becomes
 * of it, with the request's id and `metadata`; nothing is ever thrown into the action. A balancer that does not run means
 * `request.rejected` with a NotRunningError.
 *
 * @param self the actor; its events must include the terminal facts (`TerminalFact`).
 * @param balancer `systemId` of the balancer in the actor's system, or its reference. Default `'balancer'`.
 * @returns a function that submits a request and returns its id: its own, or the one that the balancer gave it; `''` when it
 * was rejected on the spot and had none.
 */
export const submitFrom =
  (self: HostRef<TerminalFact>, balancer: BalancerTarget = 'balancer') =>
  (request: WorkloadRequest): string => {
    const submission: Submission & { id: string } = {
      type: 'request.submit',
      request,
      processed: false,
      id: '',
      replyTo: self,
    };
    try {
      hand(targetOf(self.system, balancer), submission);
    } catch (error) {
      // there is no balancer that could answer
      if (!(error instanceof PlimsollError)) throw error;
      self.send(rejection(request, error));
    }
    return submission.id === '' ? identify(request).requestId : submission.id;
  };

/** What the balancer would have answered, had there been one. */
const rejection = (request: WorkloadRequest, error: PlimsollError): TerminalFact => ({
  type: 'request.rejected',
  ...identify(request),
  priority: 'NORMAL',
  attempts: 0,
  totalMs: 0,
  componentId: undefined,
  error,
});

/**
 * Subscribes an actor to facts, from an action that runs after the balancer was started:
 *
 * ```ts
 * entry: ({ self }) => { subscribeFrom(self, ['component.statusChanged', 'alert.raised']); }
 * ```
 *
 * It ends by itself when the actor stops.
 *
 * @param self the actor; its events must include these facts.
 * @param types the facts it wants.
 * @param balancer as in `submitFrom`.
 * @returns ends the subscription; `undefined` when the balancer does not run, so that there is none.
 */
export function subscribeFrom<T extends FactType>(
  self: HostRef<FactOfType<T>>,
  types: readonly T[],
  balancer: BalancerTarget = 'balancer',
): (() => void) | undefined {
  const subscriber: Receiver<Fact> = self;
  try {
    const ref = targetOf(self.system, balancer);
    if (ref.getSnapshot().status !== 'active') return undefined;
    ref.send({ type: 'facts.subscribe', subscriber, types });
    return () => {
      if (ref.getSnapshot().status === 'active') ref.send({ type: 'facts.unsubscribe', subscriber });
    };
  } catch (error) {
    if (error instanceof NotRunningError) return undefined;
    throw error;
  }
}
