import { PerformanceSnapshot } from '../fleet/performance-snapshot.ts';
import type { PerformanceStats } from '../fleet/performance-stats.ts';

/**
 * Length of a batch of picks, ms: half the time constant of service times. A batch is scored by what happens after its
 * end, for at least as long again, and not by the very numbers by which the strategies chose (whoever picks the least of
 * noisy numbers looks best by the same numbers: the winner's curse).
 */
export const BATCH_MS = 2_500;

/** Picks taken together in batches one after the other, with a mark of what was known of the fleet when each ended. */
export class ObservationWindows {
  /** Number of the batch that is open. */
  open = 0;
  /** When it ends, ms; NaN before the first pick. */
  private end = Number.NaN;
  /** That of batch n is at n modulo their number. */
  private readonly marks: readonly PerformanceSnapshot[];

  /** @param kept ends of batches that are remembered. */
  constructor(kept: number) {
    this.marks = Array.from({ length: kept }, () => new PerformanceSnapshot());
  }

  /** Ends the batch if its time is over. @param t ms since the balancer's time 0. */
  advance(t: number, performance: PerformanceStats): void {
    if (Number.isNaN(this.end)) this.end = t + BATCH_MS;
    if (t < this.end) return;
    performance.takeSnapshot(t, this.marks[this.open % this.marks.length]!);
    this.open++;
    this.end = t + BATCH_MS;
  }

  /** What was known when a batch ended; undefined while it is open, or when that is too long ago. */
  snapshotOf(batch: number): PerformanceSnapshot | undefined {
    const { open, marks } = this;
    return batch < open && batch >= open - marks.length ? marks[batch % marks.length] : undefined;
  }
}
