import { NotRunningError, type PlimsollError } from '../../src/domain/errors.ts';
import { rejectNotRunning } from '../../src/engine/admission/rejection.ts';
import type { Submission } from '../../src/engine/messages.ts';
import { type ActorFinder, type BalancerRef, balancerOf, stateOf } from './balancer-ref.ts';

/** A balancer as a host names it: by its `systemId`, or by its reference. */
export type BalancerTarget = string | BalancerRef;

/** @throws NotRunningError, InvalidConfigError as `balancerOf` */
export const targetOf = (system: ActorFinder, target: BalancerTarget): BalancerRef =>
  typeof target === 'string' ? balancerOf(system, target) : target;

/**
 * Sends a submission to a balancer so that it is answered whatever happens: a balancer that has stopped rejects it, and one
 * that stops before it has processed it rejects it then.
 * @throws NotRunningError when it never ran.
 */
export function hand(balancer: BalancerRef, submission: Submission): void {
  const state = stateOf(balancer);
  if (state === undefined) throw neverRan();
  if (balancer.getSnapshot().status !== 'active' || state.mode.phase === 'stopped')
    rejectNotRunning(state, submission, 'stopped');
  else {
    balancer.send(submission);
    // from inside the balancer's own transition it waits in the mailbox, which a stop would clear
    if (submission.processed !== true) state.mailbox.pendingSubmissions.add(submission);
  }
}

const neverRan = (): PlimsollError =>
  new NotRunningError('The balancer never ran: its input was refused. See the error that its host got.', {
    reason: 'refused',
  });
