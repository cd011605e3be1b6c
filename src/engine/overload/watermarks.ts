import type { Route } from '../../fleet/route.ts';
import { raiseAlert } from '../events/alerts.ts';
import type { EngineState } from '../state.ts';

const HIGH = 0.8;
const LOW = 0.5;

/** How much of the queue a route may hold: all of it while it is the only one in use, else `maxRouteShare`. */
export function queueLimitOf(state: EngineState, route: Route): number {
  for (const other of state.fleet.routes.routes) if (other !== route && other.openJobs > 0) return routeShare(state);
  return state.settings.maxQueueSize;
}

/** How much of the queue each route may hold while more than one is in use. */
export const routeShare = ({ settings: { maxQueueSize, maxRouteShare } }: EngineState): number =>
  Math.max(1, Math.floor(maxQueueSize * maxRouteShare));

/** After work was queued: publishes once that the queue, or the route's share of it, has passed its high watermark. */
export function checkHighWatermark(state: EngineState, route: Route): void {
  const { maxQueueSize, maxRouteShare } = state.settings;
  if (!state.overload.aboveHighWatermark && state.queue.size >= maxQueueSize * HIGH) onQueueHigh(state);
  if (!route.aboveHighWatermark && route.queued >= maxQueueSize * maxRouteShare * HIGH) onRouteHigh(state, route);
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
