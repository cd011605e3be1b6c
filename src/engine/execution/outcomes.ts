import {
  DeadlineExceededError,
  LoadShedError,
  type PlimsollError,
  RequestCancelledError,
} from '../../domain/errors.ts';
import type { TerminalFact } from '../../domain/events.ts';
import type { Outcome } from '../../domain/outcome.ts';
import { type Job, JobState } from '../../requests/job.ts';
import { OutcomeColumn } from '../../requests/outcome-stats.ts';
import { abort } from './attempts.ts';
import type { Books } from '../state.ts';
import { componentIdOf, requestFact } from '../events/request-events.ts';
import { leaveFailover } from './failover.ts';
import { lowWater } from '../overload/watermarks.ts';

const { queued } = JobState;
const { completed } = OutcomeColumn;

/** Every open request comes to one of these two ends, once. */
export function complete(books: Books, job: Job, result: unknown, t: number): void {
  books.outcomes.response.recordAt(t - job.submittedAt, t);
  const { resolve } = job;
  count(books, job, completed, t);
  if (job.replyTo !== undefined || books.facts.wants('request.completed')) {
    tell(books, job, { type: 'request.completed', result, ...endOf(books, job, t) });
  }
  letGo(books, job);
  resolve?.(result);
}

export function fail(
  books: Books,
  job: Job,
  outcome: Exclude<Outcome, 'completed'>,
  error: PlimsollError,
  t: number,
): void {
  const { reject } = job;
  count(books, job, OutcomeColumn[outcome], t);
  const type = FACT_OF_ERROR[outcome];
  if (job.replyTo !== undefined || books.facts.wants(type)) tell(books, job, { type, error, ...endOf(books, job, t) });
  letGo(books, job);
  reject?.(error);
}

function count(books: Books, job: Job, column: number, t: number): void {
  books.wheel.cancel(job);
  if (job.state === queued) {
    books.queue.remove(job);
    lowWater(books, job.kind.route);
  }
  books.outcomes.settled(job.cls, column, t);
  if (job.failover !== null) leaveFailover(books, job, t);
}

const endOf = (books: Books, job: Job, t: number) => ({
  ...requestFact(books, job),
  attempts: job.attempts,
  totalMs: t - job.submittedAt,
  componentId: componentIdOf(books, job.lastComponent),
});

function tell({ facts }: Books, { replyTo }: Job, fact: TerminalFact): void {
  facts.reply(replyTo, fact);
  facts.post(fact);
}

function letGo(books: Books, job: Job): void {
  job.kind.route.unsettled--;
  books.jobs.release(job);
  if (books.phase === 'draining' && books.jobs.open === 0) books.control.push({ type: 'work.drained' });
}

const FACT_OF_ERROR = {
  failed: 'request.failed',
  timedOut: 'request.timedOut',
  shed: 'request.shed',
  rejected: 'request.rejected',
  cancelled: 'request.cancelled',
} as const;

/** The time of a queued job is over. */
export function expire(books: Books, job: Job, t: number): void {
  const requestId = books.jobs.idOf(job);
  const byDeadline = job.deadline <= t;
  const waited = Math.round(t - job.waitingSince);
  const message = byDeadline
    ? `Request ${requestId} missed its deadline after waiting ${waited} ms in the queue. Give it more time, or the balancer more capacity.`
    : `Request ${requestId} waited ${waited} ms in the queue, longer than queueTimeoutMs (${books.settings.queueTimeoutMs}). Raise it, or add capacity.`;
  fail(
    books,
    job,
    'timedOut',
    new DeadlineExceededError(message, { requestId, reason: byDeadline ? 'deadline' : 'queueTimeout' }),
    t,
  );
}

/** Dropped by overload control, or evicted for more important work. */
export function shed(books: Books, job: Job, t: number, reason: 'overload' | 'evicted'): void {
  const requestId = books.jobs.idOf(job);
  if (reason === 'overload') books.tally.dropped++;
  else books.tally.evicted++;
  books.lastShedAt = t;
  const message =
    reason === 'overload'
      ? `Request ${requestId} was dropped: its part of the queue is congested and it could not have been served in time. Back off and send less.`
      : `Request ${requestId} was evicted from the full queue by more important work. Back off, or raise maxQueueSize.`;
  fail(books, job, 'shed', new LoadShedError(message, { requestId, reason }), t);
}

/** Ends an open job of any state on somebody's behalf; running attempts are told to end. */
export function cancel(books: Books, job: Job, reason: string, t: number): void {
  const requestId = books.jobs.idOf(job);
  const error = new RequestCancelledError(`Request ${requestId} was cancelled (${reason}).`, { requestId, reason });
  const { current } = job;
  fail(books, job, 'cancelled', error, t);
  if (current !== null) abort(books, current, reason === 'stopped' ? 'stopped' : 'cancelled', error, t);
}
