import type { Random } from '../../domain/ports.ts';
import { ServingState } from '../../fleet/component-table.ts';
import { ForwardDecay } from '../../lib/forward-decay.ts';
import { reservoirPick } from '../../lib/reservoir.ts';
import {
  type BuiltInPolicy,
  type FleetCandidates,
  Pick,
  type SelectionRequest,
} from '../../selection/built-in-policy.ts';
import type { Policy } from '../../selection/policy.ts';
import type { SimulatedServer } from './simulated-server.ts';

/** As in hold.ts: λ must rest on so many starts, decayed with 10 s. */
const ENOUGH_STARTS = 20;
const TAU_MS = 10_000;
/** Failures above 35 % of successes eject a component: 0.35 / 1.35 of the attempts. */
const EJECTED_SHARE = 0.35 / 1.35;

/**
 * What no balancer has: the true speed and the true fault of each component at this instant. Picks the least
 * `service time / success probability` among the free, and holds by the rule of hold.ts with the true rates. Only a
 * simulation can run it; it is what the algorithms are measured against. Outlier ejection is off beneath it: it knows
 * better, and a probe would cost it requests.
 */
export class Oracle implements BuiltInPolicy {
  readonly name = 'oracle';
  private readonly stations: readonly SimulatedServer[];
  private readonly decay = new ForwardDecay(TAU_MS);
  /** Decayed starts, and work started, by component. */
  private readonly starts: Float64Array;
  private readonly work: Float64Array;
  private readonly meanOf: (type: string) => number;

  /**
   * @param stations by component index.
   * @param meanOf mean work of a type at speed 1, ms.
   */
  constructor(stations: readonly SimulatedServer[], meanOf: (type: string) => number) {
    this.stations = stations;
    this.meanOf = meanOf;
    this.starts = new Float64Array(stations.length);
    this.work = new Float64Array(stations.length);
    this.decay.onRescale((by) => {
      for (let i = 0; i < this.starts.length; i++) {
        this.starts[i]! *= by;
        this.work[i]! *= by;
      }
    });
  }

  /** Told of each attempt that starts. */
  started(i: number, type: string, t: number): void {
    const w = this.decay.at(t);
    this.starts[i]! += w;
    this.work[i]! += w * this.meanOf(type);
  }

  select(candidates: FleetCandidates, request: SelectionRequest, _memory: unknown, random: Random): number {
    const { list, count } = candidates;
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    let ties = 0;
    for (let k = 0; k < count; k++) {
      const cost = this.cost(list[k]!);
      if (cost < least) {
        least = cost;
        best = k;
        ties = 1;
      } else if (cost === least && reservoirPick(++ties, random)) best = k;
    }
    return this.shouldHold(candidates, request, list[best]!, least) ? Pick.hold : best;
  }

  /**
   * Slowness over success probability: expected relative time of a successful attempt. Infinity where nobody should go:
   * it hangs, it is down, or it fails so often that outlier detection would eject it if it knew.
   */
  private cost(i: number): number {
    const { condition, rate } = this.stations[i]!;
    if (condition.crashed || condition.hangs || condition.failingShare > EJECTED_SHARE) return Number.POSITIVE_INFINITY;
    return 1 / (rate * (1 - condition.failingShare));
  }

  private shouldHold(candidates: FleetCandidates, request: SelectionRequest, b: number, costB: number): boolean {
    const { route, fleet, now, count, restricted, sampled } = candidates;
    if (restricted || sampled || count === route.members.length) return false;
    const { free, taken, slots, servingState } = fleet.components;
    const w = this.decay.at(now);
    const windowMs = TAU_MS * (1 - Math.exp(-Math.max(now, 1) / TAU_MS));
    let finishing = 0;
    let weightedCost = 0;
    let starting = 0;
    let starts = 0;
    const add = (i: number): void => {
      starting += this.work[i]! / w / windowMs;
      starts += this.starts[i]! / w;
    };
    add(b);
    for (const i of route.members) {
      if (free[i]! > 0 || taken[i] === 0 || servingState[i] !== ServingState.operational) continue;
      if (i === request.lastFailed || request.excluded?.includes(i)) continue;
      const cost = this.cost(i);
      if (cost >= costB) continue;
      // slots · speed: the work finished per ms
      const rate = slots[i]! * this.stations[i]!.rate;
      finishing += rate;
      weightedCost += rate * cost;
      add(i);
    }
    if (finishing === 0) return false;
    if (costB === Number.POSITIVE_INFINITY) return true;
    if (starts < ENOUGH_STARTS || finishing <= starting) return false;
    // everything in units of the mean work of the mix, as derived in hold.ts
    const meanMs = (starting * windowMs) / starts;
    const gain = (this.meanOf(request.type) / meanMs) * (costB - weightedCost / finishing);
    return gain - 1 / finishing > candidates.waiting / (finishing - starting);
  }
}

/** Any free component with the same chance: the yardstick of textbooks. */
export const uniform: Policy = {
  name: 'random',
  select: ({ count }, _request, _memory, random) => Math.floor(random() * count),
};
