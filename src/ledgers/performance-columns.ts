import { growFloats, growInts } from './columns.ts';

/*
 * The numbers of one component, two lines of the cache (64 B each): what a pick reads, and the rest. Sums that decay are
 * scaled (see ForwardDecay): `fast` ones with 5 s, `slow` ones with 10 s.
 */
/** fast: relative service time and number of finished executions. */
export const SERVICE = 0;
export const FINISHED = 1;
/**
 * Over running attempts: Σ start/mean and Σ 1/mean, so that their total relative age at t is `t·Σ1/mean - Σstart/mean`, all
 * counted from a reference.
 */
export const START = 2;
export const RUN_RATE = 3;
/** What counts and odds make of a component's work (see PerformanceLedger.attemptCost), and when it was worked out. */
export const QUALITY = 4;
export const QUALITY_AT = 5;
/** fast: successes and failures. */
export const GOOD = 6;
export const BAD = 7;
/** slow: attempts started; the same, each counted with the mean of its workload type. */
export const STARTS = 8;
export const STARTED_MEANS = 9;
/** slow: executions finished, and their duration in ms. */
export const ENDS = 10;
export const RESPONSE = 11;
/** slow: peak latency, and the weight of the instant when it was last updated. */
export const PEAK = 12;
export const PEAK_STAMP = 13;
/** A count without end: 32 bits would be full after some hours at full load. */
export const STARTED_EVER = 14;
/** Kept with QUALITY. */
export const PER_EXECUTION = 15;
/** Numbers of a component: a power of two, so that a row begins at `i << SHIFT`. */
export const SHIFT = 4;
export const WIDTH = 1 << SHIFT;

const FAST: readonly number[] = [SERVICE, FINISHED, GOOD, BAD];
const SLOW: readonly number[] = [STARTS, STARTED_MEANS, ENDS, RESPONSE, PEAK, PEAK_STAMP];

/** The rows of the performance ledger, in the order of the component ledger's columns. */
export abstract class PerformanceColumns {
  /** Row i begins at i · {@link WIDTH}. */
  protected rows = new Float64Array(8 * WIDTH);
  protected running = new Int32Array(8);
  /** Failures in a row. */
  consecutive = new Int32Array(8);

  /** Forgets everything about a component: it is new, or has been replaced. */
  reset(i: number): void {
    while (i >= this.running.length) this.grow();
    const row = i * WIDTH;
    this.rows.fill(0, row, row + WIDTH);
    this.rows[row + QUALITY_AT] = Number.NEGATIVE_INFINITY;
    this.running[i] = 0;
    this.consecutive[i] = 0;
  }

  protected of(i: number, column: number): number {
    return this.rows[i * WIDTH + column]!;
  }

  protected rescaleFast(by: number): void {
    this.scale(FAST, by);
  }

  protected rescaleSlow(by: number): void {
    this.scale(SLOW, by);
  }

  protected moveReference(byMs: number): void {
    const { rows } = this;
    for (let row = 0; row < rows.length; row += WIDTH) rows[row + START]! -= rows[row + RUN_RATE]! * byMs;
  }

  private scale(columns: readonly number[], by: number): void {
    const { rows } = this;
    for (let row = 0; row < rows.length; row += WIDTH) for (const column of columns) rows[row + column]! *= by;
  }

  private grow(): void {
    const size = this.running.length * 2;
    this.rows = growFloats(this.rows, size * WIDTH);
    this.running = growInts(this.running, size);
    this.consecutive = growInts(this.consecutive, size);
  }
}
