import { DeadlineExceededError, RequestTimeoutError } from '../../domain/errors.ts';
import { type Attempt, type Job, JobState } from '../../requests/job.ts';
import { abort, release } from './attempts.ts';
import type { Books } from '../state.ts';
import { reapIfLeft } from '../membership/components.ts';
import { requeue } from '../dispatch/dispatch.ts';
import { componentIdOf } from '../events/request-events.ts';
import { judge } from '../health/outliers.ts';
import { adjustLimit } from '../overload/band-timers.ts';
import { expire, fail } from './outcomes.ts';
import { probeEnded } from '../health/checks.ts';
import { retry } from './retry.ts';

/** The wheel says that a job's time has come: what that means depends on where it stands. */
export function jobDue(books: Books, job: Job, t: number): void {
  if (job.state === JobState.queued) expire(books, job, t);
  else if (job.state === JobState.inFlight) overdue(books, job, t);
  else if (job.state === JobState.awaitingRetry) requeue(books, job, t);
}

function overdue(books: Books, job: Job, t: number): void {
  const attempt = job.current;
  if (attempt === null) return;
  const requestId = books.jobs.idOf(job);
  const componentId = componentIdOf(books, attempt.component);
  const byDeadline = t >= job.deadline;
  const where = `on ${componentId} (attempt ${attempt.number})`;
  const error = byDeadline
    ? new DeadlineExceededError(`Request ${requestId} missed its deadline while it ran ${where}.`, {
        requestId,
        componentId,
        reason: 'deadline',
      })
    : new RequestTimeoutError(
        `Request ${requestId} ran longer than ${job.timeoutMs} ms ${where}. Raise timeoutMs, or let the handler heed its signal.`,
        { requestId, componentId },
      );
  const { started } = attempt;
  const why = byDeadline || (started && !job.idempotent) ? 'notRetryable' : retry(books, job, attempt, () => error, t);
  if (why !== undefined) fail(books, job, 'timedOut', error, t);
  // its time-out speaks before the abort does: an aborted probe says nothing
  if (!byDeadline) blame(books, attempt, 'probe timed out', t);
  abort(books, attempt, byDeadline ? 'deadline' : 'timeout', error, t);
}

/** A time-out is a failure of the component, unless the event loop was blocked: then it proves nothing. */
function blame(books: Books, attempt: Attempt, reason: string, t: number): void {
  const entry = books.entries[attempt.component];
  if (books.lagging || entry === undefined || attempt.entry !== entry.serial) return;
  books.performance.finishedOne(entry.index, t, t - attempt.startedAt, -1, false);
  if (books.limits !== undefined) adjustLimit(books, books.limits, attempt, t);
  entry.timedOut++;
  if (attempt.probe) probeEnded(books, attempt, false, reason);
  else judge(books, entry, t);
}

/** The grace is over and the handler still runs: count it and use the slot again. */
export function abandon(books: Books, attempt: Attempt, t: number): void {
  if (attempt.abandoned) return;
  attempt.abandoned = true;
  const entry = books.entries[attempt.component];
  if (entry !== undefined) entry.abandoned++;
  books.tally.abandoned++;
  release(books, attempt, t);
  // a deadline that came too soon is no fault of the component; a handler that hangs on regardless is
  if (attempt.aborted === 'deadline') blame(books, attempt, 'probe hung', t);
  probeEnded(books, attempt, undefined);
  if (entry !== undefined) reapIfLeft(books, entry);
}
