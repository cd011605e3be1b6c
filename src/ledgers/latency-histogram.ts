/**
 * Durations in a log-linear histogram, after HdrHistogram (Tene): each octave is cut into 64 equal buckets, so that any
 * quantile is off by at most 1/64 (1.6 %) of its value. The bucket is read off the bits of the double (exponent and the
 * top six bits of the mantissa are its number), which needs no logarithm and, unlike integer microseconds and `clz32`,
 * does not end at 2^32 µs (71 minutes).
 */

const SUB_BITS = 6;
/** The lowest bucket begins at 2^−10 ms (0.98 µs) and takes what is shorter; the last one ends at 2^27 ms (37 hours). */
const MIN_EXPONENT = -10;
const MAX_EXPONENT = 27;
/** How many buckets there are. */
export const BUCKETS = (MAX_EXPONENT - MIN_EXPONENT) << SUB_BITS;
const FIRST = (MIN_EXPONENT + 1023) << SUB_BITS;
const MAX_MS = 24 * 60 * 60 * 1000;

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
float[0] = 1;
const HIGH = words[1] === 0 ? 0 : 1; // the word with the exponent, on either byte order

function bucketOf(ms: number): number {
  float[0] = ms;
  return Math.max(0, ((words[HIGH] as number) >>> (20 - SUB_BITS)) - FIRST);
}

/** Where a bucket begins, ms. */
export function lowerEdge(bucket: number): number {
  if (bucket === 0) return 0;
  return 2 ** (MIN_EXPONENT + (bucket >> SUB_BITS)) * (1 + (bucket & 63) / 64);
}

/** What `toJSON` gives; `null` where nothing was recorded. */
export interface HistogramSummary {
  readonly count: number;
  readonly clamped: number;
  readonly minMs: number | null;
  readonly meanMs: number | null;
  readonly maxMs: number | null;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
  readonly p999Ms: number | null;
}

/** 19 kB each. Counts are doubles: a 32-bit count of one bucket would be full after some hours at full load. */
export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #clamped = 0;
  #sum = 0;
  #min = Infinity;
  #max = -Infinity;

  /** How many durations were recorded. */
  get count(): number {
    return this.#count;
  }

  /** How many of them were out of range and counted as its nearest end: negative, NaN (as 0), over 24 hours. */
  get clamped(): number {
    return this.#clamped;
  }

  /** Shortest duration in ms, exact; NaN when empty, like the other figures. */
  get min(): number {
    return this.#count === 0 ? NaN : this.#min;
  }

  /** Longest duration in ms, exact. */
  get max(): number {
    return this.#count === 0 ? NaN : this.#max;
  }

  /** Mean in ms, from the exact sum. */
  get mean(): number {
    return this.#sum / this.#count;
  }

  /** @param ms a duration in ms, 0 to 24 hours; others are clamped and counted, never refused. */
  record(ms: number): void {
    const value = ms >= 0 && ms <= MAX_MS ? ms : this.#clamp(ms);
    const bucket = bucketOf(value);
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#count++;
    this.#sum += value;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  /**
   * The duration in ms that the share `q` of the recorded ones does not exceed: nearest rank ⌈q·count⌉, interpolated
   * within its bucket, hence within 1/64 of the true order statistic (below 1 µs: within 1 µs). `q` ≤ 0 gives `min`,
   * `q` ≥ 1 `max`, both exact; NaN when empty. Costs up to some µs: it scans the buckets between min and max.
   */
  quantile(q: number): number {
    return LatencyHistogram.quantileOf(q, this, undefined);
  }

  /** The quantile of two histograms taken together, without merging them. */
  static quantileOf(q: number, a: LatencyHistogram, b: LatencyHistogram | undefined): number {
    const total = a.#count + (b === undefined ? 0 : b.#count);
    const min = b === undefined ? a.#min : Math.min(a.#min, b.#min);
    const max = b === undefined ? a.#max : Math.max(a.#max, b.#max);
    if (total === 0 || Number.isNaN(q)) return NaN;
    if (q <= 0) return min;
    if (q >= 1) return max;
    const rank = Math.max(1, Math.ceil(q * total));
    let bucket = bucketOf(min);
    let below = 0;
    let here = a.#countIn(bucket, b);
    while (below + here < rank) {
      below += here;
      here = a.#countIn(++bucket, b);
    }
    const low = lowerEdge(bucket);
    const value = low + ((lowerEdge(bucket + 1) - low) * (rank - below - 0.5)) / here;
    return Math.min(Math.max(value, min), max);
  }

  /** Adds what the other one has recorded. */
  merge(other: LatencyHistogram): void {
    if (other.#count === 0) return;
    const last = bucketOf(other.#max);
    for (let bucket = bucketOf(other.#min); bucket <= last; bucket++) {
      this.#counts[bucket] = (this.#counts[bucket] as number) + (other.#counts[bucket] as number);
    }
    this.#count += other.#count;
    this.#clamped += other.#clamped;
    this.#sum += other.#sum;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  /** Forgets everything; costs no more than the buckets between min and max. */
  reset(): void {
    if (this.#count > 0) this.#counts.fill(0, bucketOf(this.#min), bucketOf(this.#max) + 1);
    this.#count = 0;
    this.#clamped = 0;
    this.#sum = 0;
    this.#min = Infinity;
    this.#max = -Infinity;
  }

  toJSON(): HistogramSummary {
    return {
      count: this.#count,
      clamped: this.#clamped,
      minMs: this.#orNull(this.min),
      meanMs: this.#orNull(this.mean),
      maxMs: this.#orNull(this.max),
      p50Ms: this.#orNull(this.quantile(0.5)),
      p90Ms: this.#orNull(this.quantile(0.9)),
      p99Ms: this.#orNull(this.quantile(0.99)),
      p999Ms: this.#orNull(this.quantile(0.999)),
    };
  }

  /** Copies the counts of all buckets. */
  copyCounts(into: Float64Array): void {
    into.set(this.#counts);
  }

  #countIn(bucket: number, other: LatencyHistogram | undefined): number {
    const own = this.#counts[bucket] as number;
    return other === undefined ? own : own + (other.#counts[bucket] as number);
  }

  #orNull(value: number): number | null {
    return this.#count === 0 ? null : value;
  }

  #clamp(ms: number): number {
    this.#clamped++;
    return ms > MAX_MS ? MAX_MS : 0;
  }
}

/**
 * The quantile of recent durations: two histograms take turns every half window, and a quantile reads both, so that it
 * covers between half the window and all of it. Time is given with each call.
 */
export class RollingHistogram {
  readonly #halfMs: number;
  readonly #refreshEvery: number;
  #current = new LatencyHistogram();
  #previous = new LatencyHistogram();
  #turnAt = -Infinity;
  #cachedQ = NaN;
  #cached = NaN;
  /** Records until the cached quantile is stale. */
  #fresh = 0;

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
    this.#halfMs = windowMs / 2;
    this.#refreshEvery = refreshEvery;
  }

  /** @param ms a duration as in `LatencyHistogram.record`. @param nowMs the current time in ms. */
  record(ms: number, nowMs: number): void {
    if (nowMs >= this.#turnAt) this.#turn(nowMs);
    this.#current.record(ms);
    this.#fresh--;
  }

  /** As `LatencyHistogram.quantile`, over the recent window; NaN when that is empty. */
  quantile(q: number, nowMs: number): number {
    if (nowMs >= this.#turnAt) this.#turn(nowMs);
    if (this.#fresh > 0 && q === this.#cachedQ) return this.#cached;
    this.#cachedQ = q;
    this.#cached = LatencyHistogram.quantileOf(q, this.#current, this.#previous);
    this.#fresh = Math.min(this.#refreshEvery, 1 + (this.#current.count + this.#previous.count) / 8);
    return this.#cached;
  }

  /** How many samples the window holds. */
  count(nowMs: number): number {
    if (nowMs >= this.#turnAt) this.#turn(nowMs);
    return this.#current.count + this.#previous.count;
  }

  reset(): void {
    this.#current.reset();
    this.#previous.reset();
    this.#turnAt = -Infinity;
    this.#fresh = 0;
  }

  #turn(nowMs: number): void {
    const oldest = this.#previous;
    oldest.reset();
    const due = this.#turnAt + this.#halfMs;
    if (nowMs >= due) this.#current.reset(); // both are too old
    this.#previous = this.#current;
    this.#current = oldest;
    this.#turnAt = nowMs >= due ? nowMs + this.#halfMs : due; // not from now: a late turn must not keep things longer
    this.#fresh = 0;
  }
}
