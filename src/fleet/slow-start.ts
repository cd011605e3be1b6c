import type { Random } from '../domain/ports.ts';
import { growFloats } from '../lib/typed-arrays.ts';
import { type ComponentTable, ServingState } from './component-table.ts';
import type { PerformanceStats } from './performance-stats.ts';
import type { Route } from './route.ts';

const { operational } = ServingState;

/** Picks that may be made up for: an algorithm that leaves its choice to chance passes over it that often in a row. */
const MOST = 20;
/**
 * With so many picks earned and not taken it is taken, whatever the algorithm says: one that goes by measured times passes
 * over who was slow by chance for seconds, and may not give it more than its share afterwards.
 */
const OWED = 2;
/** Who is slower than the fleet by more than this is known to be slow, and owed nothing. */
const SLOW = 1.5;

/**
 * Slow start as a share, whatever the algorithm and the load: with each pick of its route a warming component earns
 * `ramp · fair share` of a pick, and it is a candidate when it has earned one, while there are others. Its fair share is that
 * of its slots · weight in those of the operational members. (To thin out the picks that an algorithm would make is not
 * enough: one that goes by load prefers whoever is empty, and would make up for what was thinned out.)
 */
export class SlowStart {
  /** By component index: picks earned and not taken. */
  private earned = new Float64Array(8);
  /** The ramp as it was last seen; a lower one means that another slow start has begun. */
  private seen = new Float64Array(8).fill(1);
  /** Who has been passed over too often; -1: nobody. */
  private passedOver = -1;
  private readonly components: ComponentTable;
  private readonly performance: PerformanceStats;
  private readonly random: Random;

  constructor(components: ComponentTable, performance: PerformanceStats, random: Random) {
    this.components = components;
    this.performance = performance;
    this.random = random;
  }

  /** The component that takes the next pick of a route, if one is owed to it and it has a free slot; else -1. */
  owed(route: Route): number {
    const i = this.passedOver;
    const { ramp, free, servingState } = this.components;
    if (i < 0 || ramp[i]! >= 1 || servingState[i] !== operational || free[i]! <= 0 || !route.has(i)) return -1;
    return i;
  }

  /**
   * Whether it may be a candidate in a pick although others are. Of a route that is too large to scan, where picks are not
   * counted, it may in the fraction `ramp` of them.
   * @param turn the number of the pick.
   */
  isDue(i: number, { withFreeSlot }: Route, turn: number): boolean {
    const ramp = this.components.ramp[i]!;
    if (ramp >= 1) return true;
    return withFreeSlot === null ? this.earned[i]! >= 1 : spread(turn + i) < ramp;
  }

  /** A component of a route was picked. Asked for only while some component is warming. @param t ms since the balancer's time 0. */
  picked(route: Route, i: number, t: number): void {
    if (route.withFreeSlot !== null) return;
    this.passedOver = -1;
    const { warming, ramp, effectiveCapacity } = this.components;
    let total = 0;
    for (let k = 0; k < warming.length; k++) {
      const w = warming[k]!;
      if (!route.has(w)) continue;
      if (total === 0) total = this.capacityOf(route);
      this.begin(w);
      const fair = effectiveCapacity[w << 1]! / Math.max(total, effectiveCapacity[w << 1]!);
      this.earned[w] = Math.min(MOST, this.earned[w]! + ramp[w]! * fair);
      if (w === i) this.earned[w]! -= 1;
      else if (this.earned[w]! >= OWED && this.isAsQuick(w, t)) this.passedOver = w;
    }
  }

  private isAsQuick(i: number, t: number): boolean {
    const { performance } = this;
    return performance.usualTime(i, t) <= SLOW * performance.fleetMean() && performance.consecutive[i] === 0;
  }

  private capacityOf({ members }: Route): number {
    const { servingState, effectiveCapacity } = this.components;
    let total = 0;
    for (let k = 0; k < members.length; k++) {
      if (servingState[members[k]!] === operational) total += effectiveCapacity[members[k]! << 1]!;
    }
    return total;
  }

  private begin(i: number): void {
    if (i >= this.earned.length) {
      const size = 2 * (i + 1);
      this.earned = growFloats(this.earned, size);
      const { length } = this.seen;
      this.seen = growFloats(this.seen, size).fill(1, length);
    }
    const ramp = this.components.ramp[i]!;
    // many processes that see the same component recover do not all begin with it at once
    if (ramp < this.seen[i]!) this.earned[i] = this.random();
    this.seen[i] = ramp;
  }
}

/** Numbers in [0, 1) that are spread evenly over any stretch of integers (the golden ratio, as 32 bits). */
const spread = (n: number): number => (Math.imul(n, 0x9e37_79b1) >>> 0) / 2 ** 32;
