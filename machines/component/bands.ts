import { Band, type ComponentLedger, Standing } from '../../src/ledgers/component-ledger.ts';

const { overloaded, busy, available } = Band;
const { operational } = Standing;

/** A band is left downwards only below its threshold less this share of the capacity. */
export const HYSTERESIS = 0.1;

/** Thresholds of the load bands as shares of `maxConcurrentTasks`; read live, since they may change at run time. */
export interface BandThresholds {
  readonly highLoadThreshold: number;
  readonly overloadThreshold: number;
}

/** Whether the slots taken have reached a share of the capacity: the least whole number of slots that is no less does. */
const reaches = (share: number, taken: number, capacity: number): boolean => taken >= share * capacity - 1e-9;

/** The band that the slots taken are in, without hysteresis. */
export function bandOf(ledger: ComponentLedger, i: number, at: BandThresholds): Band {
  const taken = ledger.taken[i]!;
  const capacity = ledger.capacity[i]!;
  if (reaches(at.overloadThreshold, taken, capacity)) return overloaded;
  return reaches(at.highLoadThreshold, taken, capacity) ? busy : available;
}

/**
 * Whether a component works and the slots taken are in a higher band than its own: then its statechart must move. Asked at
 * each assignment, so only for the next band: who has reached the one above has reached that too.
 */
export function rises(ledger: ComponentLedger, i: number, at: BandThresholds): boolean {
  const band = ledger.band[i]!;
  if (band === overloaded || ledger.standing[i] !== operational) return false;
  return reaches(
    band === available ? at.highLoadThreshold : at.overloadThreshold,
    ledger.taken[i]!,
    ledger.capacity[i]!,
  );
}

/** The band that the load has sunk to: a band is left below `(threshold - 0.1) · capacity`. Asked twice a request. */
export function sunkenBand(ledger: ComponentLedger, i: number, at: BandThresholds): Band {
  const band = ledger.band[i]!;
  if (band === available) return available;
  const taken = ledger.taken[i]!;
  const capacity = ledger.capacity[i]!;
  if (isBelow(at.highLoadThreshold, taken, capacity)) return available;
  return band === overloaded && !isBelow(at.overloadThreshold, taken, capacity) ? overloaded : busy;
}

const isBelow = (threshold: number, taken: number, capacity: number): boolean =>
  taken < Math.max((threshold - HYSTERESIS) * capacity, 1);

/** The control event that leads to a band. */
export const BAND_EVENT = [{ type: 'load.available' }, { type: 'load.busy' }, { type: 'load.overloaded' }] as const;
