import type { AboutRequest } from '../../domain/events.ts';
import { priorityOf } from '../../domain/priority.ts';
import type { Job } from '../../requests/job.ts';
import type { Books } from '../state.ts';

/** What every fact about a request carries. */
export const requestFact = (books: Books, job: Job): AboutRequest => ({
  requestId: books.jobs.idOf(job),
  workload: job.type,
  priority: priorityOf(job.cls),
  metadata: job.metadata,
});

/** Id of a component by its index; undefined for none. */
export const componentIdOf = (books: Books, index: number): string | undefined => books.entries[index]?.id;
