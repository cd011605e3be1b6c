import type { Random } from '../../domain/ports.ts';
import { reservoirPick } from '../../lib/reservoir.ts';
import type { BuiltInPolicy, FleetCandidates, SelectionRequest } from '../built-in-policy.ts';

/** Classes up to here (CRITICAL, HIGH) count a component's priority multiplier. */
const LAST_IMPORTANT_CLASS = 1;

/**
 * Least connections: the candidate with the least `(in-flight + 1) / (capacity · effective weight)`. The + 1 counts the
 * request itself, so that idle components are told apart by what they can carry. Ties are broken at random.
 */
export class LeastConnections implements BuiltInPolicy {
  readonly name = 'least-connections';

  select(candidates: FleetCandidates, request: SelectionRequest, _memory: unknown, random: Random): number {
    const { list, count } = candidates;
    const { taken, effectiveCapacity } = candidates.fleet.components;
    const column = request.cls <= LAST_IMPORTANT_CLASS ? 1 : 0;
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    let ties = 1;
    for (let k = 0; k < count; k++) {
      const i = list[k]!;
      const load = (taken[i]! + 1) / effectiveCapacity[(i << 1) | column]!;
      if (load < least) {
        least = load;
        best = k;
        ties = 1;
      } else if (load === least && reservoirPick(++ties, random)) {
        best = k;
      }
    }
    return best;
  }
}
