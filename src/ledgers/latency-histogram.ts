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

/** The counts of one octave. Plain arrays: a typed one of this size costs ten times as much to make. */
type Octave = number[];
const PER_OCTAVE = 1 << SUB_BITS;
const OCTAVES = MAX_EXPONENT - MIN_EXPONENT;
const newOctave = (): Octave => new Array<number>(PER_OCTAVE).fill(0);
/** Stands for every octave that has no counts; never written to. */
const EMPTY: Octave = newOctave();

/** Numbers beside the counts: sum, least, greatest. */
export const SUMS = 3;
const LEAST = 1;
const GREATEST = 2;

/**
 * Octaves get their counters (0.5 kB) when they are first needed: each component has a histogram, and its durations lie
 * in a few of them.
 */
export class LatencyHistogram {
  readonly #octaves: Octave[] = new Array<Octave>(OCTAVES).fill(EMPTY);
  readonly #sums: Float64Array;
  readonly #from: number;
  #count = 0;
  #clamped = 0;

  /**
   * @param sums where sum, least and greatest are kept, side by side: thousands of histograms that share an array touch
   * one line of the cache each, not three boxed numbers.
   * @param from where they begin in it.
   */
  constructor(sums = new Float64Array(SUMS), from = 0) {
    this.#sums = sums;
    this.#from = from;
    this.#clearSums();
  }

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
    return this.#count === 0 ? NaN : this.#sums[this.#from + LEAST]!;
  }

  /** Longest duration in ms, exact. */
  get max(): number {
    return this.#count === 0 ? NaN : this.#sums[this.#from + GREATEST]!;
  }

  /** Mean in ms, from the exact sum. */
  get mean(): number {
    return this.#sums[this.#from]! / this.#count;
  }

  /** @param ms a duration in ms, 0 to 24 hours; others are clamped and counted, never refused. */
  record(ms: number): void {
    const value = ms >= 0 && ms <= MAX_MS ? ms : this.#clamp(ms);
    const bucket = bucketOf(value);
    let octave = this.#octaves[bucket >> SUB_BITS]!;
    if (octave === EMPTY) octave = this.#open(bucket >> SUB_BITS);
    octave[bucket & (PER_OCTAVE - 1)]!++;
    this.#count++;
    const sums = this.#sums;
    const at = this.#from;
    sums[at]! += value;
    if (value < sums[at + LEAST]!) sums[at + LEAST] = value;
    if (value > sums[at + GREATEST]!) sums[at + GREATEST] = value;
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
    const min = b === undefined ? a.#least : Math.min(a.#least, b.#least);
    const max = b === undefined ? a.#greatest : Math.max(a.#greatest, b.#greatest);
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
    for (let k = 0; k < OCTAVES; k++) {
      const theirs = other.#octaves[k]!;
      if (theirs === EMPTY) continue;
      const own = this.#octaves[k] === EMPTY ? this.#open(k) : this.#octaves[k]!;
      for (let j = 0; j < PER_OCTAVE; j++) own[j]! += theirs[j]!;
    }
    this.#count += other.#count;
    this.#clamped += other.#clamped;
    this.#sums[this.#from]! += other.#sums[other.#from]!;
    this.#sums[this.#from + LEAST] = Math.min(this.#least, other.#least);
    this.#sums[this.#from + GREATEST] = Math.max(this.#greatest, other.#greatest);
  }

  /** Forgets everything; costs no more than the octaves between min and max. */
  reset(): void {
    if (this.#count > 0) {
      const last = bucketOf(this.#greatest) >> SUB_BITS;
      for (let k = bucketOf(this.#least) >> SUB_BITS; k <= last; k++) {
        if (this.#octaves[k] !== EMPTY) this.#octaves[k]!.fill(0);
      }
    }
    this.#count = 0;
    this.#clamped = 0;
    this.#clearSums();
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
    for (let k = 0; k < OCTAVES; k++) into.set(this.#octaves[k]!, k << SUB_BITS);
  }

  /** Infinity when empty. */
  get #least(): number {
    return this.#sums[this.#from + LEAST]!;
  }

  /** -Infinity when empty. */
  get #greatest(): number {
    return this.#sums[this.#from + GREATEST]!;
  }

  #clearSums(): void {
    this.#sums[this.#from] = 0;
    this.#sums[this.#from + LEAST] = Infinity;
    this.#sums[this.#from + GREATEST] = -Infinity;
  }

  #open(k: number): Octave {
    const octave = newOctave();
    this.#octaves[k] = octave;
    return octave;
  }

  #at(bucket: number): number {
    return this.#octaves[bucket >> SUB_BITS]![bucket & (PER_OCTAVE - 1)]!;
  }

  #countIn(bucket: number, other: LatencyHistogram | undefined): number {
    return other === undefined ? this.#at(bucket) : this.#at(bucket) + other.#at(bucket);
  }

  #orNull(value: number): number | null {
    return this.#count === 0 ? null : value;
  }

  #clamp(ms: number): number {
    this.#clamped++;
    return ms > MAX_MS ? MAX_MS : 0;
  }
}
