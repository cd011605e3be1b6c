import type { Random } from '../domain/ports.ts';
import { SCAN_LIMIT } from '../ledgers/route.ts';
import { shouldHold } from './hold.ts';
import { type Candidates, HOLD, type Policy, type RequestView } from './policy.ts';
import { replaces } from './ties.ts';

/**
 * Performance-based: the candidate with the least expected cost
 * `service time · max(1, (in-flight + 1) / slots) / p`, where the service time is relative to the work's type and counts
 * the age of what is in flight, and p is a cautious success probability (see PerformanceLedger). Slots are the ramped
 * ones, so that a warming component is not flooded. When it pays to wait for a better component that is full now, it
 * answers HOLD (see {@link shouldHold}). Ties are broken at random.
 */
export class PerformanceBased implements Policy {
  readonly name = 'performance-based';
  /** Costs count times (1 + dominant share), so that important work also keeps clear of scarce resources. */
  private readonly sparing: boolean;
  private readonly costs = new Float64Array(SCAN_LIMIT);
  private readonly shares = new Float64Array(SCAN_LIMIT);

  constructor(options: { readonly sparing?: boolean } = {}) {
    this.sparing = options.sparing ?? false;
  }

  select(candidates: Candidates, request: RequestView, _memory: unknown, random: Random): number {
    const { list, count, now, fleet } = candidates;
    const { taken, slots } = fleet.components;
    const { costs, shares } = this;
    fleet.performance.attemptCosts(list, count, now, costs);
    if (this.sparing) fleet.resources.dominantShares(list, count, request.demand, now, shares);
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    let ties = 1;
    for (let k = 0; k < count; k++) {
      const i = list[k]!;
      const share = (taken[i]! + 1) / slots[i]!;
      let cost = costs[k]!;
      if (share > 1) cost *= share;
      if (this.sparing) cost *= 1 + shares[k]!;
      if (cost < least) {
        least = cost;
        best = k;
        ties = 1;
      } else if (cost === least && replaces(++ties, random)) {
        best = k;
      }
    }
    return shouldHold(candidates, request, list[best]!, least) ? HOLD : best;
  }
}
