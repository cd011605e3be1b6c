import type { Random } from '../domain/ports.ts';
import { SCAN_LIMIT } from '../ledgers/route.ts';
import { Look, shouldHold } from './hold.ts';
import { type Candidates, HOLD, type Policy, type RequestView } from './policy.ts';
import { replaces } from './ties.ts';

/**
 * Where routes cross, costs within 10 % of the least are alike: a mean of 400 exponential times is known no better (two
 * standard errors), and 400 executions are what 80 a second leave behind. As in the dead band of weights.
 */
const ALIKE = 0.1;

/**
 * Performance-based: the candidate with the least expected cost
 * `service time · max(1, (in-flight + 1) / slots) / p`, where the service time is relative to the work's type and counts
 * the age of what is in flight, and p is a cautious success probability (see PerformanceLedger). Slots are the ramped
 * ones, so that a warming component is not flooded. When it pays to wait for a better component that is full now, it
 * answers HOLD (see {@link shouldHold}). Among those that cost alike it takes the one with the largest share of its slots
 * free, then any. Alike is what costs the same, or within 10 % where members are on other routes too: whoever fills one to
 * the last slot for next to nothing makes wait what only that one may do.
 */
export class PerformanceBased implements Policy {
  readonly name = 'performance-based';
  /** Costs count times (1 + dominant share), so that important work also keeps clear of scarce resources. */
  private readonly sparing: boolean;
  private readonly look = new Look();
  /** Dominant shares of resources; then, of each candidate, the share of its slots that would be taken, and what it costs. */
  private readonly shares = new Float64Array(SCAN_LIMIT);
  private readonly costs = new Float64Array(SCAN_LIMIT);

  constructor(options: { readonly sparing?: boolean } = {}) {
    this.sparing = options.sparing ?? false;
  }

  select(candidates: Candidates, request: RequestView, _memory: unknown, random: Random): number {
    const { count, now, fleet } = candidates;
    const { taken, slots } = fleet.components;
    const { look, shares, costs } = this;
    const listed = look.gather(candidates, request);
    const list = listed > count ? look.list : candidates.list;
    fleet.performance.attemptCosts(list, listed, now, look.costs);
    if (this.sparing) this.spare(candidates, request, list, listed);
    const attempts = look.costs;
    let least = Number.POSITIVE_INFINITY;
    for (let k = 0; k < count; k++) {
      const i = list[k]!;
      const share = (taken[i]! + 1) / slots[i]!;
      const cost = share > 1 ? attempts[k]! * share : attempts[k]!;
      shares[k] = share;
      costs[k] = cost;
      if (cost < least) least = cost;
    }
    const best = this.leastLoaded(candidates, least, random);
    return listed > count && shouldHold(candidates, request, look, listed, best, costs[best]!) ? HOLD : best;
  }

  /** Of those whose costs are alike, the one with the most room. */
  private leastLoaded({ count, route }: Candidates, least: number, random: Random): number {
    const { costs, shares } = this;
    const limit = route.crossing > 0 ? least * (1 + ALIKE) : least;
    let best = 0;
    let room = Number.POSITIVE_INFINITY;
    let ties = 1;
    for (let k = 0; k < count; k++) {
      const share = shares[k]!;
      // few have as much room, so that costs are seldom compared
      if (share > room || costs[k]! > limit) continue;
      if (share < room) {
        room = share;
        best = k;
        ties = 1;
      } else if (replaces(++ties, random)) best = k;
    }
    return best;
  }

  private spare({ fleet, now }: Candidates, { demand }: RequestView, list: Int32Array, listed: number): void {
    const { shares } = this;
    const { costs } = this.look;
    fleet.resources.dominantShares(list, listed, demand, now, shares);
    for (let k = 0; k < listed; k++) costs[k]! *= 1 + shares[k]!;
  }
}
