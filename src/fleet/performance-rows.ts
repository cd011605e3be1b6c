import { growFloats, growInts } from '../lib/typed-arrays.ts';

/**
 * The numbers of one component, two lines of the cache (64 B each): what a pick reads, and the rest. Sums that decay are
 * scaled (see ForwardDecay): `fast` ones with 5 s, `slow` ones with 10 s. Who uses them takes them apart into constants of
 * its own module, which the compiler knows; what is imported it loads and checks each time.
 */
export const COLUMN = {
  /** fast: relative service time and number of finished executions. */
  SERVICE: 0,
  FINISHED: 1,
  /**
   * Over running attempts: Σ start/mean and Σ 1/mean, so that their total relative age at t is `t·Σ1/mean - Σstart/mean`,
   * all counted from a reference.
   */
  START: 2,
  RUN_RATE: 3,
  /** `1/((N + N0) · p)`, the part of the cost that is kept (see PerformanceStats.attemptCosts), and when it was computed. */
  COST_FACTOR: 4,
  COST_FACTOR_AT: 5,
  /** fast: successes and failures. */
  GOOD: 6,
  BAD: 7,
  /** slow: attempts started; the same, each counted with the mean of its workload type. */
  STARTS: 8,
  STARTED_MEANS: 9,
  /** slow: executions finished, and their duration in ms. */
  ENDS: 10,
  RESPONSE: 11,
  /** slow: peak latency, and the weight of the instant when it was last updated. */
  PEAK: 12,
  PEAK_STAMP: 13,
  /** `1/(N + N0)`, kept like COST_FACTOR. */
  PER_EXECUTION: 15,
} as const;
/** A row begins at `i << ROW_SHIFT`: as wide as there are columns. */
export const ROW_SHIFT = 4;

const { SERVICE, FINISHED, START, RUN_RATE, COST_FACTOR_AT, GOOD, BAD, STARTS, STARTED_MEANS } = COLUMN;
const { ENDS, RESPONSE, PEAK, PEAK_STAMP } = COLUMN;
const SHIFT = ROW_SHIFT;
const WIDTH = 1 << SHIFT;

const FAST: readonly number[] = [SERVICE, FINISHED, GOOD, BAD];
const SLOW: readonly number[] = [STARTS, STARTED_MEANS, ENDS, RESPONSE, PEAK, PEAK_STAMP];

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
    this.rows[row + COST_FACTOR_AT] = Number.NEGATIVE_INFINITY;
    this.running[i] = 0;
    this.consecutive[i] = 0;
  }

  /** Reads both cache lines of a row. The sum that it returns has no meaning. */
  prefetch(i: number): number {
    const row = i << SHIFT;
    return this.rows[row]! + this.rows[row | STARTS]!;
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
