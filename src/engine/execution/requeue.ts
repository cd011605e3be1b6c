import { type Job, JobState } from '../../requests/job.ts';
import type { EngineState } from '../state.ts';

/** Puts a job that came back (retry, failover) into the queue with its original enqueue time. */
export function requeue(state: EngineState, job: Job, t: number): void {
  job.requeuedAt = t;
  job.current = null;
  job.overtakes = 0;
  state.requests.jobs.enter(job, JobState.queued);
  state.queue.pushBack(job);
  state.scheduler.schedule(job, Math.min(job.deadline, t + state.settings.queueTimeoutMs));
}
