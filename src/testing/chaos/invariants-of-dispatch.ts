import type { Books } from '../../engine/state.ts';
import { Standing } from '../../fleet/component-table.ts';
import type { Attempt } from '../../requests/job.ts';
import type { Complain } from './invariants-per-event.ts';
import type { Seat } from './stub-component.ts';
import type { Witnessed } from './request-log.ts';

/** Free re-routings of a request (DESIGN section 7). */
const FREE_REROUTES = 2;

/** The rules that a handler can check when it is called. */
export function checkStart(
  books: Books,
  one: Witnessed,
  seat: Seat,
  attempt: Attempt | undefined,
  complain: Complain,
): void {
  const what = `request ${one.n} on ${seat.id}`;
  const { request, runs } = one;
  if (one.outcome !== undefined) complain('start', `${what} began after it was ${one.outcome}`);
  if (request.excludedComponents?.includes(seat.id) === true) complain('start', `${what}, which it excludes`);
  if (!seat.servesType(request.type)) complain('start', `${what}, which does not serve ${request.type}`);
  if (request.deadline !== undefined && request.deadline <= books.clock.now())
    complain('start', `${what} began after its deadline`);
  if (books.phase === 'starting' || books.phase === 'stopped')
    complain('start', `${what} began while the balancer was ${books.phase}`);
  const last = runs.at(-1);
  if (!one.idempotent && last !== undefined && !(last.settledAt !== undefined && !last.ok && last.retryable === true))
    complain('once', `${what} began again although its handler may run only once`);
  for (const run of runs) {
    if (run.settledAt === undefined && run.attempt?.aborted === null)
      complain('one at a time', `${what} began while attempt ${run.number} was running`);
  }
  if (runs.length > one.maxRetries + FREE_REROUTES)
    complain('retries', `${what} began for the ${runs.length + 1}th time`);
  if (attempt === undefined) complain('start', `${what} began without an attempt`);
  else checkStanding(books, one, seat, attempt, complain);
}

function checkStanding(books: Books, one: Witnessed, seat: Seat, attempt: Attempt, complain: Complain): void {
  const { components } = books;
  const i = attempt.component;
  const standing = components.standing[i];
  if (standing === Standing.operational) {
    seat.crashed = false;
    return;
  }
  const what = `request ${one.n} began on ${seat.id}`;
  if (standing === Standing.draining || standing === Standing.drained) {
    // bound before the drain, in this very instant
    if (components.standingSince[i]! < books.now()) complain('standing', `${what}, which is in maintenance`);
  } else if (!attempt.probe) complain('standing', `${what}, which has failed`);
  else if (standing === Standing.isolated) {
    if (seat.crashed) complain('standing', `${what}, which crashed`);
    if (!one.idempotent) complain('standing', `${what} in panic although it may not run twice`);
  }
}
