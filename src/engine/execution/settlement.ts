import { HandlerError, RequestCancelledError } from '../../domain/errors.ts';
import { priorityOf } from '../../domain/priority.ts';
import { messageOf, propertyOf } from '../../lib/unknown-error.ts';
import type { Attempt, Job } from '../../requests/job.ts';
import { defect } from '../events/alerts.ts';
import { abort, release } from './attempts.ts';
import type { Books } from '../state.ts';
import { reapIfLeft } from '../membership/components.ts';
import { dispatch } from '../dispatch/dispatch.ts';
import type { Entry } from '../membership/component-record.ts';
import { componentIdOf } from '../events/request-events.ts';
import { judge } from '../health/outliers.ts';
import { adjustLimit } from '../overload/band-timers.ts';
import { complete, fail } from './outcomes.ts';
import { prefetch } from './prefetch.ts';
import { probeEnded } from '../health/checks.ts';
import { ADVICE, retry } from './retry.ts';

/** Handlers have settled (or thrown): each frees its slot and decides its request; then free slots meet the queue. */
export function allSettled(books: Books): void {
  const t = books.now();
  const attempts = books.settlements.take();
  for (let k = 0; k < attempts.count; k++) {
    prefetch(books, attempts, k, t);
    try {
      settled(books, attempts.items[k]!, t);
    } catch (cause) {
      // a defect of ours concerns one of them only
      defect(books, cause, 'request.settled');
    }
  }
  attempts.empty();
  dispatch(books, t);
}

function settled(books: Books, attempt: Attempt, t: number): void {
  const { ok, value } = attempt;
  // an abandoned attempt has been accounted for, and its component may have left
  const entry = attempt.abandoned ? undefined : books.entries[attempt.component];
  if (entry !== undefined) {
    release(books, attempt, t);
    account(books, entry, attempt, ok, value, t);
  }
  const { job } = attempt;
  if (!attempt.live) late(books, attempt, ok, value);
  else if (ok) succeed(books, job, attempt, value, t);
  else if (job.current === attempt && attempt.aborted === null) failed(books, job, attempt, value, t);
  books.jobs.releaseAttempt(attempt);
  if (entry !== undefined) reapIfLeft(books, entry);
}

/** What the execution says about its component. Aborted attempts say nothing here: their time-out has spoken. */
function account(books: Books, entry: Entry, attempt: Attempt, ok: boolean, value: unknown, t: number): void {
  const duration = t - attempt.startedAt;
  if (ok && attempt.live) entry.latency.addUseful(duration);
  if (attempt.aborted !== null) {
    // that it heeded its signal proves nothing; that it finished all the same does
    probeEnded(books, attempt, ok ? true : undefined);
    return;
  }
  const tally = books.algorithms.tallies[attempt.algorithm]!;
  tally.responseMs += duration;
  if (!ok) {
    tally.failed++;
    accountFailure(books, entry, attempt, duration, value, t);
    return;
  }
  tally.completed++;
  entry.succeeded++;
  accountExecution(books, entry, attempt, duration, true, t);
  if (books.limits !== undefined) adjustLimit(books, books.limits, attempt, t);
  attempt.kind.work.finished(t, duration);
  if (attempt.probe) probeEnded(books, attempt, true);
}

function accountFailure(
  books: Books,
  entry: Entry,
  attempt: Attempt,
  duration: number,
  value: unknown,
  t: number,
): void {
  entry.failed++;
  const callers = propertyOf(value, 'callerFault') === true;
  // a failure may take no time: it tells nothing of what work takes
  if (!callers) accountExecution(books, entry, attempt, duration, false, t);
  if (attempt.probe) probeEnded(books, attempt, callers, 'probe failed');
  else if (!callers && attempt.entry === entry.serial) judge(books, entry, t);
}

function accountExecution(
  books: Books,
  entry: Entry,
  { scale }: Attempt,
  duration: number,
  ok: boolean,
  t: number,
): void {
  books.performance.finishedOne(entry.index, t, duration, scale > 0 ? duration / scale : -1, ok);
  entry.latency.recordAt(duration, t);
}

function succeed(books: Books, job: Job, attempt: Attempt, value: unknown, t: number): void {
  const other = job.current;
  complete(books, job, value, t);
  // an aborted attempt came in first: the one that replaced it is not needed any more
  if (other === null || other === attempt) return;
  const message = 'An earlier attempt has succeeded after all, so that this one is not needed any more.';
  abort(books, other, 'superseded', new RequestCancelledError(message, { reason: 'superseded' }), t);
}

/** The attempt that counts has failed: again, or to its end. */
function failed(books: Books, job: Job, attempt: Attempt, cause: unknown, t: number): void {
  const requestId = books.jobs.idOf(job);
  const componentId = componentIdOf(books, attempt.component);
  const detail = { requestId, componentId, cause, value: cause };
  const said = messageOf(cause);
  const retryable = propertyOf(cause, 'retryable');
  const mayRetry =
    propertyOf(cause, 'callerFault') !== true && (job.idempotent ? retryable !== false : retryable === true);
  const why = mayRetry
    ? retry(
        books,
        job,
        attempt,
        () =>
          new HandlerError(
            `Attempt ${attempt.number} of request ${requestId} failed on ${componentId}: ${said}.`,
            detail,
          ),
        t,
      )
    : 'notRetryable';
  if (why === undefined) return;
  const message = `Request ${requestId} failed on ${componentId} after ${job.attempts} attempt(s): ${said}. ${ADVICE[why]}`;
  fail(books, job, 'failed', new HandlerError(message, { ...detail, reason: why }), t);
}

/** What arrives after the outcome is told, never lost. */
function late(books: Books, attempt: Attempt, ok: boolean, value: unknown): void {
  books.tally.settledLate++;
  if (!books.facts.wants('request.settledLate')) return;
  books.facts.post({
    type: 'request.settledLate',
    requestId: attempt.context?.requestId ?? '',
    workload: attempt.type,
    priority: priorityOf(attempt.cls),
    metadata: attempt.metadata,
    attempt: attempt.number,
    // its row in the books may be another's by now
    componentId: attempt.context?.componentId ?? '',
    ...(ok ? { result: value } : { error: value }),
  });
}
