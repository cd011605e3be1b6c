import { ServingState } from '../../fleet/component-table.ts';
import type { Route } from '../../fleet/route.ts';
import { raiseAlert } from '../events/alerts.ts';
import { typesOf } from '../overload/watermarks.ts';
import type { EngineState } from '../state.ts';

/** A route without work for this long may have nobody, and no one minds, ms. */
export const ROUTE_IN_USE_MS = 60_000;

export const isInUse = ({ openJobs, lastWork }: Route, t: number): boolean =>
  openJobs > 0 || t - lastWork <= ROUTE_IN_USE_MS;

/** Notices routes with work that have nobody who is operational, and those that have somebody again; tells of both. */
export function reviewRoutes(state: EngineState, t: number): void {
  const { components, routes, downRoutes } = state.fleet;
  if (downRoutes.size === 0 && components.countByServingState[ServingState.operational] === components.count) return;
  for (const [route, since] of downRoutes)
    if (!routes.routes.has(route) || route.members.length === 0 || hasOperational(state, route))
      restored(state, route, t - since);
  for (const route of routes.routes)
    if (route.members.length > 0 && !downRoutes.has(route) && isInUse(route, t) && !hasOperational(state, route))
      down(state, route, t);
}

const hasOperational = (
  {
    fleet: {
      components: { servingState },
    },
  }: EngineState,
  { members }: Route,
): boolean => members.some((i) => servingState[i] === ServingState.operational);

function down(state: EngineState, route: Route, t: number): void {
  state.fleet.downRoutes.set(route, t);
  const types = typesOf(route);
  const members = route.members.map((i) => state.fleet.components.ids[i]).join(', ');
  state.events.publish({ type: 'route.down', route: types, members: route.members.length });
  const message = `Nobody can do ${types.join(', ')}: ${members} ${route.members.length === 1 ? 'is' : 'are'} not operational. Its work waits.`;
  state.diagnostics.log('warn', { route: types }, `plimsoll: ${message}`);
  raiseAlert(state, 'routeDown', 'CRITICAL', undefined, message, types.join(','));
}

function restored(state: EngineState, route: Route, downMs: number): void {
  state.fleet.downRoutes.delete(route);
  const types = typesOf(route);
  state.events.publish({ type: 'route.restored', route: types, downMs });
  state.diagnostics.log('info', { route: types, downMs }, `plimsoll: ${types.join(', ')} can be done again.`);
}
