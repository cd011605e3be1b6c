import { HandlerError } from '../../domain/errors.ts';
import { type Attempt, type Job, JobState } from '../../requests/job.ts';
import type { Failover } from '../../requests/job-extras.ts';
import type { ComponentRecord } from '../membership/component-record.ts';
import type { EngineState } from '../state.ts';
import { abort, mayRunTwice } from './attempts.ts';
import { failoverCompleted, joinFailover } from './failover-tracker.ts';
import { fail } from './outcomes.ts';
import { requeue } from './requeue.ts';

/** So many re-routes of a request are free; each further one counts as a retry. */
const FREE_REROUTES = 2;

/**
 * Takes the running work off a failed component: what may run twice is aborted and queued again with its original
 * enqueue time; what may not is awaited until it settles or times out.
 */
export function failOver(state: EngineState, record: ComponentRecord, reason: string, t: number): void {
  const failover: Failover = { componentId: record.id, startedAt: t, unsettled: 0 };
  let rerouted = 0;
  let awaiting = 0;
  const running: Attempt[] = [];
  for (let attempt = record.attempts; attempt !== null; attempt = attempt.next) running.push(attempt);
  // the oldest first: they were linked at the head
  for (const attempt of running.reverse()) {
    const { job } = attempt;
    if (!attempt.live || job.current !== attempt || attempt.aborted !== null) continue;
    if (!attempt.started || mayRunTwice(state, job, attempt)) {
      if (attempt.started) job.mayHaveRun = true;
      reroute(state, record, job, attempt, failover, t);
      rerouted++;
    } else {
      joinFailover(state, job, failover, t);
      awaiting++;
    }
  }
  state.mode.failovers++;
  const { id: componentId, failedFor } = record;
  const cause = failedFor === undefined ? {} : { cause: failedFor };
  const said = `plimsoll: failover of ${componentId} (${reason}): ${rerouted} moved to others, ${awaiting} awaited.`;
  state.diagnostics.log(
    rerouted + awaiting > 0 ? 'warn' : 'info',
    { componentId, reason, rerouted, awaiting, ...cause },
    said,
  );
  state.events.publish({ type: 'failover.started', componentId, reason, ...cause, rerouted, awaiting });
  if (failover.unsettled > 0) state.mode.openFailovers++;
  else failoverCompleted(state, failover, t);
}

function reroute(
  state: EngineState,
  record: ComponentRecord,
  job: Job,
  attempt: Attempt,
  failover: Failover,
  t: number,
): void {
  abort(
    state,
    attempt,
    'failover',
    new HandlerError(`Component ${record.id} failed; the request runs elsewhere.`, {
      componentId: record.id,
      reason: 'failover',
    }),
    t,
  );
  job.reroutes++;
  state.requests.counters.rerouted++;
  state.requests.tallies.tryAgain('failover');
  if (job.reroutes > FREE_REROUTES) {
    if (job.retries >= job.maxRetries || !state.requests.retryBudgets.of(job.workload.route).tryWithdraw(t)) {
      const requestId = state.requests.jobs.idOf(job);
      const message = `Request ${requestId} lost its component ${job.reroutes} times in a row, the last was ${record.id}, and has no retry left.`;
      fail(
        state,
        job,
        'failed',
        new HandlerError(message, { requestId, componentId: record.id, reason: 'failover' }),
        t,
      );
      return;
    }
    job.retries++;
  }
  job.exempt = true;
  job.lastFailed = record.index;
  if (job.state === JobState.inFlight) requeue(state, job, t);
  joinFailover(state, job, failover, t);
}
