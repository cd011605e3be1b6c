import { ServingState } from '../../fleet/component-table.ts';
import type { Route, Workload } from '../../fleet/route.ts';
import type { EngineState } from '../state.ts';

const { operational } = ServingState;

/** How far back the rate at which a component finishes work goes, ms. */
const RATE_MEMORY_MS = 10_000;
/** How long the rate of a route is good for, ms: it rests on averages over seconds. */
const DRAIN_FRESH_MS = 10;

/**
 * Jobs ahead over the rate at which the route works them off; 0 when nothing is ahead or nothing is known, ms. The rate
 * is what it could finish (slots over service time, or its rate limit where that is less) where that is more than what it did finish of late: after a quiet
 * hour the latter is as good as nothing.
 */
export function estimatedWait(
  state: EngineState,
  { route }: Workload,
  cls: number,
  serviceMs: number,
  t: number,
): number {
  const ahead = state.queue.ahead(route, cls);
  if (ahead === 0) return 0;
  refresh(state, route, serviceMs, t);
  return route.drainPerMs > 0 ? ahead / route.drainPerMs : 0;
}

function refresh(state: EngineState, route: Route, serviceMs: number, t: number): void {
  if (t - route.drainAt <= DRAIN_FRESH_MS) return;
  route.drainAt = t;
  route.drainPerMs = drainPerMs(state, route, serviceMs, t);
}

/** Jobs per ms that a route works off. */
function drainPerMs(state: EngineState, route: Route, serviceMs: number, t: number): number {
  const { components, performance, rateLimits } = state.fleet;
  let perMs = 0;
  for (const i of route.members) {
    if (components.servingState[i] !== operational) continue;
    const rate = performance.finishRate(i, t) / 1000;
    // its mean is of what it has finished lately; after a pause what its work takes, and at last what it took before
    const mean = performance.meanResponseMs(i);
    const meanMs = rate * RATE_MEMORY_MS >= 1 ? mean : serviceMs || mean;
    const bySlots = Math.max(rate, meanMs > 0 ? components.slots[i]! / meanMs : 0);
    perMs += rateLimits.count > 0 ? Math.min(bySlots, rateLimits.requestsPerMs(i)) : bySlots;
  }
  return perMs;
}

/** While nobody works on a route its members are probed once a second. */
const WHILE_DOWN_MS = 1_000;

/**
 * Estimated time until there is room: until what a route queues is half of what it is now, so that all who were told do not find it full
 * again with the first that comes back. ms, 1 and up.
 */
export function retryAfterMs(state: EngineState, route: Route, t: number): number {
  refresh(state, route, 0, t);
  return route.drainPerMs > 0 ? Math.max(1, Math.ceil(route.queued / 2 / route.drainPerMs)) : WHILE_DOWN_MS;
}
