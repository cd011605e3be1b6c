import { HandlerError, OutcomeUnknownError, RequestCancelledError } from '../../domain/errors.ts';
import { priorityOf } from '../../domain/priority.ts';
import { ServingState } from '../../fleet/component-table.ts';
import { errorMessage, failureOf, failureText, safeProperty } from '../../lib/unknown-error.ts';
import type { Attempt, Job } from '../../requests/job.ts';
import { defect } from '../events/alerts.ts';
import { componentIdOf } from '../events/request-events.ts';
import { countAgain, hold, isNobodysFault } from '../health/blame.ts';
import { probeEnded } from '../health/checks.ts';
import { isFailure, isRetryable } from '../health/error-rules.ts';
import { callEnded, refusalOf, refused } from '../health/refusals.ts';
import { detectOutlier, prove } from '../health/outliers.ts';
import type { ComponentRecord } from '../membership/component-record.ts';
import { adjustLimit } from '../overload/band-timers.ts';
import type { EngineState } from '../state.ts';
import { abort, mayRunTwice, release } from './attempts.ts';
import { complete, fail } from './outcomes.ts';
import { prefetch } from './prefetch.ts';
import { requeue } from './requeue.ts';
import { ADVICE, retry } from './retry.ts';

const { operational } = ServingState;

/** So many refusals of a request are free: it was not done, and goes back to its place in the queue. Each further one costs a retry. */
const FREE_REFUSALS = 8;

/** Handlers have settled (or thrown): each frees its slot and decides its request; then free slots meet the queue. */
export function settleAll(state: EngineState): void {
  const t = state.scheduler.now();
  const attempts = state.mailbox.settlements.take();
  for (let k = 0; k < attempts.count; k++) {
    prefetch(state, attempts, k, t);
    try {
      settleAttempt(state, attempts.items[k]!, t);
    } catch (cause) {
      // a defect of ours concerns one of them only
      defect(state, cause, 'attempts.settled');
    }
  }
  attempts.empty();
}

function settleAttempt(state: EngineState, attempt: Attempt, t: number): void {
  const { ok, value } = attempt;
  // an abandoned attempt has been accounted for, and its component may have left
  const record = attempt.abandoned ? undefined : state.fleet.records[attempt.component];
  if (record !== undefined) {
    release(state, attempt, t);
    recordOutcome(state, record, attempt, ok, value, t);
  }
  const { job } = attempt;
  if (!attempt.live) publishLateSettlement(state, attempt, ok, value);
  else if (ok) succeed(state, job, attempt, value, t);
  else if (job.current === attempt && attempt.aborted === null) onAttemptFailed(state, job, attempt, value, t);
  state.requests.jobs.releaseAttempt(attempt);
}

/** Counts the execution for its component. An aborted attempt does not count again: its time-out already has. */
function recordOutcome(
  state: EngineState,
  record: ComponentRecord,
  attempt: Attempt,
  ok: boolean,
  value: unknown,
  t: number,
): void {
  const duration = t - attempt.startedAt;
  const restMs = ok || attempt.aborted !== null ? undefined : refusalOf(value);
  if (restMs !== undefined) {
    refused(state, record, attempt, value, restMs, t);
    probeEnded(state, attempt, 'inconclusive');
    return;
  }
  if (state.fleet.components.restCount > 0) callEnded(state, record, attempt);
  if (ok && attempt.live) record.latency.addUseful(duration);
  if (attempt.aborted !== null) {
    // ending because of the signal proves nothing; succeeding in spite of it does
    probeEnded(state, attempt, ok ? true : undefined);
    return;
  }
  const tally = state.selection.algorithms.counters[attempt.algorithm]!;
  tally.responseMs += duration;
  if (!ok) {
    tally.failed++;
    recordFailure(state, record, attempt, duration, value, t);
    return;
  }
  tally.completed++;
  record.succeeded++;
  recordTiming(state, record, attempt, duration, true, t);
  if (state.fleet.components.servingState[record.index] === operational) {
    attempt.workload.route.health.succeeded(record.index, state.fleet.performance.fast.at(t));
    if (record.toProve > 0) prove(state, record);
  }
  if (state.fleet.limits !== undefined) adjustLimit(state, state.fleet.limits, attempt, t);
  attempt.workload.stats.finished(t, duration, state.fleet.performance.usualTime(record.index, t));
  if (attempt.probe) probeEnded(state, attempt, true);
}

function recordFailure(
  state: EngineState,
  record: ComponentRecord,
  attempt: Attempt,
  duration: number,
  value: unknown,
  t: number,
): void {
  record.failed++;
  if (!isFailure(state, attempt, value)) {
    probeEnded(state, attempt, true);
    return;
  }
  // a failure may take no time: it tells nothing of what work takes
  recordTiming(state, record, attempt, duration, false, t);
  const held = hold(state, record, attempt, t);
  const nobodys = attempt.live && isNobodysFault(attempt.job);
  if (held) record.lastFailure = failureOf(value);
  if (attempt.probe)
    probeEnded(state, attempt, nobodys ? 'inconclusive' : false, `probe failed: ${failureText(failureOf(value))}`);
  if (held) detectOutlier(state, record, attempt.workload.route, t);
}

function recordTiming(
  state: EngineState,
  record: ComponentRecord,
  { scale }: Attempt,
  duration: number,
  ok: boolean,
  t: number,
): void {
  state.fleet.performance.recordExecution(record.index, t, duration, scale > 0 ? duration / scale : -1, ok);
  record.latency.recordAt(duration, t);
}

function succeed(state: EngineState, job: Job, attempt: Attempt, value: unknown, t: number): void {
  const other = job.current;
  if (job.blames !== null) countAgain(state, job, t);
  // before this very execution counts: its own time is the first of the new estimate
  if (job.letThrough) revise(attempt, t);
  complete(state, job, value, t);
  // an aborted attempt has succeeded all the same: the one that replaced it is not needed any more
  if (other === null || other === attempt) return;
  const message = 'An earlier attempt has succeeded after all, so that this one is not needed any more.';
  abort(state, other, 'superseded', new RequestCancelledError(message, { reason: 'superseded' }), t);
}

function revise({ workload, startedAt }: Attempt, t: number): void {
  workload.stats.void();
  workload.stats.service.record(t - startedAt, t);
}

/** The attempt that counts has failed: again, or to its end. */
function onAttemptFailed(state: EngineState, job: Job, attempt: Attempt, cause: unknown, t: number): void {
  const requestId = state.requests.jobs.idOf(job);
  const componentId = componentIdOf(state, attempt.component);
  const detail = { requestId, componentId, cause, value: cause };
  const said = errorMessage(cause);
  const isRefusal = refusalOf(cause) !== undefined;
  if (isRefusal && ++job.refusals <= FREE_REFUSALS) {
    requeue(state, job, t);
    return;
  }
  const retryable = isRefusal || safeProperty(cause, 'retryable');
  const mayRetry =
    safeProperty(cause, 'callerFault') !== true &&
    (isRefusal
      ? retryable !== false
      : mayRunTwice(state, job, attempt)
        ? isRetryable(state, attempt, cause)
        : retryable === true);
  if (retryable !== true && !isRefusal) job.mayHaveRun = true;
  const why = !mayRetry
    ? 'notRetryable'
    : retry(
        state,
        job,
        attempt,
        () =>
          new HandlerError(
            `Attempt ${attempt.number} of request ${requestId} failed on ${componentId}: ${said}.`,
            detail,
          ),
        'failed',
        t,
        cause,
      );
  if (why === undefined) return;
  if (why === 'notRetryable' && safeProperty(cause, 'code') === 'OUTCOME_UNKNOWN') {
    const advice = 'Find out whether it has taken effect before you submit it again.';
    const lost = `It is not known what became of request ${requestId} on ${componentId}: ${said}. ${advice}`;
    fail(state, job, 'failed', new OutcomeUnknownError(lost, { ...detail, reason: why }), t);
    return;
  }
  const advice = why === 'notRetryable' ? notRetried(state, job, attempt, cause) : ADVICE[why];
  const message = `Request ${requestId} failed on ${componentId} after ${attemptsOf(job)}: ${said}. ${advice}`;
  fail(state, job, 'failed', new HandlerError(message, { ...detail, reason: why }), t);
}

/** Those that a failover ended are none of its own. */
function attemptsOf({ attempts, reroutes }: Job): string {
  const own = attempts - reroutes;
  const moved = reroutes > 0 ? `, and ${reroutes} that a failover ended` : '';
  return `${own} ${own === 1 ? 'attempt' : 'attempts'}${moved}`;
}

/** Whose word it is that an attempt was the last. */
function notRetried(state: EngineState, job: Job, attempt: Attempt, cause: unknown): string {
  if (safeProperty(cause, 'callerFault') === true)
    return 'It was not retried because its error says that the request is at fault (callerFault); see the cause.';
  if (mayRunTwice(state, job, attempt))
    return safeProperty(cause, 'retryable') === false
      ? 'It was not retried because its error says that it must not be (retryable: false); see the cause.'
      : 'It was not retried because isRetryable says that such an error is not to be; see the cause.';
  return job.idempotent
    ? 'It was not retried because what this component does may not run twice (idempotent: false); see the cause.'
    : ADVICE.notRetryable;
}

/** Publishes what a handler returned after its request had settled, so that it is not lost. */
function publishLateSettlement(state: EngineState, attempt: Attempt, ok: boolean, value: unknown): void {
  state.requests.counters.settledLate++;
  if (!state.events.isObserved('request.settledLate')) return;
  state.events.publish({
    type: 'request.settledLate',
    requestId: attempt.context?.requestId ?? '',
    workload: attempt.type,
    priority: priorityOf(attempt.cls),
    metadata: attempt.metadata,
    attempt: attempt.number,
    // not from the component table: the component may have left, and another may have its index
    componentId: attempt.context?.componentId ?? '',
    ...(ok ? { result: value } : { error: value }),
  });
}
