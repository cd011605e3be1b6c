import { type Job, JobState } from '../../requests/job.ts';
import type { EngineState } from '../state.ts';

/**
 * After a change of membership: open jobs move to the route that their type now has, the components that they name are
 * resolved anew, and those who wait for room check again.
 * @param gone index of a component that has left; another may get it.
 */
export function reassignRoutes(state: EngineState, gone = -1): void {
  const { queue } = state;
  const { arrivals } = state.mailbox;
  const { jobs } = state.requests;
  const { routes } = state.fleet;
  // submitted by user code that runs within this very transition
  const { items, count } = arrivals.current;
  for (let k = 0; k < count; k++) resolveComponents(state, items[k]!);
  if (jobs.open > 0) {
    for (const route of routes.routes) route.openJobs = 0;
    const moved: Job[] = [];
    jobs.forEachOpen((job) => {
      resolveComponents(state, job);
      const { workload } = job;
      workload.route.openJobs++;
      if (job.lastFailed === gone) job.lastFailed = -1;
      if (job.lastComponent === gone) job.lastComponent = -1;
      if (gone >= 0 && job.blames !== null) job.blames = job.blames.filter(({ component }) => component !== gone);
      if (job.state === JobState.queued && job.partition?.route !== workload.route) moved.push(job);
    });
    for (const job of moved) {
      queue.remove(job);
      queue.pushBack(job);
    }
  }
  state.waitingLine.regroup((job) => resolveComponents(state, job));
  queue.forgetAllBut(routes.routes);
  state.requests.retryBudgets.forgetAllBut(routes.routes);
  queue.wakeAll();
  state.events.enqueue(state.waiters.wakeReady);
}

function resolveComponents(state: EngineState, job: Job): void {
  job.workload = state.fleet.routes.workloadOf(job.type);
  try {
    const { excludedComponents, preferredComponents } = job.request;
    if (Array.isArray(excludedComponents)) job.excluded = indicesOf(state, excludedComponents);
    if (Array.isArray(preferredComponents)) job.preferred = indicesOf(state, preferredComponents);
  } catch {
    // a property of the request throws by now: what was read at first stands
  }
}

/** Indices of the components that exist; null when none does. */
export function indicesOf(state: EngineState, ids: readonly string[]): number[] | null {
  const found: number[] = [];
  for (const id of ids) {
    const i = state.fleet.components.indexOf(id);
    if (i >= 0) found.push(i);
  }
  return found.length > 0 ? found : null;
}
