import { HandlerError } from '../../domain/errors.ts';
import { type Attempt, type Job, JobState } from '../../requests/job.ts';
import type { Failover } from '../../requests/job-extras.ts';
import { abort } from './attempts.ts';
import type { Books } from '../state.ts';
import { requeue } from '../dispatch/dispatch.ts';
import type { Entry } from '../membership/component-record.ts';
import { fail } from './outcomes.ts';
import { refreshFailover } from '../overload/pressure.ts';

/** A request is re-routed for free this often; a third failover counts as a retry (DESIGN section 7). */
const FREE_REROUTES = 2;

/**
 * Takes the running work off a failed component: what may run twice is aborted and queued again with its original
 * enqueue time; what may not is awaited until it settles or times out.
 */
export function failOver(books: Books, entry: Entry, reason: string, t: number): void {
  const failover: Failover = { componentId: entry.id, startedAt: t, unsettled: 0 };
  let rerouted = 0;
  let awaiting = 0;
  const running: Attempt[] = [];
  for (let attempt = entry.attempts; attempt !== null; attempt = attempt.next) running.push(attempt);
  // the oldest first: they were linked at the head
  for (const attempt of running.reverse()) {
    const { job } = attempt;
    if (!attempt.live || job.current !== attempt || attempt.aborted !== null) continue;
    if (job.idempotent || !attempt.started) {
      reroute(books, entry, job, attempt, failover, t);
      rerouted++;
    } else {
      join(books, job, failover, t);
      awaiting++;
    }
  }
  books.failovers++;
  books.facts.post({ type: 'failover.started', componentId: entry.id, reason, rerouted, awaiting });
  if (failover.unsettled > 0) books.openFailovers++;
  else books.facts.post({ type: 'failover.completed', componentId: entry.id, durationMs: 0 });
  refreshFailover(books);
}

function reroute(books: Books, entry: Entry, job: Job, attempt: Attempt, failover: Failover, t: number): void {
  abort(
    books,
    attempt,
    'failover',
    new HandlerError(`Component ${entry.id} failed; the request runs elsewhere.`, {
      componentId: entry.id,
      reason: 'failover',
    }),
    t,
  );
  job.reroutes++;
  books.tally.rerouted++;
  if (job.reroutes > FREE_REROUTES) {
    if (job.retries >= job.maxRetries || !books.retryBudget.tryWithdraw(t)) {
      const requestId = books.jobs.idOf(job);
      const message = `Request ${requestId} lost its component ${job.reroutes} times in a row, the last was ${entry.id}, and has no retry left.`;
      fail(
        books,
        job,
        'failed',
        new HandlerError(message, { requestId, componentId: entry.id, reason: 'failover' }),
        t,
      );
      return;
    }
    job.retries++;
  }
  job.exempt = true;
  job.lastFailed = entry.index;
  if (job.state === JobState.inFlight) requeue(books, job, t);
  join(books, job, failover, t);
}

function join(books: Books, job: Job, failover: Failover, t: number): void {
  if (job.failover !== null) leaveFailover(books, job, t);
  job.failover = failover;
  failover.unsettled++;
}

/** A job of a failover has settled, or is now part of another. */
export function leaveFailover(books: Books, job: Job, t: number): void {
  const { failover } = job;
  if (failover === null) return;
  job.failover = null;
  if (--failover.unsettled > 0) return;
  books.openFailovers--;
  books.facts.post({
    type: 'failover.completed',
    componentId: failover.componentId,
    durationMs: t - failover.startedAt,
  });
  refreshFailover(books);
}
