import { growFloats, growInts } from '../lib/typed-arrays.ts';

/**
 * The numbers of one component, three lines of the cache (64 B each): what a pick reads, what each settlement writes, and
 * the rest. Sums that decay are scaled (see ForwardDecay): `fast` ones with 5 s, `slow` ones with 10 s, `long` ones with a
 * minute. Who uses them takes them apart into constants of its own module, which the compiler knows; what is imported it
 * loads and checks each time.
 */
export const COLUMN = {
  /** fast: relative service time of finished executions. */
  SERVICE: 0,
  /**
   * Over running attempts: Σ start/mean and Σ 1/mean, so that their total relative age at t is `t·Σ1/mean - Σstart/mean`,
   * all counted from a reference.
   */
  START: 1,
  RUN_RATE: 2,
  /** What counts and odds make of a component's work (see PerformanceStats.attemptCost), and when it was worked out. */
  QUALITY: 3,
  QUALITY_AT: 4,
  /** Kept with QUALITY: what is remembered, the doubt about it, and how little is known of the last seconds. */
  MEMORY: 5,
  DOUBT: 6,
  STALENESS: 7,
  /** fast: number of finished executions; successes and failures. */
  FINISHED: 8,
  GOOD: 9,
  BAD: 10,
  /** long: relative service time of successful executions, and their number. */
  LONG_SERVICE: 11,
  LONG_FINISHED: 12,
  /** slow: attempts started; the same, each counted with the mean of its workload type. */
  STARTS: 13,
  STARTED_MEANS: 14,
  /** slow: executions finished, and their duration in ms. */
  ENDS: 15,
  RESPONSE: 16,
  /** slow: peak latency, and the weight of the instant when it was last updated. */
  PEAK: 17,
  PEAK_STAMP: 18,
  /** Kept with QUALITY. */
  PER_EXECUTION: 19,
  /** Relative service time of the last few successful executions, however long ago; 0 when there were none. */
  LATEST: 20,
} as const;
/** A row begins at `i << ROW_SHIFT`: as wide as there are columns. */
export const ROW_SHIFT = 5;

const { SERVICE, FINISHED, START, RUN_RATE, QUALITY_AT, GOOD, BAD, STARTS, STARTED_MEANS } = COLUMN;
const { LONG_SERVICE, LONG_FINISHED, ENDS, RESPONSE, PEAK, PEAK_STAMP } = COLUMN;
const SHIFT = ROW_SHIFT;
const WIDTH = 1 << SHIFT;

const FAST: readonly number[] = [SERVICE, FINISHED, GOOD, BAD];
const SLOW: readonly number[] = [STARTS, STARTED_MEANS, ENDS, RESPONSE, PEAK, PEAK_STAMP];
const LONG: readonly number[] = [LONG_SERVICE, LONG_FINISHED];

/** The rows of the performance statistics, in the order of the component table's columns. */
export abstract class PerformanceRows {
  /** Row i begins at i · 2 ** {@link ROW_SHIFT}. */
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

  /** Reads all cache lines of a row. The sum that it returns has no meaning. */
  prefetch(i: number): number {
    const row = i << SHIFT;
    return this.rows[row]! + this.rows[row | STARTS]! + this.rows[row | ENDS]!;
  }

  protected of(i: number, column: number): number {
    return this.rows[(i << SHIFT) | column]!;
  }

  protected rescaleFast(by: number): void {
    this.scale(FAST, by);
  }

  protected rescaleSlow(by: number): void {
    this.scale(SLOW, by);
  }

  protected rescaleLong(by: number): void {
    this.scale(LONG, by);
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
