import type { Random } from '../domain/ports.ts';
import { SCAN_LIMIT } from '../ledgers/route.ts';
import { Look, shouldHold } from './hold.ts';
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
  private readonly look = new Look();
  private readonly shares = new Float64Array(SCAN_LIMIT);

  constructor(options: { readonly sparing?: boolean } = {}) {
    this.sparing = options.sparing ?? false;
  }

  select(candidates: Candidates, request: RequestView, _memory: unknown, random: Random): number {
    const { count, now, fleet } = candidates;
    const { taken, slots } = fleet.components;
    const { look } = this;
    const { costs } = look;
    const listed = look.gather(candidates, request);
    const list = listed > count ? look.list : candidates.list;
    fleet.performance.attemptCosts(list, listed, now, costs, look.times);
    if (this.sparing) this.spare(candidates, request, list, listed);
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    let ties = 1;
    for (let k = 0; k < count; k++) {
      const i = list[k]!;
      const share = (taken[i]! + 1) / slots[i]!;
      const cost = share > 1 ? costs[k]! * share : costs[k]!;
      if (cost < least) {
        least = cost;
        best = k;
        ties = 1;
      } else if (cost === least && replaces(++ties, random)) {
        best = k;
      }
    }
    return listed > count && shouldHold(candidates, request, look, listed, best, least) ? HOLD : best;
  }

  private spare({ fleet, now }: Candidates, { demand }: RequestView, list: Int32Array, listed: number): void {
    const { shares } = this;
    const { costs } = this.look;
    fleet.resources.dominantShares(list, listed, demand, now, shares);
    for (let k = 0; k < listed; k++) costs[k]! *= 1 + shares[k]!;
  }
}
