import type { Random } from '../../domain/ports.ts';
import type { FleetView } from '../../fleet/fleet-view.ts';
import type { Route } from '../../fleet/route.ts';
import { growFloats } from '../../lib/typed-arrays.ts';
import type { BuiltInPolicy, FleetCandidates, SelectionRequest } from '../built-in-policy.ts';
import { EdfScheduler } from './edf-scheduler.ts';

/** Weights are compared as integers of this many parts, so that sums are exact. */
const UNIT = 10_000;
/** Turns of a round that are gone through to begin somewhere in it. */
const LONGEST_START = 1_000;

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));

/** Columns by component index. */
export class SmoothMemory {
  /** The weight as it was when `share` was made of it. */
  weight = new Float64Array(0);
  /** The same as an integer, at least 1. */
  share = new Float64Array(0);
  /** What is owed to it: grows by its share each time it takes part, falls by all shares when it is picked. */
  current = new Float64Array(0);
  /** For routes too large to scan. */
  ring: EdfScheduler | null = null;

  ensure(size: number): void {
    if (size <= this.share.length) return;
    const grown = Math.max(8, size, this.share.length * 2);
    this.weight = growFloats(this.weight, grown);
    this.share = growFloats(this.share, grown);
    this.current = growFloats(this.current, grown);
  }

  copy(): SmoothMemory {
    const copy = new SmoothMemory();
    copy.weight = this.weight.slice();
    copy.share = this.share.slice();
    copy.current = this.current.slice();
    copy.ring = this.ring?.copy() ?? null;
    return copy;
  }
}

/**
 * Smooth weighted round robin (Sysoev, nginx 2012): each candidate's `current` grows by its weight, the largest is picked
 * and pays the sum of all, so that weights {5, 1, 1} give a a b a c a a rather than five times a in a row. Ties go to the
 * lowest component index. Only candidates take part.
 *
 * Weights are ×10⁴, as integers: sums of doubles would drift and the sequence would never repeat. They need not be divided
 * by their greatest common divisor: the sequence is the same for any common factor. When a weight changes a fresh round
 * begins at a random place.
 *
 * Above 64 members: earliest deadline first, see {@link EdfScheduler}.
 */
export class WeightedRoundRobin implements BuiltInPolicy<SmoothMemory> {
  readonly name = 'weighted-round-robin';

  createMemory(): SmoothMemory {
    return new SmoothMemory();
  }

  copyMemory(memory: SmoothMemory): SmoothMemory {
    return memory.copy();
  }

  select(candidates: FleetCandidates, request: SelectionRequest, memory: SmoothMemory, random: Random): number {
    const { list, count } = candidates;
    const { weight, high } = candidates.fleet.components;
    memory.ensure(high);
    const { current, share, weight: known } = memory;
    let best = 0;
    let most = Number.NEGATIVE_INFINITY;
    let total = 0;
    for (let k = 0; k < count; k++) {
      const i = list[k]!;
      if (weight[i] !== known[i]) {
        this.beginRound(candidates, memory, random);
        return this.select(candidates, request, memory, random);
      }
      total += share[i]!;
      const owed = current[i]! + share[i]!;
      current[i] = owed;
      if (owed > most || (owed === most && i < list[best]!)) {
        most = owed;
        best = k;
      }
    }
    current[list[best]!]! -= total;
    return best;
  }

  /**
   * A weight is new: a fresh round begins, at a random place of it. What was owed by the old weights would be paid for
   * hundreds of picks (1000:1 has them in its debt), and a thousand processes would all begin with the heaviest.
   */
  private beginRound({ route: { members }, fleet }: FleetCandidates, memory: SmoothMemory, random: Random): void {
    const { weight } = fleet.components;
    const { current, share, weight: known } = memory;
    let total = 0;
    let unit = 0;
    for (const i of members) {
      known[i] = weight[i]!;
      share[i] = Math.max(1, Math.round(weight[i]! * UNIT));
      current[i] = 0;
      total += share[i]!;
      unit = greatestCommonDivisor(share[i]!, unit);
    }
    for (let turns = Math.floor(random() * Math.min(total / unit, LONGEST_START)); turns > 0; turns--) {
      let next = members[0]!;
      for (const i of members) {
        current[i]! += share[i]!;
        if (current[i]! > current[next]! || (current[i] === current[next] && i < next)) next = i;
      }
      current[next]! -= total;
    }
  }

  selectLarge(
    route: Route,
    fleet: FleetView,
    _request: SelectionRequest,
    memory: SmoothMemory,
    random: Random,
  ): number {
    memory.ring ??= new EdfScheduler();
    return memory.ring.next(route, fleet.components, random);
  }
}
