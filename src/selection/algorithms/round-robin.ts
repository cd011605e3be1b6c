import type { Random } from '../../domain/ports.ts';
import type { FleetView } from '../../fleet/fleet-view.ts';
import type { Route } from '../../fleet/route.ts';
import type { BuiltInPolicy, FleetCandidates, SelectionRequest } from '../built-in-policy.ts';

export interface RoundRobinMemory {
  /** Place among the route's members where the next turn starts. */
  cursor: number;
}

/**
 * Round robin: each in turn. The ring is the route's members, which are in random order and keep it; a member that
 * cannot be chosen is passed over and the turn goes on behind the one that was, so that none is served twice in a round
 * and a failed member's share falls to all alike.
 */
export class RoundRobin implements BuiltInPolicy<RoundRobinMemory> {
  readonly name = 'round-robin';

  createMemory(): RoundRobinMemory {
    return { cursor: 0 };
  }

  copyMemory(memory: RoundRobinMemory): RoundRobinMemory {
    return { cursor: memory.cursor };
  }

  select(candidates: FleetCandidates, _request: SelectionRequest, memory: RoundRobinMemory, random: Random): number {
    const { list, count, route } = candidates;
    // a sample has no order to go by; chance is as fair
    if (candidates.sampled) return Math.floor(random() * count);
    const { members } = route;
    const { cursor } = memory;
    // candidates are in the order of the members: both lists are walked side by side
    let place = 0;
    let firstPlace = 0;
    for (let k = 0; k < count; k++) {
      while (members[place] !== list[k]) place++;
      if (k === 0) firstPlace = place;
      if (place >= cursor) {
        memory.cursor = place + 1;
        return k;
      }
    }
    memory.cursor = firstPlace + 1;
    return 0;
  }

  selectLarge(route: Route, _fleet: FleetView, _request: SelectionRequest, memory: RoundRobinMemory): number {
    const place = route.withFreeSlot === null ? -1 : route.withFreeSlot.nextFrom(memory.cursor);
    if (place < 0) return -1;
    memory.cursor = place + 1;
    return route.members[place]!;
  }
}
