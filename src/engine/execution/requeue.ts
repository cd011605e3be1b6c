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
