import { growInts } from '../lib/typed-arrays.ts';

/** The load bands of an operational component. */
export const Band = { available: 0, busy: 1, overloaded: 2 } as const;
export type Band = (typeof Band)[keyof typeof Band];

const { available, busy, overloaded } = Band;

/** A band is left downwards only below its threshold less this share of the capacity. */
export const HYSTERESIS = 0.1;

/** Thresholds of the load bands as shares of `maxConcurrentTasks`. */
export interface BandThresholds {
  readonly highLoadThreshold: number;
  readonly overloadThreshold: number;
}

/** More slots than anybody has. */
const NEVER = 2 ** 31 - 1;

/** Slots from which a share of the capacity is reached: rounded up, so that small capacities have bands too. */
const upperEdge = (share: number, capacity: number): number => Math.ceil(share * capacity - 1e-9);

/** Below this many slots the load has left a band that begins at this share of the capacity. */
const lowerEdge = (share: number, capacity: number): number => Math.ceil(Math.max((share - HYSTERESIS) * capacity, 1));

/** The band that the slots taken are in, without hysteresis. */
export function bandOf(taken: number, capacity: number, at: BandThresholds): Band {
  if (taken >= upperEdge(at.overloadThreshold, capacity)) return overloaded;
  return taken >= upperEdge(at.highLoadThreshold, capacity) ? busy : available;
}

/** The band that the load is in after it has left a band downwards. */
export function lowerBand(band: number, taken: number, capacity: number, at: BandThresholds): Band {
  if (band === available || taken < lowerEdge(at.highLoadThreshold, capacity)) return available;
  return band === overloaded && taken >= lowerEdge(at.overloadThreshold, capacity) ? overloaded : busy;
}

/**
 * Where each component's present band ends, in slots taken. It is read three times a request, and so computed when the band
 * changes. The two edges of a component lie side by side, for one cache miss instead of two in a large fleet.
 */
export class BandEdges {
  at: BandThresholds;
  private pairs = new Int32Array(16);

  constructor(at: BandThresholds) {
    this.at = at;
  }

  /** The band or the capacity of a component has changed. */
  set(i: number, band: number, capacity: number): void {
    const { highLoadThreshold: high, overloadThreshold: over } = this.at;
    this.pairs[i << 1] = band === overloaded ? NEVER : upperEdge(band === available ? high : over, capacity);
    this.pairs[(i << 1) | 1] = band === available ? 0 : lowerEdge(band === busy ? high : over, capacity);
  }

  /** From this many slots taken, its load is in a higher band. */
  upperEdge(i: number): number {
    return this.pairs[i << 1]!;
  }

  /** Below this many slots taken, its load is in a lower band; 0 where there is no lower band. */
  lowerEdge(i: number): number {
    return this.pairs[(i << 1) | 1]!;
  }

  /** @param size for so many components. */
  grow(size: number): void {
    this.pairs = growInts(this.pairs, 2 * size);
  }
}
