import { growBytes, growFloats, growInts } from '../lib/typed-arrays.ts';
import { BandEdges, type BandThresholds } from './load-bands.ts';

/**
 * What is known of every component, as columns of typed arrays indexed by a small integer that is re-used after a component
 * has left. Columns are replaced when the fleet grows: read them through the table, never keep one.
 *
 * Most picks read only `free[i]`: the slots that may be taken now, 0 or less when there are none.
 */
export abstract class ComponentColumns {
  servingState = new Uint8Array(8);
  band = new Uint8Array(8);
  taken = new Int32Array(8);
  /** Configured maximum. */
  capacity = new Int32Array(8);
  /** Adaptive limit beneath the maximum. */
  limit = new Int32Array(8);
  /** Slots that may be taken now: min(capacity, limit), ramped. */
  slots = new Int32Array(8);
  free = new Int32Array(8);
  weight = new Float64Array(8);
  /** 0.1 to 1 while warming, else 1. */
  ramp = new Float64Array(8);
  priorityMultiplier = new Float64Array(8);
  /** 1: the failure was an ejection by outlier detection: that bounds how many others of its routes may be. */
  ejected = new Uint8Array(8);
  /** 1: an outlier that may not be ejected: where others have a free slot it is no candidate. */
  avoided = new Uint8Array(8);
  /** When the last idempotent request that it serves arrived since it failed, ms since the balancer's time 0; −∞: none did. */
  idempotentAt = new Float64Array(8);
  /** 1: what it does may not run twice, whatever the request says. */
  runsOnce = new Uint8Array(8);
  /** 1: waits for a real request as its probe. */
  awaitsProbe = new Uint8Array(8);
  /** Whether its provider has refused work, and it takes nothing, or one call (see {@link RestState}). */
  restState = new Uint8Array(8);
  /** Until when it rests, ms since the balancer's time 0; in the past where it does not. */
  restsUntil = new Float64Array(8);
  /** ms since the balancer's time 0. */
  servingStateSince = new Float64Array(8);

  /**
   * Capacity (the adaptive limit, where that is less) times weight: what least connections divides by, worked out
   * when one of them changes. At `2i` as it is, at `2i + 1` with the multiplier for CRITICAL and HIGH work.
   */
  effectiveCapacity = new Float64Array(16);
  /** Where the present bands end. */
  readonly edges: BandEdges;

  constructor(thresholds: BandThresholds) {
    this.edges = new BandEdges(thresholds);
  }

  protected grow(): void {
    const size = this.free.length * 2;
    this.edges.grow(size);
    this.servingState = growBytes(this.servingState, size);
    this.band = growBytes(this.band, size);
    this.ejected = growBytes(this.ejected, size);
    this.avoided = growBytes(this.avoided, size);
    this.idempotentAt = growFloats(this.idempotentAt, size);
    this.runsOnce = growBytes(this.runsOnce, size);
    this.awaitsProbe = growBytes(this.awaitsProbe, size);
    this.restState = growBytes(this.restState, size);
    this.restsUntil = growFloats(this.restsUntil, size);
    this.taken = growInts(this.taken, size);
    this.capacity = growInts(this.capacity, size);
    this.limit = growInts(this.limit, size);
    this.slots = growInts(this.slots, size);
    this.free = growInts(this.free, size);
    this.weight = growFloats(this.weight, size);
    this.ramp = growFloats(this.ramp, size);
    this.priorityMultiplier = growFloats(this.priorityMultiplier, size);
    this.servingStateSince = growFloats(this.servingStateSince, size);
    this.effectiveCapacity = growFloats(this.effectiveCapacity, 2 * size);
  }
}
