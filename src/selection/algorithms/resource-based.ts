import type { Random } from '../../domain/ports.ts';
import { SCAN_LIMIT } from '../../fleet/route.ts';
import { reservoirPick } from '../../lib/reservoir.ts';
import type { BuiltInPolicy, FleetCandidates, SelectionRequest } from '../built-in-policy.ts';

/**
 * Resource-based. A request with a demand takes the tightest fit: the candidate whose dominant share
 * `max over resources of (used + demand) / limit` (Ghodsi et al., "Dominant Resource Fairness", NSDI 2011) would be
 * largest, so that room for large requests is left elsewhere (best fit). One without takes the most headroom; slots count as a
 * fifth resource there, so that work without demands is spread too. That the demand fits is eligibility's business.
 * Ties are broken at random.
 */
export class ResourceBased implements BuiltInPolicy {
  readonly name = 'resource-based';
  private readonly shares = new Float64Array(SCAN_LIMIT);

  select(candidates: FleetCandidates, request: SelectionRequest, _memory: unknown, random: Random): number {
    const { list, count, now, fleet } = candidates;
    const { taken, slots } = fleet.components;
    const { demand } = request;
    const { shares } = this;
    fleet.resources.dominantShares(list, count, demand, now, shares);
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    let ties = 1;
    for (let k = 0; k < count; k++) {
      const i = list[k]!;
      let score = shares[k]!;
      if (demand !== null) score = -score;
      else if (taken[i]! / slots[i]! > score) score = taken[i]! / slots[i]!;
      if (score < least) {
        least = score;
        best = k;
        ties = 1;
      } else if (score === least && reservoirPick(++ties, random)) {
        best = k;
      }
    }
    return best;
  }
}
