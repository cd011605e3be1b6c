import { Standing } from '../ledgers/component-ledger.ts';
import type { FleetView } from './policy.ts';

/** A component whose service time has changed by more than this factor, up or down, is not what it was. */
const SHIFT = 2;
/** Least time between two cycles, ms. */
const APART_MS = 1_000;

/**
 * Tells when the strategies should be looked at before their regular cycle: a component was ejected, or its service time
 * has shifted by more than 2× since the last cycle. Looking costs O(components): do it now and then, not per request.
 */
export class ShiftWatch {
  private known: number[] = [];
  private lastCycle = Number.NEGATIVE_INFINITY;
  private ejected = false;

  /** An ejection happened. */
  noteEjection(): void {
    this.ejected = true;
  }

  /** Whether an early cycle is due. @param t ms since the ledger's origin. */
  isDue(fleet: FleetView, t: number): boolean {
    if (t - this.lastCycle < APART_MS) return false;
    return this.ejected || this.hasShifted(fleet, t);
  }

  /** A cycle has taken place, early or not: from here on shifts are measured. */
  cycled(fleet: FleetView, t: number): void {
    const { components, performance } = fleet;
    this.lastCycle = t;
    this.ejected = false;
    this.known = [];
    for (let i = 0; i < components.high; i++) {
      this.known.push(components.standing[i] === Standing.operational ? performance.serviceTime(i, t) : 0);
    }
  }

  private hasShifted(fleet: FleetView, t: number): boolean {
    const { components, performance } = fleet;
    return this.known.some((before, i) => {
      if (before === 0 || components.standing[i] !== Standing.operational) return false;
      const now = performance.serviceTime(i, t);
      return now > before * SHIFT || now * SHIFT < before;
    });
  }
}
