import type { Route } from '../../fleet/route.ts';
import { JobState } from '../../requests/job.ts';
import { raiseAlert } from '../events/alerts.ts';
import type { EngineState } from '../state.ts';

const HIGH = 0.8;
const LOW = 0.5;

/** Jobs that the queue holds, with those that will come back into it after a retry's wait: newcomers count them. */
export const heldIn = ({ queue, requests: { jobs } }: EngineState): number =>
  queue.size + jobs.countByState[JobState.awaitingRetry]!;

/** An equal share of the queue for each of the routes with open work, and the one for which something arrives. */
export function equalShareOf(state: EngineState, newcomer: Route): number {
  let inUse = 0;
  for (const route of state.fleet.routes.routes) if (route.openJobs > 0 || route === newcomer) inUse++;
  return state.settings.maxQueueSize / inUse;
}

/** How much of the queue a route may hold: all of it while it is the only one in use, else its dynamic share. */
export function queueLimitOf(state: EngineState, route: Route): number {
  for (const other of state.fleet.routes.routes)
    if (other !== route && other.openJobs > 0) return routeShare(state, route);
  return state.settings.maxQueueSize;
}

/**
 * A route's share of the queue while several are in use: `queued ≤ α · free` (dynamic thresholds, Choudhury and Hahne 1998),
 * solved for what it queues itself. With α = 1 one busy route gets half of the queue and two get a third each; there is always
 * room for another.
 */
export function routeShare(state: EngineState, route: Route): number {
  const { maxQueueSize, routeShareAlpha: alpha } = state.settings;
  const leftByOthers = maxQueueSize - (heldIn(state) - route.queued);
  return Math.max(1, Math.floor((alpha * leftByOthers) / (1 + alpha)));
}

/** After work was queued: publishes once that the queue, or the route's share of it, has passed its high watermark. */
export function checkHighWatermark(state: EngineState, route: Route): void {
  if (!state.overload.aboveHighWatermark && state.queue.size >= state.settings.maxQueueSize * HIGH) onQueueHigh(state);
  if (!route.aboveHighWatermark && route.queued >= routeShare(state, route) * HIGH) onRouteHigh(state, route);
}

function onQueueHigh(state: EngineState): void {
  const { maxQueueSize } = state.settings;
  state.overload.aboveHighWatermark = true;
  state.events.publish({ type: 'queue.highWater', queued: state.queue.size, bound: maxQueueSize, route: undefined });
  raiseAlert(
    state,
    'queueNearlyFull',
    'WARNING',
    undefined,
    `The queue holds ${state.queue.size} of ${maxQueueSize} requests.`,
  );
}

function onRouteHigh(state: EngineState, route: Route): void {
  const bound = queueLimitOf(state, route);
  if (route.queued < bound * HIGH) return;
  route.aboveHighWatermark = true;
  state.events.publish({ type: 'queue.highWater', queued: route.queued, bound, route: typesOf(route) });
}

/** After work has left the queue: publishes once that it is down to the low watermark. */
export function checkLowWatermark(state: EngineState, route: Route): void {
  if (state.overload.aboveHighWatermark || route.aboveHighWatermark) onWorkLeft(state, route);
}

function onWorkLeft(state: EngineState, route: Route): void {
  const { maxQueueSize } = state.settings;
  if (state.overload.aboveHighWatermark && state.queue.size <= maxQueueSize * LOW) {
    state.overload.aboveHighWatermark = false;
    state.events.publish({ type: 'queue.lowWater', queued: state.queue.size, bound: maxQueueSize, route: undefined });
    state.events.enqueue(state.waiters.wakeReady);
  }
  if (!route.aboveHighWatermark) return;
  const bound = queueLimitOf(state, route);
  if (route.queued > bound * LOW) return;
  route.aboveHighWatermark = false;
  state.events.publish({ type: 'queue.lowWater', queued: route.queued, bound, route: typesOf(route) });
  state.events.enqueue(state.waiters.wakeReady);
}

/** After the bounds have changed. */
export function recheckWatermarks(state: EngineState): void {
  for (const route of state.fleet.routes.routes) {
    checkHighWatermark(state, route);
    checkLowWatermark(state, route);
  }
}

/** The types that lead to a route, as facts name it. */
export const typesOf = (route: Route): string[] =>
  [...route.workloads].map((workload) => (workload.name === '' ? '*' : workload.name));

/** Whether a producer should wait before it submits more. */
export const isFull = (state: EngineState, route: Route | undefined): boolean =>
  state.overload.aboveHighWatermark || route?.aboveHighWatermark === true;
