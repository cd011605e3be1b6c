import { ServingState } from '../../fleet/component-table.ts';
import { type Job, JobState } from '../../requests/job.ts';
import type { EngineState } from '../state.ts';

/** Puts a job that came back (retry, failover) into the queue with its original enqueue time. */
export function requeue(state: EngineState, job: Job, t: number): void {
  job.requeuedAt = t;
  job.current = null;
  job.overtakes = 0;
  state.requests.jobs.enter(job, JobState.queued);
  state.queue.pushBack(job);
  state.scheduler.schedule(job, patienceOf(state, job, t));
}

/** Until when a job may stay in the queue: its deadline where it has one, else `queueTimeoutMs` from now. */
export const patienceOf = ({ settings }: EngineState, { deadline }: Job, t: number): number =>
  deadline === Number.POSITIVE_INFINITY ? t + settings.queueTimeoutMs : deadline;

/** Whether a job waits and each component that could serve it is in maintenance. */
export function isStranded({ fleet: { components } }: EngineState, job: Job): boolean {
  if (job.state !== JobState.queued && job.state !== JobState.awaitingRetry) return false;
  return job.workload.route.members.every(
    (i) => IN_MAINTENANCE.has(components.servingState[i]!) || job.excluded?.includes(i) === true,
  );
}

const IN_MAINTENANCE: ReadonlySet<number> = new Set([ServingState.draining, ServingState.drained]);
