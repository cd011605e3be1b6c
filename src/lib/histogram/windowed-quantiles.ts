import { BUCKETS, lowerEdge } from './buckets.ts';
import type { LatencyHistogram } from './histogram.ts';

/**
 * Quantiles of what a histogram has recorded lately, for a reader that comes by now and then: the difference of its
 * counts to copies of them that are up to a window old. Recording costs nothing; a reader that has not come for a while
 * gets what has been recorded since it last came.
 */
export class WindowedQuantiles {
  private readonly source: LatencyHistogram;
  private readonly halfMs: number;
  private readonly now = new Float64Array(BUCKETS);
  private older = new Float64Array(BUCKETS);
  private newer = new Float64Array(BUCKETS);
  private turnAt = Number.NEGATIVE_INFINITY;
  private count = 0;

  /** @param windowMs how far back it looks at most; half of it at least. */
  constructor(source: LatencyHistogram, windowMs: number) {
    this.source = source;
    this.halfMs = windowMs / 2;
  }

  /** Looks at the histogram. @param t ms, growing. */
  advance(t: number): void {
    this.source.copyCounts(this.now);
    if (t >= this.turnAt) {
      const first = this.turnAt === Number.NEGATIVE_INFINITY;
      const spare = this.older;
      this.older = this.newer;
      this.newer = spare;
      this.newer.set(this.now);
      this.turnAt = t + this.halfMs;
      // the first look knows no earlier one: everything so far counts as recent
      if (first) this.older.fill(0);
    }
    let count = 0;
    for (let b = 0; b < BUCKETS; b++) count += this.now[b]! - this.older[b]!;
    this.count = count;
  }

  /** Nothing was recorded lately. */
  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** @param q 0 to 1. @returns ms, the middle of a bucket 1/64 wide; 0 when nothing was recorded lately. */
  quantile(q: number): number {
    if (this.count === 0) return 0;
    let rest = Math.max(1, Math.ceil(q * this.count));
    for (let b = 0; b < BUCKETS; b++) {
      rest -= this.now[b]! - this.older[b]!;
      if (rest <= 0) return (lowerEdge(b) + lowerEdge(b + 1)) / 2;
    }
    return 0;
  }
}
