import { ServingState } from '../../fleet/component-table.ts';
import type { Route } from '../../fleet/route.ts';
import { earlyProbeDelayMs } from '../../health/recovery.ts';
import type { ComponentRecord } from '../membership/component-record.ts';
import type { EngineState } from '../state.ts';

/**
 * Probes failed components before their cooldown is over while work that they could serve waits. Without this, a component
 * that was down for half a minute may stay unused for another half minute after it has recovered, and an overloaded route
 * loses what it could have done. (Measured with 90 % errors for 30 s at load 0.9: goodput 0.24 points below a balancer
 * that knows; with it, 0.07.)
 */
export function probeEarly(state: EngineState, t: number): void {
  const { queue } = state;
  const { components } = state.fleet;
  if (queue.size === 0 || components.countByServingState[ServingState.isolated] === 0) return;
  for (const partition of queue.busyPartitions()) {
    if (t - partition.oldest() <= state.settings.shedding.intervalMs) continue;
    for (const i of partition.route.members) {
      const record = state.fleet.records[i];
      if (record !== undefined && isEarlyProbeDue(state, record, partition.route, t))
        record.actor?.send({ type: 'component.recover', reason: 'work waits' });
    }
  }
}

function isEarlyProbeDue(
  { settings, fleet: { components } }: EngineState,
  record: ComponentRecord,
  route: Route,
  t: number,
): boolean {
  if (components.servingState[record.index] !== ServingState.isolated) return false;
  const perSecond = (1000 * components.capacity[record.index]!) / meanMsOf(route);
  return t - record.since >= earlyProbeDelayMs(t - record.failedSince, perSecond, settings.recovery);
}

/** Mean service time of the route's types, of those that are known; Infinity when none is. */
function meanMsOf(route: Route): number {
  let sum = 0;
  let known = 0;
  for (const { stats } of route.workloads) {
    if (stats.scale === 0) continue;
    sum += stats.scale;
    known++;
  }
  return known > 0 ? sum / known : Number.POSITIVE_INFINITY;
}
