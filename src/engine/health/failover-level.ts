import { ServingState } from '../../fleet/component-table.ts';
import type { FailoverLevel } from '../messages.ts';
import type { EngineState } from '../state.ts';
import { reviewRoutes } from './route-watch.ts';

const { operational, isolated, probing } = ServingState;

/**
 * Derives the `failover` region from what holds now, and tells the statechart when that is another state. Asked after each
 * message: routes are looked at only when somebody's standing or a route's members have changed.
 */
export function refreshFailoverLevel(state: EngineState): void {
  const { fleet } = state;
  const { version } = fleet.components;
  if (version !== fleet.downRoutesVersion) {
    fleet.downRoutesVersion = version;
    reviewRoutes(state, state.scheduler.now());
  }
  const level = levelOf(state);
  if (level === state.mode.failoverLevel) return;
  state.mode.failoverLevel = level;
  state.mailbox.control.push({ type: `failover.${level}` });
}

function levelOf({ fleet: { components, crashLooping, downRoutes }, mode }: EngineState): FailoverLevel {
  if (downRoutes.size > 0) return 'down';
  const failed = components.countByServingState[isolated]! + components.countByServingState[probing]! + crashLooping;
  if (failed > 0) return 'degraded';
  return mode.openFailovers > 0 ? 'rerouting' : 'steady';
}

/** Looks at the routes anew: work may have come for one that has had none for long. */
export function recheckRoutes(state: EngineState): void {
  const { components } = state.fleet;
  if (components.countByServingState[operational]! < components.count) state.fleet.downRoutesVersion = -1;
}
