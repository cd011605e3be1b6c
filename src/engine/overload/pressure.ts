import type { PressureLevel } from '../../domain/events.ts';
import { ServingState } from '../../fleet/component-table.ts';
import { isPanic } from '../../health/panic.ts';
import { Timer } from '../../lib/timer.ts';
import { watchShifts } from '../control/monitor-reports.ts';
import { utilization } from '../dispatch/dispatch.ts';
import { raiseAlert } from '../events/alerts.ts';
import { probeEarly } from '../health/early-probing.ts';
import type { FailoverLevel } from '../messages.ts';
import type { EngineState } from '../state.ts';

/** A route without work for this long does not count for the pressure, ms. */
const ROUTE_MEMORY_MS = 1_000;
/** The pressure goes back this far below a threshold… */
const PRESSURE_HYSTERESIS = 0.05;
/** …and only after it has been below for this long, ms. */
const PRESSURE_DWELL_MS = 1_000;

/** Derives the `failover` region from what holds now, and tells the statechart when that is another state. */
export function refreshFailover(state: EngineState): void {
  const { components } = state.fleet;
  const { panic, operationalSlots, countedSlots } = components;
  const next = isPanic(panic, operationalSlots, countedSlots);
  if (next !== panic) {
    components.setPanic(next);
    state.events.publish({
      type: next ? 'panic.entered' : 'panic.left',
      operational: operationalSlots,
      total: countedSlots,
    });
    if (next) {
      raiseAlert(
        state,
        'panic',
        'CRITICAL',
        undefined,
        `Panic: only ${operationalSlots} of ${countedSlots} slots are operational. Ejected components take up to 10 % of their slots.`,
      );
    }
  }
  const failed =
    components.countByServingState[ServingState.isolated]! +
    components.countByServingState[ServingState.probing]! +
    state.fleet.crashLooping;
  const level: FailoverLevel = next
    ? 'panic'
    : failed > 0
      ? 'degraded'
      : state.mode.openFailovers > 0
        ? 'rerouting'
        : 'steady';
  if (level === state.mode.failoverLevel) return;
  state.mode.failoverLevel = level;
  state.mailbox.control.push({ type: `failover.${level}` });
}

/**
 * Watches the pressure while there is work: the highest utilisation of any route with work in the last second. It
 * shows, it gates nothing.
 */
export class PressureWatch extends Timer {
  private readonly state: EngineState;
  private belowSince = Number.POSITIVE_INFINITY;
  /** When it looks next, ms since the origin; looks keep their beat, so that others can be timed to them. */
  private nextLook = Number.NEGATIVE_INFINITY;

  constructor(state: EngineState) {
    super();
    this.state = state;
  }

  /** Work arrived. */
  wake(t: number): void {
    if (this.wheelSlot < 0) this.lookLater(t);
  }

  private lookLater(t: number): void {
    this.nextLook = this.lookFrom(t) ?? t;
    if (this.nextLook <= t) this.nextLook += this.state.settings.shedding.intervalMs;
    this.state.scheduler.schedule(this, this.nextLook);
  }

  /** The first look at or after a time, while there are any. */
  lookFrom(t: number): number | undefined {
    const { intervalMs } = this.state.settings.shedding;
    const behind = t - this.nextLook;
    if (behind <= 0) return this.nextLook;
    return behind < 10 * intervalMs ? this.nextLook + Math.ceil(behind / intervalMs) * intervalMs : undefined;
  }

  onDue(t: number): void {
    const { state } = this;
    watchShifts(state, t);
    probeEarly(state, t);
    const highest = highestUtilization(state, t);
    const next = this.levelAt(highest, t);
    if (next !== state.overload.pressure) {
      const from = state.overload.pressure;
      state.overload.pressure = next;
      state.mailbox.control.push({ type: `pressure.${next}` });
      state.events.publish({ type: 'pressure.changed', from, to: next, utilization: highest });
      if (next === 'shedding') {
        raiseAlert(
          state,
          'shedding',
          'ERROR',
          undefined,
          `Load is being shed at ${Math.round(highest * 100)} % utilisation.`,
        );
      }
    }
    if (state.requests.jobs.open > 0 || state.overload.pressure !== 'normal') this.wake(t);
  }

  private levelAt(highest: number, t: number): PressureLevel {
    const { state } = this;
    const { highLoadThreshold: high } = state.settings;
    const sheds = t - state.overload.lastShedAt < ROUTE_MEMORY_MS;
    if (sheds) {
      this.belowSince = Number.POSITIVE_INFINITY;
      return 'shedding';
    }
    if (state.overload.pressure === 'normal') return highest >= high ? 'high' : 'normal';
    const stays = state.overload.pressure === 'high' && highest >= high - PRESSURE_HYSTERESIS;
    if (stays) {
      this.belowSince = Number.POSITIVE_INFINITY;
      return 'high';
    }
    if (this.belowSince === Number.POSITIVE_INFINITY) this.belowSince = t;
    if (t - this.belowSince < PRESSURE_DWELL_MS) return state.overload.pressure;
    this.belowSince = Number.POSITIVE_INFINITY;
    return highest >= high - PRESSURE_HYSTERESIS ? 'high' : 'normal';
  }
}

/** Over the routes with work in the last second, 0 when there are none. */
export function highestUtilization(state: EngineState, t: number): number {
  let highest = 0;
  for (const route of state.fleet.routes.routes) {
    if (route.openJobs === 0 && t - route.lastWork > ROUTE_MEMORY_MS) continue;
    const u = utilization(state, route);
    if (u > highest) highest = u;
  }
  return highest;
}
