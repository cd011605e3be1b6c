import { growFloats } from '../lib/typed-arrays.ts';

/** Starts that are remembered one by one. With more of them in a window, those within a thousandth of it are taken together. */
const MOST_EXACT = 10_000;
const PARTS = 1_000;

/** A limit as it is kept: no stretch of `lengthMs` holds starts of more cost than `limit`. */
export interface RateRule {
  /** Cost that may start within one window, above 0. */
  readonly limit: number;
  /** The window as its owner gave it, ms. */
  readonly perMs: number;
  /** The same with the margin for jitter on the way, ms. */
  readonly lengthMs: number;
  /** The most that may start at once, above 0; `limit` where nothing else was said. */
  readonly burst: number;
}

/**
 * One rate limit: a log of the starts within the last `lengthMs`, oldest first, in a ring. It is exact. (A token bucket alone is
 * not: it lets through up to twice the limit within one window, a whole bucket and what flows in meanwhile.) What is taken
 * together counts as if all of it had started with the last of it, so that the error is on the safe side.
 *
 * Where `burst` is less than the limit there is a bucket beside the log, which holds `burst` and is filled at the limit's rate.
 */
export class RateWindow {
  readonly rule: RateRule;
  /** Cost of the starts in the window, as of the last look. */
  private used = 0;
  private times = new Float64Array(16);
  private costs = new Float64Array(16);
  private head = 0;
  private size = 0;
  /** When the newest entry was begun; it may be moved to a later time. */
  private newestSince = 0;
  /** What the bucket holds, as of `filledAt`. */
  private bucket: number;
  private filledAt = 0;
  private readonly hasBucket: boolean;
  /** Rounding errors of sums of costs. */
  private readonly slack: number;

  constructor(rule: RateRule) {
    this.rule = rule;
    this.bucket = rule.burst;
    this.hasBucket = rule.burst < rule.limit;
    this.slack = 1e-9 * Math.max(1, rule.limit);
  }

  /** Whether so much more may start now. */
  fits(cost: number, t: number): boolean {
    this.expire(t);
    if (this.used + cost > this.rule.limit + this.slack) return false;
    return !this.hasBucket || cost <= this.filled(t) + this.slack;
  }

  /** The first time, `t` or later, at which so much may start if nothing else does; Infinity: never. */
  readyAt(cost: number, t: number): number {
    const { limit, burst, lengthMs } = this.rule;
    if (cost > Math.min(limit, burst) + this.slack) return Number.POSITIVE_INFINITY;
    this.expire(t);
    let at = t;
    let left = this.used + cost - limit - this.slack;
    for (let k = 0; left > 0 && k < this.size; k++) {
      const place = this.placeOf(k);
      left -= this.costs[place]!;
      at = this.times[place]! + lengthMs;
    }
    if (!this.hasBucket) return at;
    const missing = cost - this.filled(t);
    return missing <= 0 ? at : Math.max(at, t + (missing * lengthMs) / limit);
  }

  /** What may start now, 0 and up. */
  tokens(t: number): number {
    this.expire(t);
    const room = Math.max(0, this.rule.limit - this.used);
    return this.hasBucket ? Math.max(0, Math.min(room, this.filled(t))) : room;
  }

  /** Something of that cost starts, whether or not it fits. */
  take(cost: number, t: number): void {
    if (cost <= 0) return;
    this.expire(t);
    this.used += cost;
    if (this.hasBucket) {
      this.bucket = this.filled(t) - cost;
      this.filledAt = t;
    }
    if (this.size > 0 && t - this.newestSince <= this.mergeMs) {
      const newest = this.placeOf(this.size - 1);
      this.costs[newest]! += cost;
      this.times[newest] = Math.max(t, this.times[newest]!);
    } else this.append(cost, t);
  }

  /** What was taken from `from` on has started at `t` only. */
  startedLate(from: number, t: number): void {
    for (let k = this.size - 1; k >= 0; k--) {
      const place = this.placeOf(k);
      const time = this.times[place]!;
      if (time < from) return;
      if (time < t) this.times[place] = t;
    }
  }

  /** Takes over what another window remembers: the limit was changed. */
  adopt(other: RateWindow): void {
    for (let k = 0; k < other.size; k++) {
      const place = other.placeOf(k);
      this.take(other.costs[place]!, other.times[place]!);
    }
  }

  private get mergeMs(): number {
    return this.size < MOST_EXACT ? 0 : this.rule.lengthMs / PARTS;
  }

  private append(cost: number, t: number): void {
    if (this.size === this.times.length) this.grow();
    const place = this.placeOf(this.size++);
    this.costs[place] = cost;
    this.times[place] = t;
    this.newestSince = t;
  }

  private expire(t: number): void {
    const { lengthMs } = this.rule;
    while (this.size > 0 && this.times[this.head]! + lengthMs <= t) {
      this.used -= this.costs[this.head]!;
      this.head = this.placeOf(1);
      this.size--;
    }
    if (this.size === 0) this.used = 0;
  }

  /** What the bucket holds now. */
  private filled(t: number): number {
    const { burst, limit, lengthMs } = this.rule;
    return Math.min(burst, this.bucket + ((t - this.filledAt) * limit) / lengthMs);
  }

  private placeOf(k: number): number {
    return (this.head + k) & (this.times.length - 1);
  }

  private grow(): void {
    const { length } = this.times;
    this.times = unrolled(this.times, this.head);
    this.costs = unrolled(this.costs, this.head);
    this.head = 0;
    this.times = growFloats(this.times, 2 * length);
    this.costs = growFloats(this.costs, 2 * length);
  }
}

/** A full ring from its head on. */
function unrolled(ring: Float64Array<ArrayBuffer>, head: number): Float64Array<ArrayBuffer> {
  const line = new Float64Array(ring.length);
  line.set(ring.subarray(head));
  line.set(ring.subarray(0, head), ring.length - head);
  return line;
}
