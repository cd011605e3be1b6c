import type { LatencySummary } from '../domain/metrics.ts';
import { LatencyHistogram, SUMS } from './latency-histogram.ts';
import { CounterPool } from './counter-pool.ts';

const AVERAGE = SUMS;
const UPDATED = SUMS + 1;
const BUSY = SUMS + 2;
const USEFUL = SUMS + 3;
/** Numbers of one track: with the histogram's a line of the cache (64 B). */
const WIDTH = 8;
/** Tracks of one array. */
const ROWS = 512;
/** 64 kB. */
const PAGES_PER_BLOCK = 64;

/** Time constant of the moving average, ms. */
const TAU_MS = 10_000;

/** Durations since the start with a moving average of 10 s, and the time spent on them. */
export class LatencyTrack {
  readonly histogram: LatencyHistogram;
  private readonly numbers: Float64Array;
  private readonly from: number;

  /**
   * @param numbers where its numbers are kept, {@link WIDTH} of them: those of many tracks side by side.
   * @param from where they begin.
   * @param pool where its counters come from.
   */
  constructor(numbers = new Float64Array(WIDTH), from = 0, pool = new CounterPool()) {
    this.histogram = new LatencyHistogram(numbers, from, pool);
    this.numbers = numbers;
    this.from = from;
    this.forget();
  }

  record(ms: number, t: number): void {
    this.histogram.record(ms);
    // implicit Euler step of a first-order low-pass: no exponential, stable for every gap; the first sample counts whole
    const { numbers, from } = this;
    const gap = (t - numbers[from + UPDATED]!) / TAU_MS;
    const before = numbers[from + AVERAGE]!;
    numbers[from + AVERAGE] = before + (ms - before) * (gap === Number.POSITIVE_INFINITY ? 1 : gap / (1 + gap));
    numbers[from + UPDATED] = t;
  }

  /** Time that a slot was taken for an attempt, ms. Beside the latencies, since their line of the cache is touched anyway. */
  addBusy(ms: number): void {
    this.numbers[this.from + BUSY]! += ms;
  }

  /** The part of it whose result was used, ms. */
  addUseful(ms: number): void {
    this.numbers[this.from + USEFUL]! += ms;
  }

  /** Share of the time spent whose results were used; 1 while none was spent. */
  get efficiency(): number {
    const busy = this.numbers[this.from + BUSY]!;
    return busy > 0 ? this.numbers[this.from + USEFUL]! / busy : 1;
  }

  /** As if nothing had been recorded. */
  reset(): void {
    this.histogram.reset();
    this.forget();
  }

  private forget(): void {
    this.numbers[this.from + AVERAGE] = 0;
    this.numbers[this.from + UPDATED] = Number.NEGATIVE_INFINITY;
    this.numbers[this.from + BUSY] = 0;
    this.numbers[this.from + USEFUL] = 0;
  }

  summary(): LatencySummary {
    const h = this.histogram;
    if (h.count === 0) {
      return { count: 0, minMs: 0, maxMs: 0, meanMs: 0, ewmaMs: 0, p50Ms: 0, p90Ms: 0, p99Ms: 0, p999Ms: 0 };
    }
    return {
      count: h.count,
      minMs: h.min,
      maxMs: h.max,
      meanMs: h.mean,
      ewmaMs: this.numbers[this.from + AVERAGE]!,
      p50Ms: h.quantile(0.5),
      p90Ms: h.quantile(0.9),
      p99Ms: h.quantile(0.99),
      p999Ms: h.quantile(0.999),
    };
  }
}

/** The tracks of a fleet, their numbers side by side; those of components that have left are used again. */
export class LatencyTracks {
  private numbers = new Float64Array(0);
  private next = 0;
  private readonly vacant: LatencyTrack[] = [];
  private readonly pool = new CounterPool(PAGES_PER_BLOCK);

  acquire(): LatencyTrack {
    const vacant = this.vacant.pop();
    if (vacant !== undefined) return vacant;
    if (this.next === this.numbers.length) {
      this.numbers = new Float64Array(ROWS * WIDTH);
      this.next = 0;
    }
    this.next += WIDTH;
    return new LatencyTrack(this.numbers, this.next - WIDTH, this.pool);
  }

  release(track: LatencyTrack): void {
    track.reset();
    this.vacant.push(track);
  }
}
