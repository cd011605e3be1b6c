import { LatencyHistogram } from './histogram.ts';

/**
 * The quantile of recent durations: two histograms take turns every half window, and a quantile reads both, so that it
 * covers between half the window and all of it. Time is given with each call.
 */
export class RollingHistogram {
  private readonly halfMs: number;
  private readonly refreshEvery: number;
  private current = new LatencyHistogram();
  private previous = new LatencyHistogram();
  private turnAt = -Infinity;
  private cachedQ = NaN;
  private cached = NaN;
  /** Records until the cached quantile is stale. */
  private fresh = 0;

  /**
   * @param windowMs how far back a quantile looks at most, in ms, > 0.
   * @param refreshEvery a cached quantile serves for this many records (default 64); fewer while the window holds few
   * samples: an eighth of them, so that a first odd sample does not stand for the next 63.
   * @throws RangeError when either is not positive and finite.
   */
  constructor(windowMs: number, refreshEvery = 64) {
    if (!(windowMs > 0 && windowMs < Infinity))
      throw new RangeError(`windowMs must be > 0 and finite, got ${windowMs}`);
    if (!(refreshEvery >= 1 && refreshEvery < Infinity)) {
      throw new RangeError(`refreshEvery must be >= 1 and finite, got ${refreshEvery}`);
    }
    this.halfMs = windowMs / 2;
    this.refreshEvery = refreshEvery;
  }

  /** @param ms a duration as in `LatencyHistogram.record`. @param nowMs the current time in ms. */
  record(ms: number, nowMs: number): void {
    if (nowMs >= this.turnAt) this.turn(nowMs);
    this.current.record(ms);
    this.fresh--;
  }

  /** As `LatencyHistogram.quantile`, over the recent window; NaN when that is empty. */
  quantile(q: number, nowMs: number): number {
    if (nowMs >= this.turnAt) this.turn(nowMs);
    if (this.fresh > 0 && q === this.cachedQ) return this.cached;
    this.cachedQ = q;
    this.cached = LatencyHistogram.quantileOf(q, this.current, this.previous);
    this.fresh = Math.min(this.refreshEvery, 1 + (this.current.count + this.previous.count) / 8);
    return this.cached;
  }

  /** The share of the recent durations that were shorter than `ms`, 0 to 1; NaN when the window is empty. */
  shareBelow(ms: number, nowMs: number): number {
    const n = this.count(nowMs); // it may begin a new window
    return LatencyHistogram.countBelow(ms, this.current, this.previous) / n;
  }

  /** How many samples the window holds. */
  count(nowMs: number): number {
    if (nowMs >= this.turnAt) this.turn(nowMs);
    return this.current.count + this.previous.count;
  }

  reset(): void {
    this.current.reset();
    this.previous.reset();
    this.turnAt = -Infinity;
    this.fresh = 0;
  }

  private turn(nowMs: number): void {
    const oldest = this.previous;
    oldest.reset();
    const due = this.turnAt + this.halfMs;
    if (nowMs >= due) this.current.reset(); // both are too old
    this.previous = this.current;
    this.current = oldest;
    this.turnAt = nowMs >= due ? nowMs + this.halfMs : due; // not from now: a late turn must not keep things longer
    this.fresh = 0;
  }
}
