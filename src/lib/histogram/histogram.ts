import { bucketOf, lowerEdge, PAGES, PER_PAGE, pageOf, placeInPage } from './buckets.ts';
import { CounterPool } from './counter-pool.ts';
import type { HistogramSummary } from './histogram-summary.ts';

const MAX_MS = 24 * 60 * 60 * 1000;

/** Place of a page that has no counters yet. */
const NONE = -1;
const NO_BLOCK: Uint32Array = new Uint32Array(0);
/** What one counter holds; the rest is carried. */
const MOST = 2 ** 32 - 1;

/** Numbers beside the counters (a line of the cache): of the durations, and from {@link SPARE} on of who extends it. */
export const ROW = 8;
const LEAST = 1;
const GREATEST = 2;
const COUNT = 3;
export const SPARE = 4;

/**
 * Pages get their counters (1 kB) when they are first needed: each component has a histogram, and its durations lie in a
 * few of them. The last two are remembered, as the next duration lies in one of them as a rule. With thousands of
 * components each step from object to object on the way to a counter is a line that is in no cache.
 */
export class LatencyHistogram {
  // what every duration needs comes first
  private page = NONE;
  protected block = NO_BLOCK;
  protected offset = 0;
  protected readonly row: Float64Array;
  protected readonly from: number;
  private earlierPage = NONE;
  private earlierBlock = NO_BLOCK;
  private earlierOffset = 0;
  private outOfRange = 0;
  private readonly pool: CounterPool;
  /** By page. */
  private readonly places: number[] = new Array<number>(PAGES).fill(NONE);
  /** What counters could not hold, by bucket. */
  private carried: Map<number, number> | undefined = undefined;

  /**
   * @param rows where its numbers are: those of thousands of histograms lie side by side.
   * @param from where they begin.
   * @param pool where its counters come from.
   */
  constructor(rows: Float64Array = new Float64Array(ROW), from = 0, pool = new CounterPool()) {
    this.row = rows;
    this.from = from;
    this.pool = pool;
    this.clearSums();
  }

  /** How many durations were recorded. */
  get count(): number {
    return this.row[this.from + COUNT]!;
  }

  /** How many of them were out of range and counted as its nearest end: negative, NaN (as 0), over 24 hours. */
  get clamped(): number {
    return this.outOfRange;
  }

  /** Shortest duration in ms, exact; NaN when empty, like the other figures. */
  get min(): number {
    return this.count === 0 ? NaN : this.row[this.from + LEAST]!;
  }

  /** Longest duration in ms, exact. */
  get max(): number {
    return this.count === 0 ? NaN : this.row[this.from + GREATEST]!;
  }

  /** Mean in ms, from the exact sum. */
  get mean(): number {
    return this.row[this.from]! / this.count;
  }

  /** @param ms a duration in ms, 0 to 24 hours; others are clamped and counted, never refused. */
  record(ms: number): void {
    const value = ms >= 0 && ms <= MAX_MS ? ms : this.clamp(ms);
    const bucket = bucketOf(value);
    if (pageOf(bucket) !== this.page) this.turnTo(pageOf(bucket));
    if (++this.block[this.offset + placeInPage(bucket)]! > MOST) this.carry(bucket, MOST + 1);
    const { row, from } = this;
    row[from]! += value;
    row[from + COUNT]!++;
    if (value < row[from + LEAST]!) row[from + LEAST] = value;
    if (value > row[from + GREATEST]!) row[from + GREATEST] = value;
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
    const total = a.count + (b === undefined ? 0 : b.count);
    const min = b === undefined ? a.least : Math.min(a.least, b.least);
    const max = b === undefined ? a.greatest : Math.max(a.greatest, b.greatest);
    if (total === 0 || Number.isNaN(q)) return NaN;
    if (q <= 0) return min;
    if (q >= 1) return max;
    const rank = Math.max(1, Math.ceil(q * total));
    let bucket = bucketOf(min);
    let below = 0;
    let here = a.countIn(bucket, b);
    while (below + here < rank) {
      below += here;
      here = a.countIn(++bucket, b);
    }
    const low = lowerEdge(bucket);
    const value = low + ((lowerEdge(bucket + 1) - low) * (rank - below - 0.5)) / here;
    return Math.min(Math.max(value, min), max);
  }

  /** How many of the durations of two histograms were shorter than `ms`, by at least a bucket. */
  static countBelow(ms: number, a: LatencyHistogram, b: LatencyHistogram): number {
    if (a.count + b.count === 0) return 0;
    const last = Math.min(bucketOf(ms) - 1, bucketOf(Math.max(a.greatest, b.greatest)));
    let n = 0;
    for (let bucket = bucketOf(Math.min(a.least, b.least)); bucket <= last; bucket++) n += a.countIn(bucket, b);
    return n;
  }

  /** Adds what the other one has recorded. */
  merge(other: LatencyHistogram): void {
    if (other.count === 0) return;
    for (let bucket = bucketOf(other.least); bucket <= bucketOf(other.greatest); bucket++)
      this.add(bucket, other.at(bucket));
    this.row[this.from + COUNT]! += other.count;
    this.outOfRange += other.outOfRange;
    this.row[this.from]! += other.row[other.from]!;
    this.row[this.from + LEAST] = Math.min(this.least, other.least);
    this.row[this.from + GREATEST] = Math.max(this.greatest, other.greatest);
  }

  /** Forgets everything; costs no more than the pages between min and max. */
  reset(): void {
    if (this.count > 0) {
      const last = pageOf(bucketOf(this.greatest));
      for (let page = pageOf(bucketOf(this.least)); page <= last; page++) {
        if (this.places[page] === NONE) continue;
        this.turnTo(page);
        this.block.fill(0, this.offset, this.offset + PER_PAGE);
      }
    }
    this.carried = undefined;
    this.outOfRange = 0;
    this.clearSums();
  }

  toJSON(): HistogramSummary {
    return {
      count: this.count,
      clamped: this.clamped,
      minMs: this.orNull(this.min),
      meanMs: this.orNull(this.mean),
      maxMs: this.orNull(this.max),
      p50Ms: this.orNull(this.quantile(0.5)),
      p90Ms: this.orNull(this.quantile(0.9)),
      p99Ms: this.orNull(this.quantile(0.99)),
      p999Ms: this.orNull(this.quantile(0.999)),
    };
  }

  /** Copies the counts of all buckets. */
  copyCounts(into: Float64Array): void {
    into.fill(0);
    if (this.count === 0) return;
    for (let bucket = bucketOf(this.least); bucket <= bucketOf(this.greatest); bucket++) into[bucket] = this.at(bucket);
  }

  /** Infinity when empty. */
  private get least(): number {
    return this.row[this.from + LEAST]!;
  }

  /** -Infinity when empty. */
  private get greatest(): number {
    return this.row[this.from + GREATEST]!;
  }

  private clearSums(): void {
    this.row[this.from] = 0;
    this.row[this.from + COUNT] = 0;
    this.row[this.from + LEAST] = Infinity;
    this.row[this.from + GREATEST] = -Infinity;
  }

  private turnTo(page: number): void {
    const [wasPage, wasBlock, wasOffset] = [this.earlierPage, this.earlierBlock, this.earlierOffset];
    this.earlierPage = this.page;
    this.earlierBlock = this.block;
    this.earlierOffset = this.offset;
    this.page = page;
    if (page === wasPage) {
      this.block = wasBlock;
      this.offset = wasOffset;
      return;
    }
    if (this.places[page] === NONE) this.places[page] = this.pool.acquire();
    this.block = this.pool.blockOf(this.places[page]!);
    this.offset = this.pool.offsetOf(this.places[page]!);
  }

  private add(bucket: number, count: number): void {
    if (count === 0) return;
    this.turnTo(pageOf(bucket));
    const at = this.offset + placeInPage(bucket);
    const sum = this.block[at]! + count;
    this.block[at] = sum; // modulo 2^32
    if (sum > MOST) this.carry(bucket, sum - this.block[at]!);
  }

  private carry(bucket: number, count: number): void {
    this.carried ??= new Map();
    this.carried.set(bucket, (this.carried.get(bucket) ?? 0) + count);
  }

  private at(bucket: number): number {
    const place = this.places[pageOf(bucket)]!;
    if (place === NONE) return 0;
    const count = this.pool.blockOf(place)[this.pool.offsetOf(place) + placeInPage(bucket)]!;
    return this.carried === undefined ? count : count + (this.carried.get(bucket) ?? 0);
  }

  private countIn(bucket: number, other: LatencyHistogram | undefined): number {
    return other === undefined ? this.at(bucket) : this.at(bucket) + other.at(bucket);
  }

  private orNull(value: number): number | null {
    return this.count === 0 ? null : value;
  }

  private clamp(ms: number): number {
    this.outOfRange++;
    return ms > MAX_MS ? MAX_MS : 0;
  }
}
