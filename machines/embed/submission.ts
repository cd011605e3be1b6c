import { NotRunningError, PlimsollError } from '../../src/domain/errors.ts';
import { rejectNotRunning } from '../../src/engine/admission/rejection.ts';
import type { Submission } from '../../src/engine/messages.ts';
import { type ActorFinder, type BalancerRef, balancerOf, NO_BALANCER, stateOf } from './balancer-ref.ts';

/** A balancer as a host names it: by its `systemId`, or by its reference. */
export type BalancerTarget = string | BalancerRef;

/** @throws NotRunningError, InvalidConfigError as `balancerOf` */
export const targetOf = (system: ActorFinder, target: BalancerTarget): BalancerRef =>
  typeof target === 'string' ? balancerOf(system, target) : target;

/**
 * Uses a balancer, at once or when the step of its host is over: XState runs the entry actions of a state before it starts what that
 * state invokes.
 * @param missing told when there is none even then. What `use` throws for another reason is thrown on, or told to this if it is too late.
 */
export function whenThere(
  system: ActorFinder,
  target: BalancerTarget,
  use: (balancer: BalancerRef) => void,
  missing: (error: PlimsollError) => void,
): void {
  try {
    use(targetOf(system, target));
  } catch (error) {
    if (!isNotThere(error)) throw error;
    queueMicrotask(() => {
      try {
        use(targetOf(system, target));
      } catch (late) {
        if (!(late instanceof PlimsollError)) throw late;
        missing(late);
      }
    });
  }
}

const isNotThere = (error: unknown): boolean => error instanceof NotRunningError && error.reason === NO_BALANCER;

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
