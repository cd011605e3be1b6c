/** Shorter waits are no congestion, ms (CoDel's target)… */
export const CONGESTION_TARGET_MS = 20;
/** …and it takes this long of nothing but longer ones (CoDel's interval): one stall is no congestion. */
export const CONGESTION_INTERVAL_MS = 100;

/**
 * Whether work of one partition of the queue waits too long, by CoDel's measure (Nichols and Jacobson, "Controlling
 * Queue Delay", ACM Queue 2012): not the longest or the mean wait counts, but whether the *shortest* one of a whole
 * interval was above the target. A burst, or one stall of the event loop, leaves a long queue that is soon worked off: its
 * waits fall below the target within the interval. In a persistent queue (CoDel's "standing queue") they never do.
 *
 * Kept as the minima of the present interval and of the one before, which costs O(1) and no list of waits.
 */
export class CoDel {
  private intervalStart = 0;
  private lastAt = Number.NEGATIVE_INFINITY;
  private least = 0;
  /** Of the interval before; 0 when the queue was empty meanwhile, so that nothing is known against it. */
  private leastBefore = 0;

  /**
   * Notes that a job leaves the queue, to be run or to be dropped.
   * @param waitedMs how long it waited, ms.
   * @param t ms since the ledger's origin.
   */
  record(waitedMs: number, t: number): void {
    const intervalMs = CONGESTION_INTERVAL_MS;
    const gap = t - this.lastAt;
    this.lastAt = t;
    // after a pause everything is forgotten, unless this very job was in the queue all that time
    const wasEmpty = gap > intervalMs && waitedMs < gap;
    if (!wasEmpty && t - this.intervalStart < intervalMs) {
      if (waitedMs < this.least) this.least = waitedMs;
      return;
    }
    this.leastBefore = wasEmpty ? 0 : this.least;
    this.least = waitedMs;
    this.intervalStart = t;
  }

  /**
   * Whether all recent waits were above the target, for an interval at least. When nothing left the queue within the
   * last interval, nothing is known.
   * @param t ms since the ledger's origin.
   */
  congested(t: number): boolean {
    const targetMs = CONGESTION_TARGET_MS;
    return t - this.lastAt <= CONGESTION_INTERVAL_MS && this.leastBefore > targetMs && this.least > targetMs;
  }
}
