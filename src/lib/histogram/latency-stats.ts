import type { LatencySummary } from '../../domain/metrics.ts';
import { bucketOf, placeInPage } from './buckets.ts';
import { CounterPool } from './counter-pool.ts';
import { LatencyHistogram, ROW, SPARE } from './histogram.ts';

const AVERAGE = SPARE;
const UPDATED = SPARE + 1;
const BUSY = SPARE + 2;
const USEFUL = SPARE + 3;
/** Tracks of one array: 32 kB. */
const ROWS = 512;
/** 1 MB, of which the operating system allots what is used: blocks are few, so that what is needed to find them stays in the cache. */
const PAGES_PER_BLOCK = 1_024;

/** Time constant of the moving average, ms. */
const TAU_MS = 10_000;

/** Durations since the start with a moving average of 10 s, and the time spent on them. */
export class LatencyStats extends LatencyHistogram {
  constructor(rows?: Float64Array, from?: number, pool?: CounterPool) {
    super(rows, from, pool);
    this.forget();
  }

  recordAt(ms: number, t: number): void {
    this.record(ms);
    // implicit Euler step of a first-order low-pass: no exponential, stable for every gap; the first sample counts whole
    const { row, from } = this;
    const gap = t - row[from + UPDATED]!;
    // all that settles in one tick has the same time
    if (!(gap > 0)) return;
    row[from + AVERAGE]! += (ms - row[from + AVERAGE]!) * (gap < Number.POSITIVE_INFINITY ? gap / (TAU_MS + gap) : 1);
    row[from + UPDATED] = t;
  }

  /** Reads what `recordAt` would change; what comes of it means nothing. */
  prefetch(ms: number): number {
    const at = this.offset + placeInPage(bucketOf(ms));
    return this.row[this.from]! + (at < this.block.length ? this.block[at]! : 0);
  }

  /** Time that a slot was taken for an attempt, ms. Beside the latencies, whose row is touched anyway. */
  addBusy(ms: number): void {
    this.row[this.from + BUSY]! += ms;
  }

  /** The part of it whose result was used, ms. */
  addUseful(ms: number): void {
    this.row[this.from + USEFUL]! += ms;
  }

  /** Share of the time spent whose results were used; 1 while none was spent. */
  get efficiency(): number {
    const busy = this.row[this.from + BUSY]!;
    return busy > 0 ? this.row[this.from + USEFUL]! / busy : 1;
  }

  /** As if nothing had been recorded. */
  override reset(): void {
    super.reset();
    this.forget();
  }

  private forget(): void {
    this.row[this.from + AVERAGE] = 0;
    this.row[this.from + UPDATED] = Number.NEGATIVE_INFINITY;
    this.row[this.from + BUSY] = 0;
    this.row[this.from + USEFUL] = 0;
  }

  summary(): LatencySummary {
    if (this.count === 0) {
      return { count: 0, minMs: 0, maxMs: 0, meanMs: 0, ewmaMs: 0, p50Ms: 0, p90Ms: 0, p99Ms: 0, p999Ms: 0 };
    }
    return {
      count: this.count,
      minMs: this.min,
      maxMs: this.max,
      meanMs: this.mean,
      ewmaMs: this.row[this.from + AVERAGE]!,
      p50Ms: this.quantile(0.5),
      p90Ms: this.quantile(0.9),
      p99Ms: this.quantile(0.99),
      p999Ms: this.quantile(0.999),
    };
  }
}

/** The tracks of a fleet, their rows side by side; those of components that have left are used again. */
export class LatencyStatsPool {
  private rows = new Float64Array(0);
  private next = 0;
  private readonly vacant: LatencyStats[] = [];
  private readonly pool = new CounterPool(PAGES_PER_BLOCK);

  acquire(): LatencyStats {
    const vacant = this.vacant.pop();
    if (vacant !== undefined) return vacant;
    if (this.next === this.rows.length) {
      this.rows = new Float64Array(ROWS * ROW);
      this.next = 0;
    }
    this.next += ROW;
    return new LatencyStats(this.rows, this.next - ROW, this.pool);
  }

  release(track: LatencyStats): void {
    track.reset();
    this.vacant.push(track);
  }
}
