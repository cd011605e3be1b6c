import type { AboutRequest } from '../../src/domain/events.ts';
import { priorityOf } from '../../src/domain/priority.ts';
import type { Job } from '../../src/requests/job.ts';
import type { Books } from '../../src/engine/state.ts';

/** What every fact about a request carries. */
export const requestFact = (books: Books, job: Job): AboutRequest => ({
  requestId: books.jobs.idOf(job),
  workload: job.type,
  priority: priorityOf(job.cls),
  metadata: job.metadata,
});

/** Id of a component by its index; undefined for none. */
export const componentIdOf = (books: Books, index: number): string | undefined => books.entries[index]?.id;
