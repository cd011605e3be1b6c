import { RestState, ServingState } from './component-table.ts';
import type { FleetView } from './fleet-view.ts';
import type { Route } from './route.ts';

/**
 * How much of what a route's operational components may carry is in use: slots taken over ramped slots, where a component whose
 * rate limit is used up further counts by that, and one that rests as full; 0 when none is operational.
 * @param t ms since the balancer's time 0.
 * @param more slots about to be taken.
 */
export function utilization(
  { components, rateLimits }: Pick<FleetView, 'components' | 'rateLimits'>,
  route: Route,
  t: number,
  more = 0,
): number {
  const limited = rateLimits.count > 0;
  let taken = more;
  let slots = 0;
  for (const i of route.members) {
    if (components.servingState[i] !== ServingState.operational) continue;
    const own = components.taken[i]!;
    const rests = components.restState[i] !== RestState.open;
    const byRate = rests ? components.slots[i]! : limited ? rateLimits.usedShare(i, more, t) * components.slots[i]! : 0;
    taken += byRate > own ? byRate : own;
    slots += components.slots[i]!;
  }
  return slots > 0 ? taken / slots : 0;
}
