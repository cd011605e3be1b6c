import type { PressureLevel } from '../../domain/events.ts';
import { utilization } from '../../fleet/utilization.ts';
import { raiseAlert } from '../events/alerts.ts';
import type { EngineState } from '../state.ts';

/** A route without work for this long does not count for the pressure, ms. */
const ROUTE_MEMORY_MS = 1_000;
/** The pressure goes back this far below a threshold… */
const PRESSURE_HYSTERESIS = 0.05;
/** …and only after it has been below for this long, ms. */
const PRESSURE_DWELL_MS = 1_000;

/**
 * Derives the pressure, the highest utilization of any route with work in the last second, and publishes each change of its
 * level. The level is for display: no decision depends on it.
 */
export function reviewPressure(state: EngineState, t: number): void {
  const { overload } = state;
  const highest = highestUtilization(state, t);
  const next = levelAt(state, highest, t);
  if (next === overload.pressure) return;
  const from = overload.pressure;
  overload.pressure = next;
  state.mailbox.control.push({ type: `pressure.${next}` });
  state.events.publish({ type: 'pressure.changed', from, to: next, utilization: highest });
  const share = Math.round(Math.min(highest, 1) * 100);
  if (from === 'shedding')
    state.diagnostics.log('info', { from, to: next, utilization: highest }, 'plimsoll: no load is shed any more.');
  if (next !== 'shedding') return;
  const message = `Load is being shed at ${share} % utilization.`;
  state.diagnostics.log('warn', { from, to: next, utilization: highest }, `plimsoll: ${message}`);
  raiseAlert(state, 'shedding', 'ERROR', undefined, message);
}

function levelAt(
  { overload, settings: { highLoadThreshold: high } }: EngineState,
  highest: number,
  t: number,
): PressureLevel {
  if (t - overload.lastShedAt < ROUTE_MEMORY_MS) {
    overload.calmSince = Number.POSITIVE_INFINITY;
    return 'shedding';
  }
  if (overload.pressure === 'normal') return highest >= high ? 'high' : 'normal';
  const isHigh = highest >= high - PRESSURE_HYSTERESIS;
  if (overload.pressure === 'high' && isHigh) {
    overload.calmSince = Number.POSITIVE_INFINITY;
    return 'high';
  }
  if (overload.calmSince === Number.POSITIVE_INFINITY) overload.calmSince = t;
  if (t - overload.calmSince < PRESSURE_DWELL_MS) return overload.pressure;
  overload.calmSince = Number.POSITIVE_INFINITY;
  return isHigh ? 'high' : 'normal';
}

/** Over the routes with work in the last second, 0 when there are none. */
export function highestUtilization(state: EngineState, t: number): number {
  let highest = 0;
  for (const route of state.fleet.routes.routes) {
    if (route.openJobs === 0 && t - route.lastWork > ROUTE_MEMORY_MS) continue;
    const u = utilization(state.fleet, route, t);
    if (u > highest) highest = u;
  }
  return highest;
}
