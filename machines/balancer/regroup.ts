import { type Job, JobState } from '../../src/ledgers/job.ts';
import type { Books } from './books.ts';

/** After a change of membership: open jobs follow their type to its route, and names of components are looked up anew. */
export function regroupJobs(books: Books): void {
  if (books.jobs.open === 0) return;
  for (const route of books.routes.routes) route.unsettled = 0;
  const moved: Job[] = [];
  books.jobs.forEachOpen((job) => {
    const kind = books.routes.kindOf(job.request.type);
    job.kind = kind;
    kind.route.unsettled++;
    const { excludedComponents, preferredComponents } = job.request;
    if (Array.isArray(excludedComponents)) job.excluded = indicesOf(books, excludedComponents);
    if (Array.isArray(preferredComponents)) job.preferred = indicesOf(books, preferredComponents);
    if (job.state === JobState.queued && job.partition?.route !== kind.route) moved.push(job);
  });
  for (const job of moved) {
    books.queue.remove(job);
    books.queue.pushBack(job);
  }
}

/** Indices of the components that exist; null when none does. */
export function indicesOf(books: Books, ids: readonly string[]): number[] | null {
  const found: number[] = [];
  for (const id of ids) {
    const i = books.components.indexOf(id);
    if (i >= 0) found.push(i);
  }
  return found.length > 0 ? found : null;
}
