import { PlimsollError } from '../../src/domain/errors.ts';
import type { Fact, FactOfType, FactType, Receiver, TerminalFact } from '../../src/domain/events.ts';
import type { WorkloadRequest } from '../../src/domain/request.ts';
import type { RequestIn, UndeclaredWork } from '../../src/domain/work.ts';
import { identify } from '../../src/engine/admission/rejection.ts';
import type { Submission } from '../../src/engine/messages.ts';
import type { ActorFinder, BalancerRef } from './balancer-ref.ts';
import { type BalancerTarget, hand, whenThere } from './submission.ts';

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
 * `request.rejected` with a NotRunningError. In the entry of the state that invokes the balancer the request is handed over when the
 * step is over.
 *
 * @param self the actor; its events must include the terminal facts (`TerminalFact`).
 * @param balancer `systemId` of the balancer in the actor's system, or its reference. Default `'balancer'`.
 * @returns a function that submits a request and returns its id: its own, or the one that the balancer gave it; `''` when it
 * had none and was rejected on the spot or is handed over later.
 */
export const submitFrom =
  <W = UndeclaredWork>(self: HostRef<TerminalFact>, balancer: BalancerTarget = 'balancer') =>
  (request: RequestIn<W>): string => {
    const submission: Submission & { id: string } = {
      type: 'request.submit',
      request: copyOf(request),
      processed: false,
      id: '',
      replyTo: self,
    };
    const refuse = (error: PlimsollError): void => self.send(rejection(submission.request, error));
    try {
      whenThere(self.system, balancer, (ref) => hand(ref, submission), refuse);
    } catch (error) {
      // there is no balancer that could answer
      if (!(error instanceof PlimsollError)) throw error;
      refuse(error);
    }
    return submission.id === '' ? identify(request).requestId : submission.id;
  };

/** As it is now: it may be handed over a moment later. What cannot be read is refused by the balancer. */
function copyOf(request: WorkloadRequest): WorkloadRequest {
  try {
    return typeof request === 'object' && request !== null ? { ...request } : request;
  } catch {
    return request;
  }
}

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
 * Subscribes an actor to facts, from an action that runs in the step in which the balancer is started, or after it:
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
 * @returns ends the subscription; `undefined` when the balancer has stopped, so that there is none.
 */
export function subscribeFrom<T extends FactType>(
  self: HostRef<FactOfType<T>>,
  types: readonly T[],
  balancer: BalancerTarget = 'balancer',
): (() => void) | undefined {
  const subscriber: Receiver<Fact> = self;
  let ref: BalancerRef | undefined;
  let isOver = false;
  const subscribe = (found: BalancerRef): void => {
    if (isOver || found.getSnapshot().status !== 'active') isOver = true;
    else {
      ref = found;
      found.send({ type: 'facts.subscribe', subscriber, types });
    }
  };
  whenThere(self.system, balancer, subscribe, () => {
    isOver = true;
  });
  if (isOver) return undefined;
  return () => {
    isOver = true;
    if (ref?.getSnapshot().status === 'active') ref.send({ type: 'facts.unsubscribe', subscriber });
  };
}
