import type { Random } from '../domain/ports.ts';
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

  constructor(options: { readonly sparing?: boolean } = {}) {
    this.sparing = options.sparing ?? false;
  }

  select(candidates: Candidates, request: RequestView, _memory: unknown, random: Random): number {
    const { list, count, now, fleet } = candidates;
    const { performance, resources } = fleet;
    const { taken, slots } = fleet.components;
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    let ties = 1;
    for (let k = 0; k < count; k++) {
      const i = list[k]!;
      const share = (taken[i]! + 1) / slots[i]!;
      let cost = performance.attemptCost(i, now);
      if (share > 1) cost *= share;
      if (this.sparing) cost *= 1 + resources.dominantShare(i, request.demand, now);
      if (cost < least) {
        least = cost;
        best = k;
        ties = 1;
      } else if (cost === least && replaces(++ties, random)) {
        best = k;
      }
    }
    return shouldHold(candidates, request, list[best]!) ? HOLD : best;
  }
}
