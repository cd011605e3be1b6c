/**
 * For how long all work of some kind has waited longer than a target, one piece after the other: a burst is worked off and
 * its waits become short again, those of a fleet that is offered more than it can do never do.
 */
export class LastingDelay {
  /** When the first of an unbroken row of long waits ended; NaN: the last was short. */
  private since = Number.NaN;
  private lastAt = Number.NEGATIVE_INFINITY;

  /**
   * Notes that a piece leaves the queue, to be run or to be dropped.
   * @param waitedMs how long it waited, ms.
   * @param t ms since the ledger's origin.
   * @param targetMs `shedding.targetMs`.
   */
  record(waitedMs: number, t: number, targetMs: number): void {
    // it came after the one before had left: the queue was empty in between, and an empty queue is a wait of 0
    const wasEmpty = t - waitedMs > this.lastAt;
    this.lastAt = t;
    if (waitedMs <= targetMs) this.since = Number.NaN;
    else if (wasEmpty || Number.isNaN(this.since)) this.since = t;
  }

  /** Whether it has lasted. @param intervalMs `shedding.intervalMs`. */
  lasts(t: number, intervalMs: number): boolean {
    return t - this.since >= intervalMs;
  }
}
