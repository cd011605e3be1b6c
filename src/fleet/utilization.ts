import { type ComponentTable, ServingState } from './component-table.ts';
import type { Route } from './route.ts';

/**
 * Slots taken over ramped slots of the route's operational components; 0 when none is operational.
 * @param more slots about to be taken
 */
export function utilization(components: ComponentTable, route: Route, more = 0): number {
  let taken = more;
  let slots = 0;
  for (const i of route.members) {
    if (components.servingState[i] !== ServingState.operational) continue;
    taken += components.taken[i]!;
    slots += components.slots[i]!;
  }
  return slots > 0 ? taken / slots : 0;
}
