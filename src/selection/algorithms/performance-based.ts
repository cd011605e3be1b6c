import type { Random } from '../../domain/ports.ts';
import { SCAN_LIMIT } from '../../fleet/route.ts';
import { reservoirPick } from '../../lib/reservoir.ts';
import { type BuiltInPolicy, type FleetCandidates, Pick, type SelectionRequest } from '../built-in-policy.ts';
import { HoldEvaluation, shouldHold } from '../hold.ts';

/**
 * Where routes cross, costs within 10 % of the least are alike: a mean of 400 exponential times is known no better (two
 * standard errors), and 400 executions are what 80 a second leave behind. As in the dead band of weights.
 */
const COST_TOLERANCE = 0.1;

/**
 * Performance-based: the candidate with the least expected cost
 * `service time · max(1, (in-flight + 1) / slots) / p`, where the service time is relative to the work's type and counts
 * the age of what is in flight, and p is a cautious success probability (see PerformanceStats). Slots are the ramped
 * ones, so that a warming component is not flooded. When it pays to wait for a better component that is full now, it
 * answers HOLD (see {@link shouldHold}). Among those that cost alike it takes the one with the largest share of its slots
 * free, then any. Costs are alike when they are the same, or within 10 % where members serve other routes too: filling such a
 * member to its last slot for a tiny gain would make work wait that only this member can do.
 */
export class PerformanceBased implements BuiltInPolicy {
  readonly name = 'performance-based';
  /** Costs count times (1 + dominant share), so that important work also keeps clear of scarce resources. */
  private readonly resourceAware: boolean;
  private readonly look = new HoldEvaluation();
  /** Dominant shares of resources. */
  private readonly shares = new Float64Array(SCAN_LIMIT);

  constructor(options: { readonly sparing?: boolean } = {}) {
    this.resourceAware = options.sparing ?? false;
  }

  select(candidates: FleetCandidates, request: SelectionRequest, _memory: unknown, random: Random): number {
    const { list, count, now, fleet, route } = candidates;
    const { costs } = this.look;
    const alike = route.sharedMembers > 0 ? 1 + COST_TOLERANCE : 1;
    // what is usual comes first; hot: docs/performance.md#2
    if (count < route.members.length) return this.selectOrHold(candidates, request, alike, random);
    fleet.performance.attemptCosts(list, count, now, costs);
    if (this.resourceAware) this.spare(candidates, request, list, count);
    return leastLoaded(candidates, costs, alike, random);
  }

  /** The same where some members are not among the candidates: one that is full may be worth waiting for. */
  private selectOrHold(candidates: FleetCandidates, request: SelectionRequest, alike: number, random: Random): number {
    const { count, now, fleet } = candidates;
    const { look } = this;
    const listed = look.collect(candidates, request);
    const list = listed > count ? look.list : candidates.list;
    fleet.performance.attemptCosts(list, listed, now, look.costs);
    if (this.resourceAware) this.spare(candidates, request, list, listed);
    const best = leastLoaded(candidates, look.costs, alike, random);
    return listed > count && shouldHold(candidates, request, look, listed, best, look.costs[best]!) ? Pick.hold : best;
  }

  private spare({ fleet, now }: FleetCandidates, { demand }: SelectionRequest, list: Int32Array, listed: number): void {
    // mostly nobody uses any: then every share is 0
    if (demand === null && fleet.resources.isIdle(now)) return;
    const { shares } = this;
    const { costs } = this.look;
    fleet.resources.dominantShares(list, listed, demand, now, shares);
    for (let k = 0; k < listed; k++) costs[k]! *= 1 + shares[k]!;
  }
}

/** The candidate with the least cost; among those that cost alike, the one with the largest share of its slots free. */
function leastLoaded(candidates: FleetCandidates, costs: Float64Array, alike: number, random: Random): number {
  const { count } = candidates;
  let best = 0;
  let least = costs[0]!;
  let second = Number.POSITIVE_INFINITY;
  for (let k = 1; k < count; k++) {
    const cost = costs[k]!;
    if (cost < least) {
      second = least;
      least = cost;
      best = k;
    } else if (cost < second) second = cost;
  }
  const limit = least * alike;
  return second > limit ? best : leastUtilized(candidates, costs, limit, random);
}

/**
 * Of those that cost no more than `limit`, the one with the largest share of its slots free. Each has a free slot, so that
 * the factor `max(1, (in-flight + 1) / slots)` is 1 for all.
 */
function leastUtilized(
  { list, count, fleet }: FleetCandidates,
  costs: Float64Array,
  limit: number,
  random: Random,
): number {
  const { taken, slots } = fleet.components;
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  let ties = 1;
  for (let k = 0; k < count; k++) {
    if (costs[k]! > limit) continue;
    const i = list[k]!;
    const share = (taken[i]! + 1) / slots[i]!;
    if (share < least) {
      least = share;
      best = k;
      ties = 1;
    } else if (share === least && reservoirPick(++ties, random)) best = k;
  }
  return best;
}
