import { type Job, JobState } from '../../requests/job.ts';
import type { Books } from '../state.ts';

/**
 * After a change of membership: open jobs follow their type to its route, names of components are looked up anew, and
 * whoever waits for room looks again.
 * @param gone index of a component that has left; another may get it.
 */
export function regroupJobs(books: Books, gone = -1): void {
  const { arrivals, jobs, queue, routes } = books;
  // handed in by user code that runs within this very transition
  const { items, count } = arrivals.current;
  for (let k = 0; k < count; k++) lookUp(books, items[k]!);
  if (jobs.open > 0) {
    for (const route of routes.routes) route.unsettled = 0;
    const moved: Job[] = [];
    jobs.forEachOpen((job) => {
      lookUp(books, job);
      const { kind } = job;
      kind.route.unsettled++;
      if (job.lastFailed === gone) job.lastFailed = -1;
      if (job.lastComponent === gone) job.lastComponent = -1;
      if (job.state === JobState.queued && job.partition?.route !== kind.route) moved.push(job);
    });
    for (const job of moved) {
      queue.remove(job);
      queue.pushBack(job);
    }
  }
  queue.forgetAllBut(routes.routes);
  books.facts.defer(books.relief);
}

function lookUp(books: Books, job: Job): void {
  job.kind = books.routes.kindOf(job.type);
  try {
    const { excludedComponents, preferredComponents } = job.request;
    if (Array.isArray(excludedComponents)) job.excluded = indicesOf(books, excludedComponents);
    if (Array.isArray(preferredComponents)) job.preferred = indicesOf(books, preferredComponents);
  } catch {
    // a property of the request throws by now: what was read at first stands
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
