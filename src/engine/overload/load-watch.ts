import type { Route } from '../../fleet/route.ts';
import { utilization } from '../../fleet/utilization.ts';
import { raiseAlert } from '../events/alerts.ts';
import type { EngineState } from '../state.ts';
import { typesOf } from './watermarks.ts';

/** The load that alerts go by is a mean with this time constant, ms: a burst is nothing to be told of. */
const MEAN_MS = 30_000;
/** A route without work for this long has no load, ms. */
const ROUTE_MEMORY_MS = 60_000;

/** With each cycle of the load monitor: one alert for each route whose load has stayed over a threshold, the worse of the two. */
export function reviewLoad(state: EngineState, t: number): void {
  for (const route of state.fleet.routes.routes) {
    const load = meanLoad(state, route, t);
    const { highLoadThreshold, overloadThreshold } = state.settings;
    if (load < highLoadThreshold) continue;
    const types = typesOf(route).join(', ');
    const message = `The components for ${types} work at ${Math.round(load * 100)} % of their slots (mean of half a minute).`;
    const kind = load >= overloadThreshold ? 'overload' : 'highLoad';
    raiseAlert(state, kind, 'WARNING', undefined, message, types);
  }
}

function meanLoad({ fleet }: EngineState, route: Route, t: number): number {
  const { sustained } = route;
  const idle = route.openJobs === 0 && t - route.lastWork > ROUTE_MEMORY_MS;
  const now = idle ? 0 : Math.min(utilization(fleet, route, t), 1);
  const passed = t - sustained.at;
  sustained.at = t;
  // the first look knows nothing of what was before
  sustained.load += passed === Number.POSITIVE_INFINITY ? 0 : (now - sustained.load) * -Math.expm1(-passed / MEAN_MS);
  return sustained.load;
}
