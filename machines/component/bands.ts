import { Band, type ComponentLedger, Standing } from '../../src/ledgers/component-ledger.ts';

/** A band is left downwards only below its threshold less this share of the capacity. */
export const HYSTERESIS = 0.1;

/** Thresholds of the load bands as shares of `maxConcurrentTasks`; read live, since they may change at run time. */
export interface BandThresholds {
  readonly highLoadThreshold: number;
  readonly overloadThreshold: number;
}

/** Slots from which a share of the capacity is reached: rounded up, so that small capacities have bands too. */
const edge = (share: number, capacity: number): number => Math.ceil(share * capacity - 1e-9);

/** The band that the slots taken are in, without hysteresis. */
export function bandOf(ledger: ComponentLedger, i: number, at: BandThresholds): Band {
  const taken = ledger.taken[i]!;
  const capacity = ledger.capacity[i]!;
  if (taken >= edge(at.overloadThreshold, capacity)) return Band.overloaded;
  return taken >= edge(at.highLoadThreshold, capacity) ? Band.busy : Band.available;
}

/** Whether a component works and the slots taken are in a higher band than its own: then its statechart must move. */
export const rises = (ledger: ComponentLedger, i: number, at: BandThresholds): boolean =>
  ledger.standing[i] === Standing.operational && bandOf(ledger, i, at) > ledger.band[i]!;

/** The band that the load has sunk to: a band is left below `(threshold - 0.1) · capacity`. Asked twice a request. */
export function sunkenBand(ledger: ComponentLedger, i: number, at: BandThresholds): Band {
  const band = ledger.band[i]!;
  if (band === Band.available) return Band.available;
  const taken = ledger.taken[i]!;
  const capacity = ledger.capacity[i]!;
  if (isBelow(at.highLoadThreshold, taken, capacity)) return Band.available;
  return band === Band.overloaded && !isBelow(at.overloadThreshold, taken, capacity) ? Band.overloaded : Band.busy;
}

const isBelow = (threshold: number, taken: number, capacity: number): boolean =>
  taken < Math.max((threshold - HYSTERESIS) * capacity, 1);

/** The control event that leads to a band. */
export const BAND_EVENT = [{ type: 'load.available' }, { type: 'load.busy' }, { type: 'load.overloaded' }] as const;
