import { DeadlineExceededError, RequestTimeoutError } from '../../domain/errors.ts';
import { type Attempt, type Job, JobState } from '../../requests/job.ts';
import { componentIdOf } from '../events/request-events.ts';
import { probeEnded } from '../health/checks.ts';
import { detectOutlier } from '../health/outliers.ts';
import { adjustLimit } from '../overload/band-timers.ts';
import type { EngineState } from '../state.ts';
import { abort, release } from './attempts.ts';
import { expire, fail } from './outcomes.ts';
import { requeue } from './requeue.ts';
import { retry } from './retry.ts';

/** The timer of a job has fired. What it was waiting for depends on its state: the queue, a handler, or a backoff. */
export function onJobTimer(state: EngineState, job: Job, t: number): void {
  if (job.state === JobState.queued) expire(state, job, t);
  else if (job.state === JobState.inFlight) onAttemptTimeout(state, job, t);
  else if (job.state === JobState.awaitingRetry) requeue(state, job, t);
}

function onAttemptTimeout(state: EngineState, job: Job, t: number): void {
  const attempt = job.current;
  if (attempt === null) return;
  const requestId = state.requests.jobs.idOf(job);
  const componentId = componentIdOf(state, attempt.component);
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
  const why = byDeadline || (started && !job.idempotent) ? 'notRetryable' : retry(state, job, attempt, () => error, t);
  if (why !== undefined) fail(state, job, 'timedOut', error, t);
  // before the abort: an aborted probe gives no verdict, and the time-out is one
  if (!byDeadline) recordTimeout(state, attempt, 'probe timed out', t);
  abort(state, attempt, byDeadline ? 'deadline' : 'timeout', error, t);
}

/** A time-out is a failure of the component, unless the event loop was blocked: then it proves nothing. */
function recordTimeout(state: EngineState, attempt: Attempt, reason: string, t: number): void {
  const record = state.fleet.records[attempt.component];
  if (state.scheduler.isLagging || record === undefined || attempt.incarnation !== record.incarnation) return;
  state.fleet.performance.recordExecution(record.index, t, t - attempt.startedAt, -1, false);
  if (state.fleet.limits !== undefined) adjustLimit(state, state.fleet.limits, attempt, t);
  record.timedOut++;
  if (attempt.probe) probeEnded(state, attempt, false, reason);
  else detectOutlier(state, record, t);
}

/** The grace is over and the handler still runs: count it and use the slot again. */
export function abandon(state: EngineState, attempt: Attempt, t: number): void {
  if (attempt.abandoned) return;
  attempt.abandoned = true;
  const record = state.fleet.records[attempt.component];
  if (record !== undefined) record.abandoned++;
  state.requests.counters.abandoned++;
  release(state, attempt, t);
  // a deadline that came too soon is no fault of the component; a handler that hangs on regardless is
  if (attempt.aborted === 'deadline') recordTimeout(state, attempt, 'probe hung', t);
  probeEnded(state, attempt, undefined);
}
