import type { Job } from '../../requests/job.ts';
import type { Failover } from '../../requests/job-extras.ts';
import type { EngineState } from '../state.ts';

/** A job becomes part of a failover. */
export function joinFailover(state: EngineState, job: Job, failover: Failover, t: number): void {
  if (job.failover !== null) leaveFailover(state, job, t);
  job.failover = failover;
  failover.unsettled++;
}

/** Takes a job out of its failover: it has settled, or is now part of another. The last one completes the failover. */
export function leaveFailover(state: EngineState, job: Job, t: number): void {
  const { failover } = job;
  if (failover === null) return;
  job.failover = null;
  if (--failover.unsettled > 0) return;
  state.mode.openFailovers--;
  failoverCompleted(state, failover, t);
}

export function failoverCompleted(state: EngineState, { componentId, startedAt }: Failover, t: number): void {
  const durationMs = t - startedAt;
  const said = `plimsoll: failover of ${componentId}: completed in ${Math.round(durationMs)} ms.`;
  state.diagnostics.log('info', { componentId, durationMs }, said);
  state.events.publish({ type: 'failover.completed', componentId, durationMs });
}
