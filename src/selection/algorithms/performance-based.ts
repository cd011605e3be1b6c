import type { Random } from '../../domain/ports.ts';
import { SCAN_LIMIT } from '../../fleet/route.ts';
import { growFloats } from '../../lib/typed-arrays.ts';
import { type BuiltInPolicy, type FleetCandidates, Pick, type SelectionRequest } from '../built-in-policy.ts';
import { HoldEvaluation, shouldHold } from '../hold.ts';

/**
 * Where routes cross, costs within 10 % of the least are alike whatever is known of them: whoever fills a member to the last
 * slot for next to nothing makes wait what only that one may do. As in the dead band of weights.
 */
const COST_TOLERANCE = 0.1;
/** What trying those that seem slower may cost, as a share of all work: so much is paid to notice that one has become faster. */
const TRIAL_SHARE = 0.01;
/** Share of its doubt by which the least may be wrong: that it is the least says already that it had luck, not bad luck. */
const BEST = 0.5;
/** Fraction of the golden ratio: its multiples fill [0, 1) as evenly as any sequence does (Knuth, vol. 3, section 6.4). */
const GOLDEN = 0.618_033_988_749_895;

/** What is remembered of a route. */
export class TrialMemory {
  /** Picks so far. */
  picks = 0;
  /** By component index: what `picks` was when it was last picked. */
  last = new Float64Array(8);
  /** 0 to 1: who is next among those that cost alike; below 0 before the first pick. */
  turn = -1;

  ensure(size: number): void {
    if (size > this.last.length) this.last = growFloats(this.last, 2 * size);
  }

  copy(): TrialMemory {
    const copy = new TrialMemory();
    copy.picks = this.picks;
    copy.last = this.last.slice();
    copy.turn = this.turn;
    return copy;
  }
}

/**
 * Performance-based: the candidate with the least expected cost `service time / p`, where the service time is relative to
 * the work's type and counts the age of what is in flight, and p is a success probability (see PerformanceStats). Each
 * candidate has a free slot, so that load adds nothing to the cost. When it pays to wait for a better component that is
 * full now, it answers HOLD (see {@link shouldHold}).
 *
 * **Costs that cannot be told apart share**: a cost is known but for its standard error, and those whose ranges meet that
 * of the least take turns in proportion to slots · weight; one that has less than half as much of its slots free as another
 * is passed over.
 *
 * **What seems slower is tried now and then**: a component that has not been picked for n picks is thought so much better,
 * by `1 + ε·n`, that a trial which costs c more than the best is made once in c/ε of the work, and all trials together cost
 * 1 % of it at most, whatever the rate and however slow they are. So a change is found within so many requests, not after
 * so long a time.
 */
export class PerformanceBased implements BuiltInPolicy<TrialMemory> {
  readonly name = 'performance-based';
  /** Costs count times (1 + dominant share), so that important work also keeps clear of scarce resources. */
  private readonly resourceAware: boolean;
  private readonly look = new HoldEvaluation();
  /** Dominant shares of resources. */
  private readonly shares = new Float64Array(SCAN_LIMIT);
  /** Positions of those that cost alike. */
  private readonly alike = new Int32Array(SCAN_LIMIT);

  constructor(options: { readonly sparing?: boolean } = {}) {
    this.resourceAware = options.sparing ?? false;
  }

  createMemory(): TrialMemory {
    return new TrialMemory();
  }

  copyMemory(memory: TrialMemory): TrialMemory {
    return memory.copy();
  }

  select(candidates: FleetCandidates, request: SelectionRequest, memory: TrialMemory, random: Random): number {
    const { list, count, now, fleet, route } = candidates;
    const { costs, doubts, staleness } = this.look;
    memory.ensure(fleet.components.high);
    // what is usual comes first and is short, so that the compiler makes one piece of a whole pick
    if (count < route.members.length) return this.selectOrHold(candidates, request, memory, random);
    fleet.performance.attemptCosts(list, count, now, costs, doubts, staleness);
    if (this.resourceAware) this.spare(candidates, request, list, count);
    return this.pick(candidates, cheapest(costs, count), memory, random);
  }

  /** The same where some members are not among the candidates: one that is full may be worth waiting for. */
  private selectOrHold(
    candidates: FleetCandidates,
    request: SelectionRequest,
    memory: TrialMemory,
    random: Random,
  ): number {
    const { count, now, fleet } = candidates;
    const { look } = this;
    const { costs } = look;
    const listed = look.collect(candidates, request);
    const list = listed > count ? look.list : candidates.list;
    fleet.performance.attemptCosts(list, listed, now, costs, look.doubts, look.staleness);
    if (this.resourceAware) this.spare(candidates, request, list, listed);
    const best = cheapest(costs, count);
    if (listed > count) {
      // one that is due for a trial is not passed over for those that are full
      const cost = costs[best]! / (1 + this.trial(candidates, best, memory));
      if (shouldHold(candidates, request, look, listed, best, cost)) return Pick.hold;
    }
    return this.pick(candidates, best, memory, random);
  }

  /** How much better a candidate is thought to be for not having been picked lately. */
  private trial({ list, route }: FleetCandidates, k: number, memory: TrialMemory): number {
    const picks = memory.picks - memory.last[list[k]!]!;
    return (picks * this.look.staleness[k]! * TRIAL_SHARE) / Math.max(1, route.members.length - 1);
  }

  private pick(candidates: FleetCandidates, best: number, memory: TrialMemory, random: Random): number {
    const { list, count, route, sampled } = candidates;
    const { costs, doubts, staleness } = this.look;
    const { alike } = this;
    const { last, picks } = memory;
    let limit = costs[best]! * (1 + (doubts[best]! - 1) * BEST) * (route.sharedMembers > 0 ? 1 + COST_TOLERANCE : 1);
    let n = 0;
    for (let k = 0; k < count; k++) if (costs[k]! <= limit * doubts[k]!) n++;
    if (n > 1) limit = Math.max(limit, this.common(count, limit));
    const each = sampled ? 0 : TRIAL_SHARE / (route.members.length - 1 || 1);
    n = 0;
    for (let k = 0; k < count; k++) {
      const due = (picks - last[list[k]!]!) * staleness[k]! * each;
      if (costs[k]! <= limit * (doubts[k]! + due)) alike[n++] = k;
    }
    const chosen = n === 1 ? best : this.nextOf(candidates, n, memory, random);
    memory.picks = picks + 1;
    last[list[chosen]!] = picks + 1;
    return chosen;
  }

  /**
   * The upper end of the range of the mean cost of all that cost no more than `limit` but for their doubt, each by the
   * executions it rests on: the least of many that are equal is the one that had most luck, and not the measure of them.
   */
  private common(count: number, limit: number): number {
    const { costs, doubts } = this.look;
    let sum = 0;
    let weight = 0;
    for (let k = 0; k < count; k++) {
      if (costs[k]! > limit * doubts[k]!) continue;
      // a doubt is 1 + z/√(executions)
      const error = doubts[k]! - 1;
      const w = 1 / (error * error);
      sum += w * costs[k]!;
      weight += w;
    }
    return (sum / weight) * (1 + 1 / Math.sqrt(weight));
  }

  /** Of those that cost alike, the next in turn. */
  private nextOf({ list, fleet }: FleetCandidates, n: number, memory: TrialMemory, random: Random): number {
    const { alike } = this;
    const { free, slots, effectiveCapacity } = fleet.components;
    let room = 0;
    for (let k = 0; k < n; k++) {
      const i = list[alike[k]!]!;
      const share = free[i]! / slots[i]!;
      if (share > room) room = share;
    }
    room /= 2;
    let total = 0;
    let kept = 0;
    for (let k = 0; k < n; k++) {
      const i = list[alike[k]!]!;
      if (free[i]! < room * slots[i]!) continue;
      alike[kept++] = alike[k]!;
      total += effectiveCapacity[i << 1]!;
    }
    if (memory.turn < 0) memory.turn = random();
    memory.turn = memory.turn + GOLDEN < 1 ? memory.turn + GOLDEN : memory.turn + GOLDEN - 1;
    let at = memory.turn * total;
    let k = 0;
    while (k < kept - 1) {
      at -= effectiveCapacity[list[alike[k]!]! << 1]!;
      if (at < 0) break;
      k++;
    }
    return alike[k]!;
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

/** Position of the least. */
function cheapest(costs: Float64Array, count: number): number {
  let best = 0;
  let least = costs[0]!;
  for (let k = 1; k < count; k++) {
    if (costs[k]! < least) {
      least = costs[k]!;
      best = k;
    }
  }
  return best;
}
