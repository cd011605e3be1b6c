import {
  DeadlineExceededError,
  LoadShedError,
  type PlimsollError,
  RequestCancelledError,
} from '../../domain/errors.ts';
import type { TerminalFact } from '../../domain/events.ts';
import type { Outcome } from '../../domain/outcome.ts';
import { priorityOf } from '../../domain/priority.ts';
import { type Job, JobState } from '../../requests/job.ts';
import { OutcomeColumn } from '../../requests/outcome-stats.ts';
import { componentIdOf, requestFact } from '../events/request-events.ts';
import { retryAfterMs } from '../overload/wait-estimates.ts';
import { checkLowWatermark } from '../overload/watermarks.ts';
import type { EngineState } from '../state.ts';
import { abort } from './attempts.ts';
import { leaveFailover } from './failover-tracker.ts';

const { queued } = JobState;
const { completed } = OutcomeColumn;

/** Every open request comes to one of these two ends, once. */
export function complete(state: EngineState, job: Job, result: unknown, t: number): void {
  state.requests.outcomes.response.recordAt(t - job.submittedAt, t);
  const { resolve } = job;
  closeJob(state, job, completed, t);
  if (job.replyTo !== undefined || state.events.isObserved('request.completed')) {
    // spelled out: to spread two objects into a third takes longer than all that is counted for a request
    publishTerminal(state, job, {
      type: 'request.completed',
      result,
      requestId: state.requests.jobs.idOf(job),
      workload: job.type,
      priority: priorityOf(job.cls),
      metadata: job.metadata,
      attempts: job.attempts,
      totalMs: t - job.submittedAt,
      componentId: componentIdOf(state, job.lastComponent),
    });
  }
  releaseJob(state, job);
  resolve?.(result);
}

export function fail(
  state: EngineState,
  job: Job,
  outcome: Exclude<Outcome, 'completed'>,
  error: PlimsollError,
  t: number,
): void {
  const { reject } = job;
  closeJob(state, job, OutcomeColumn[outcome], t);
  const type = FACT_OF_ERROR[outcome];
  if (job.replyTo !== undefined || state.events.isObserved(type))
    publishTerminal(state, job, { type, error, ...endOf(state, job, t) });
  releaseJob(state, job);
  reject?.(error);
}

function closeJob(state: EngineState, job: Job, column: number, t: number): void {
  state.scheduler.wheel.cancel(job);
  if (job.state === queued) {
    state.queue.remove(job);
    job.waitsNoLonger();
    checkLowWatermark(state, job.workload.route);
  }
  state.requests.outcomes.settled(job.countedAs, column);
  state.requests.tallies.settled(job.countedAs, column, t - job.submittedAt, job.lastComponent);
  if (job.failover !== null) leaveFailover(state, job, t);
}

const endOf = (state: EngineState, job: Job, t: number) => ({
  ...requestFact(state, job),
  attempts: job.attempts,
  totalMs: t - job.submittedAt,
  componentId: componentIdOf(state, job.lastComponent),
});

function publishTerminal({ events }: EngineState, { replyTo }: Job, fact: TerminalFact): void {
  events.reply(replyTo, fact);
  events.publish(fact);
}

function releaseJob(state: EngineState, job: Job): void {
  job.workload.route.openJobs--;
  state.requests.jobs.release(job);
  if (state.requests.jobs.open > 0) return;
  if (state.mode.phase === 'draining') state.mailbox.control.push({ type: 'work.drained' });
  state.waiters.checkIdle();
}

const FACT_OF_ERROR = {
  failed: 'request.failed',
  timedOut: 'request.timedOut',
  shed: 'request.shed',
  rejected: 'request.rejected',
  cancelled: 'request.cancelled',
} as const;

/** The time of a queued job is over. */
export function expire(state: EngineState, job: Job, t: number): void {
  const requestId = state.requests.jobs.idOf(job);
  const byDeadline = job.deadline <= t;
  const waited = Math.round(t - job.waitingSince);
  const message = byDeadline
    ? `Request ${requestId} missed its deadline after waiting ${waited} ms in the queue. Give it more time, or the balancer more capacity.`
    : `Request ${requestId} waited ${waited} ms in the queue, longer than queueTimeoutMs (${state.settings.queueTimeoutMs}). Raise it, or add capacity.`;
  fail(
    state,
    job,
    'timedOut',
    new DeadlineExceededError(message, {
      requestId,
      reason: byDeadline ? 'deadline' : 'queueTimeout',
      cause: job.lastError,
    }),
    t,
  );
}

/** Dropped by overload control, or evicted for more important work. */
export function shed(state: EngineState, job: Job, t: number, reason: 'overload' | 'evicted'): void {
  const requestId = state.requests.jobs.idOf(job);
  if (reason === 'overload') state.requests.counters.dropped++;
  else state.requests.counters.evicted++;
  state.requests.tallies.shed(job.countedAs, reason);
  state.overload.lastShedAt = t;
  const message =
    reason === 'overload'
      ? `Request ${requestId} was dropped: its part of the queue is congested and it could not have been served in time. Back off and send less.`
      : `Request ${requestId} was evicted from the full queue by more important work. Back off, or raise maxQueueSize.`;
  const after = retryAfterMs(state, job.workload.route, t);
  fail(
    state,
    job,
    'shed',
    new LoadShedError(message, { requestId, reason, retryAfterMs: after, cause: job.lastError }),
    t,
  );
}

/** Ends an open job of any state on somebody's behalf; running attempts are told to end. */
export function cancel(state: EngineState, job: Job, reason: string, t: number, cause: unknown = job.lastError): void {
  const requestId = state.requests.jobs.idOf(job);
  const error = new RequestCancelledError(`Request ${requestId} was cancelled (${reason}).`, {
    requestId,
    reason,
    cause,
  });
  const { current } = job;
  fail(state, job, 'cancelled', error, t);
  if (current !== null) abort(state, current, reason === 'stopped' ? 'stopped' : 'cancelled', error, t);
}
