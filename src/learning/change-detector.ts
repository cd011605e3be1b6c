import { ServingState } from '../fleet/component-table.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import type { PerformanceStats } from '../fleet/performance-stats.ts';

/** A service time that changes by more than this factor, up or down, is a change of the component. */
const SHIFT = 2;
/**
 * Finished executions (decayed with 5 s) that a service time must rest on. Below, chance alone may double it, and that of a
 * component that is hardly used sinks back to the fleet's mean: neither is a change of the component.
 */
const ENOUGH = 20;
/** Least time between two cycles, ms. */
const APART_MS = 1_000;

/**
 * Tells when the strategies should be judged before their regular cycle: a component was ejected, or its service time has
 * changed by more than 2×. `isDue` costs O(components): call it now and then, not per request.
 */
export class ChangeDetector {
  /** By component: the service time that counts as its usual one; 0 when there is none. */
  private readonly known: number[] = [];
  private lastCycle = Number.NEGATIVE_INFINITY;
  private ejected = false;

  /** An ejection happened. */
  noteEjection(): void {
    this.ejected = true;
  }

  /** Whether an early cycle is due. @param t ms since the balancer's time 0. */
  isDue(fleet: FleetView, t: number): boolean {
    if (t - this.lastCycle < APART_MS) return false;
    return this.ejected || this.hasShifted(fleet, t);
  }

  /**
   * A cycle has taken place, early or not. A service time is compared with what it was when it last counted as new, not
   * with the last cycle: it is a decayed mean, so that a change comes in small steps, and cycles of a second would never
   * see one of 2×.
   */
  markCycle(fleet: FleetView, t: number): void {
    const { components, performance } = fleet;
    this.lastCycle = t;
    this.ejected = false;
    for (let i = 0; i < components.high; i++) {
      if (components.servingState[i] !== ServingState.operational) this.known[i] = 0;
      else if (this.differs(performance, i, t)) this.known[i] = performance.serviceTime(i, t);
    }
  }

  private hasShifted(fleet: FleetView, t: number): boolean {
    const { components, performance } = fleet;
    return this.known.some(
      (before, i) =>
        before > 0 && components.servingState[i] === ServingState.operational && this.differs(performance, i, t),
    );
  }

  /** Whether the service time of a component is known and not what it was. */
  private differs(performance: PerformanceStats, i: number, t: number): boolean {
    if (performance.sampleCount(i, t) < ENOUGH) return false;
    const now = performance.serviceTime(i, t);
    const before = this.known[i] ?? 0;
    return now > before * SHIFT || now * SHIFT < before;
  }
}
