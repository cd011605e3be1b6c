import {
  DeadlineExceededError,
  HandlerError,
  type PlimsollError,
  RequestTimeoutError,
} from '../../src/domain/errors.ts';
import { priorityOf } from '../../src/domain/priority.ts';
import { type Attempt, type Job, JobState } from '../../src/ledgers/job.ts';
import { retryDelay } from '../../src/policies/retry.ts';
import { abort, release } from './attempts.ts';
import type { Books } from './books.ts';
import { dispatch, requeue } from './dispatch.ts';
import { componentIdOf, requestFact } from './facts.ts';
import { judge } from './health.ts';
import { complete, expire, fail } from './outcomes.ts';
import { probeAnswered } from './probes.ts';

/** A handler has settled (or thrown): frees the slot, decides what becomes of the request, dispatches. */
export function settled(books: Books, attempt: Attempt, ok: boolean, value: unknown): void {
  const t = books.now();
  if (!attempt.abandoned) {
    release(books, attempt, t);
    account(books, attempt, ok, value, t);
  }
  const { job } = attempt;
  if (!attempt.live) late(books, attempt, ok, value);
  else if (ok) succeed(books, job, attempt, value, t);
  else if (job.current === attempt && attempt.aborted === null) failed(books, job, attempt, value, t);
  books.jobs.releaseAttempt(attempt);
  dispatch(books, t);
}

/** What the execution says about its component. Aborted attempts say nothing here: their time-out has spoken. */
function account(books: Books, attempt: Attempt, ok: boolean, value: unknown, t: number): void {
  const entry = books.entries[attempt.component];
  if (entry === undefined) return;
  const duration = t - attempt.startedAt;
  if (ok) {
    entry.usefulMs += attempt.live ? duration : 0;
    entry.succeeded++;
  } else if (attempt.aborted === null) entry.failed++;
  if (attempt.aborted !== null) {
    if (attempt.probe) probeAnswered(books, entry, attempt.entry, ok, 'aborted');
    return;
  }
  const callers = !ok && flag(value, 'callerFault') === true;
  if (!callers) {
    const relative = attempt.scale > 0 ? duration / attempt.scale : -1;
    books.performance.finishedOne(entry.index, t, duration, relative, ok);
    if (ok) attempt.kind.work.finished(t, duration);
    entry.latency.record(duration, t);
  }
  const tally = books.algorithms.tallies[attempt.algorithm]!;
  if (ok) tally.completed++;
  else tally.failed++;
  tally.responseMs += duration;
  if (attempt.probe) probeAnswered(books, entry, attempt.entry, ok || callers, 'probe failed');
  else if (!ok && !callers && attempt.entry === entry.serial) judge(books, entry, t);
}

function succeed(books: Books, job: Job, attempt: Attempt, value: unknown, t: number): void {
  const other = job.current;
  complete(books, job, value, t);
  // an aborted attempt came in first: the one that replaced it is not needed any more
  if (other !== null && other !== attempt) abort(books, other, 'superseded', undefined, t);
}

/** The attempt that counts has failed: again, or to its end. */
function failed(books: Books, job: Job, attempt: Attempt, cause: unknown, t: number): void {
  const requestId = books.jobs.idOf(job);
  const componentId = componentIdOf(books, attempt.component);
  const detail = { requestId, componentId, cause, value: cause };
  const said = cause instanceof Error ? cause.message : String(cause === undefined ? 'nothing' : typeof cause);
  const retryable = flag(cause, 'retryable');
  const mayRetry = flag(cause, 'callerFault') !== true && (job.idempotent ? retryable !== false : retryable === true);
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

type NoRetry = 'notRetryable' | 'attemptsExhausted' | 'retryBudget' | 'deadline';

const ADVICE: Readonly<Record<NoRetry, string>> = {
  notRetryable: 'It was not retried because it may not run twice; see the cause.',
  attemptsExhausted: 'All its retries are used up; see the cause.',
  retryBudget: 'It was not retried because too many requests are being retried already; see the cause.',
  deadline: 'There was no time left for another attempt; see the cause.',
};

/** Puts a job aside until its backoff is over. @returns why not, or undefined when it will be retried */
function retry(
  books: Books,
  job: Job,
  attempt: Attempt,
  describe: () => PlimsollError,
  t: number,
): NoRetry | undefined {
  const { retry: backoff } = books.settings;
  if (job.retries >= job.maxRetries) return 'attemptsExhausted';
  const delayMs = retryDelay(job.retries + 1, backoff.baseMs, backoff.capMs, books.random);
  if (t + delayMs >= job.deadline) return 'deadline';
  if (!books.retryBudget.tryWithdraw(t)) return 'retryBudget';
  job.retries++;
  job.lastFailed = attempt.component;
  job.current = null;
  books.tally.retried++;
  books.jobs.enter(job, JobState.awaitingRetry);
  books.schedule(job, t + delayMs);
  if (books.facts.wants('request.retrying')) {
    books.facts.post({
      type: 'request.retrying',
      ...requestFact(books, job),
      attempt: attempt.number,
      delayMs,
      componentId: componentIdOf(books, attempt.component) ?? '',
      error: describe(),
    });
  }
  return undefined;
}

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
  abort(books, attempt, byDeadline ? 'deadline' : 'timeout', error, t);
  if (!byDeadline && !books.lagging) blame(books, attempt, t);
}

/** A time-out is a failure of the component, unless the event loop was blocked: then it proves nothing. */
function blame(books: Books, attempt: Attempt, t: number): void {
  const entry = books.entries[attempt.component];
  if (entry === undefined || attempt.entry !== entry.serial) return;
  books.performance.finishedOne(entry.index, t, t - attempt.startedAt, -1, false);
  entry.failed++;
  if (attempt.probe) probeAnswered(books, entry, attempt.entry, false, 'probe timed out');
  else judge(books, entry, t);
}

/** What arrives after the outcome is told, never lost. */
function late(books: Books, attempt: Attempt, ok: boolean, value: unknown): void {
  books.tally.settledLate++;
  if (!books.facts.wants('request.settledLate')) return;
  const { request } = attempt;
  books.facts.post({
    type: 'request.settledLate',
    requestId: attempt.context?.requestId ?? '',
    workload: request.type,
    priority: priorityOf(attempt.cls),
    metadata: request.metadata,
    attempt: attempt.number,
    componentId: componentIdOf(books, attempt.component) ?? '',
    ...(ok ? { result: value } : { error: value }),
  });
}

/** A property of something thrown, which may be anything and may throw again. */
function flag(value: unknown, name: 'callerFault' | 'retryable'): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    return Reflect.get(value, name);
  } catch {
    return undefined;
  }
}
