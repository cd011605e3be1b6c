import { DeadlineExceededError, RequestTimeoutError } from '../../domain/errors.ts';
import { type Attempt, type Job, JobState } from '../../requests/job.ts';
import { componentIdOf } from '../events/request-events.ts';
import { hangsOn, hold, isNobodysFault } from '../health/blame.ts';
import { probeEnded } from '../health/checks.ts';
import { callEnded } from '../health/refusals.ts';
import { detectOutlier } from '../health/outliers.ts';
import type { ComponentRecord } from '../membership/component-record.ts';
import { adjustLimit } from '../overload/band-timers.ts';
import type { EngineState } from '../state.ts';
import { abort, mayRunTwice, release } from './attempts.ts';
import { cancel, expire, fail } from './outcomes.ts';
import { isStranded, requeue } from './requeue.ts';
import { retry } from './retry.ts';

/** The timer of a job has fired. What it was waiting for depends on its state: the queue, a handler, or a backoff. */
export function onJobTimer(state: EngineState, job: Job, t: number): void {
  if (job.state === JobState.queued) expire(state, job, t);
  else if (job.state === JobState.inFlight) onAttemptTimeout(state, job, t);
  else if (job.state === JobState.awaitingRetry) comeBack(state, job, t);
}

/** Its backoff is over. While the balancer drains nobody is waited for who does not come back. */
function comeBack(state: EngineState, job: Job, t: number): void {
  if (state.mode.phase === 'draining' && isStranded(state, job)) cancel(state, job, 'stopped', t);
  else requeue(state, job, t);
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
        cause: job.lastError,
      })
    : new RequestTimeoutError(
        `Request ${requestId} ran longer than ${job.timeoutMs} ms ${where}. Raise timeoutMs, or let the handler heed its signal.`,
        { requestId, componentId, cause: job.lastError },
      );
  const { started } = attempt;
  if (started) job.mayHaveRun = true;
  const held = !byDeadline && holdTimeout(state, attempt, t);
  const why =
    byDeadline || (started && !mayRunTwice(state, job, attempt))
      ? 'notRetryable'
      : retry(state, job, attempt, () => error, 'timedOut', t);
  if (why !== undefined) fail(state, job, 'timedOut', error, t);
  // its time-out speaks before the abort does: an aborted probe says nothing
  if (!byDeadline) speak(state, attempt, held, 'probe timed out', t);
  abort(state, attempt, byDeadline ? 'deadline' : 'timeout', error, t);
}

/** A time-out is a failure of the component, unless the event loop was blocked: then it proves nothing. @returns whether it is held against it. */
function holdTimeout(state: EngineState, attempt: Attempt, t: number): boolean {
  const record = blamable(state, attempt);
  if (record === undefined) return false;
  state.fleet.performance.recordExecution(record.index, t, t - attempt.startedAt, -1, false);
  if (state.fleet.limits !== undefined) adjustLimit(state, state.fleet.limits, attempt, t);
  record.timedOut++;
  return hold(state, record, attempt, t);
}

function speak(state: EngineState, attempt: Attempt, held: boolean, reason: string, t: number): void {
  const record = blamable(state, attempt);
  if (record === undefined) return;
  const nobodys = attempt.live && isNobodysFault(attempt.job);
  probeEnded(state, attempt, nobodys ? 'inconclusive' : false, reason);
  if (!held) return;
  record.lastFailure = { message: `work ran longer than ${attempt.job.timeoutMs} ms`, code: 'REQUEST_TIMEOUT' };
  detectOutlier(state, record, attempt.workload.route, t);
}

function blamable(state: EngineState, attempt: Attempt): ComponentRecord | undefined {
  const record = state.fleet.records[attempt.component];
  if (state.scheduler.wasBlockedFor(attempt.job.timeoutMs)) return undefined;
  return attempt.incarnation === record?.incarnation ? record : undefined;
}

/** The grace is over and the handler still runs: count it and use the slot again. */
export function abandon(state: EngineState, attempt: Attempt, t: number): void {
  if (attempt.abandoned) return;
  attempt.abandoned = true;
  const record = state.fleet.records[attempt.component];
  if (record !== undefined) {
    record.abandoned++;
    if (state.fleet.components.restCount > 0) callEnded(state, record, attempt);
  }
  state.requests.counters.abandoned++;
  state.handlers.ended(attempt);
  release(state, attempt, t);
  // a deadline that came too soon is no fault of the component; a handler that hangs on regardless is
  if (record !== undefined && (attempt.aborted === 'deadline' || attempt.aborted === 'cancelled'))
    hangsOn(state, record, attempt, t);
  probeEnded(state, attempt, undefined);
}
