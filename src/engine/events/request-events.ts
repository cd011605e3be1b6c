import type { AboutRequest } from '../../domain/events.ts';
import { priorityOf } from '../../domain/priority.ts';
import type { Job } from '../../requests/job.ts';
import type { EngineState } from '../state.ts';

/** What every fact about a request carries. */
export const requestFact = (state: EngineState, job: Job): AboutRequest => ({
  requestId: state.requests.jobs.idOf(job),
  workload: job.type,
  priority: priorityOf(job.cls),
  metadata: job.metadata,
});

/** Id of a component by its index; undefined for none. */
export const componentIdOf = (state: EngineState, index: number): string | undefined => state.fleet.records[index]?.id;
