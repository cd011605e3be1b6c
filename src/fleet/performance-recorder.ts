import { ForwardDecay } from '../lib/forward-decay.ts';
import { COLUMN, PerformanceRows, ROW_SHIFT } from './performance-rows.ts';

const { SERVICE, FINISHED, START, RUN_RATE, COST_FACTOR_AT, GOOD, BAD } = COLUMN;
const { STARTS, STARTED_MEANS, ENDS, RESPONSE, PEAK, PEAK_STAMP } = COLUMN;
const SHIFT = ROW_SHIFT;

/** The writing half of the performance statistics: what started, stopped and finished. */
export abstract class PerformanceRecorder extends PerformanceRows {
  /** Service times and outcomes: what happened in the last seconds. */
  readonly fast = new ForwardDecay(5_000);
  /** Start and finish rates, peak latencies. */
  readonly slow = new ForwardDecay(10_000);
  private fleetSum = 0;
  /** fast: executions finished on all components. */
  protected fleetFinished = 0;
  protected mean = 1;
  /** Starts of running attempts are counted from here. */
  protected reference = 0;

  constructor() {
    super();
    this.fast.onRescale((by) => {
      this.rescaleFast(by);
      this.fleetSum *= by;
      this.fleetFinished *= by;
    });
    this.slow.onRescale((by, t) => {
      this.rescaleSlow(by);
      // ages are measured from a near instant: `t/mean` of a day ago would round away what is being told apart
      this.moveReference(t - this.reference);
      this.reference = t;
    });
  }

  /** @param scale mean of the attempt's workload type, ms; 0 when it is not known yet. */
  started(i: number, t: number, scale: number): void {
    const slow = this.slow.at(t);
    const { rows } = this;
    const row = i << SHIFT;
    this.running[i]!++;
    rows[row | STARTS]! += slow;
    if (scale > 0) {
      const rate = 1 / scale;
      rows[row | RUN_RATE]! += rate;
      rows[row | START]! += (t - this.reference) * rate;
      rows[row | STARTED_MEANS]! += scale * slow;
    }
  }

  /** The attempt no longer runs, whatever it came to. */
  stopped(i: number, startedAt: number, scale: number): void {
    const { rows } = this;
    const row = i << SHIFT;
    if (--this.running[i]! === 0) {
      rows[row | RUN_RATE] = 0; // sheds the rounding errors of the running sums
      rows[row | START] = 0;
    } else if (scale > 0) {
      const rate = 1 / scale;
      rows[row | RUN_RATE]! -= rate;
      rows[row | START]! -= (startedAt - this.reference) * rate;
    }
  }

  /** An execution finished and counts for or against its component. `relative` < 0: its scale was not known. */
  recordExecution(i: number, t: number, durationMs: number, relative: number, ok: boolean): void {
    const fast = this.fast.at(t);
    const slow = this.slow.at(t);
    const { rows } = this;
    const row = i << SHIFT;
    rows[row | COST_FACTOR_AT] = Number.NEGATIVE_INFINITY;
    if (ok) {
      rows[row | GOOD]! += fast;
      this.consecutive[i] = 0;
      if (relative >= 0) this.peak(row, slow, relative);
    } else {
      rows[row | BAD]! += fast;
      this.consecutive[i]!++;
    }
    rows[row | ENDS]! += slow;
    rows[row | RESPONSE]! += durationMs * slow;
    if (relative < 0) return;
    rows[row | SERVICE]! += relative * fast;
    rows[row | FINISHED]! += fast;
    this.fleetSum += relative * fast;
    this.fleetFinished += fast;
    this.mean = this.fleetSum / this.fleetFinished;
  }

  /** Finagle's peak EWMA: a new peak counts at once, and is forgotten with the time constant. */
  private peak(row: number, slow: number, relative: number): void {
    const { rows } = this;
    const scaled = relative * slow;
    const before = rows[row | PEAK]!;
    // all times `slow`: the peak is max(relative, before + relative · (1 - kept)), kept = stamp/slow
    rows[row | PEAK] = scaled > before ? scaled : before + relative * (slow - rows[row | PEAK_STAMP]!);
    rows[row | PEAK_STAMP] = slow;
  }

  /** A run that was cut short, by the share of it that counts as a failure. */
  failedInPart(i: number, t: number, share: number, lengthens: boolean): void {
    const row = i << SHIFT;
    const fast = this.fast.at(t);
    this.rows[row | BAD]! += share * fast;
    this.rows[row | COST_FACTOR_AT] = Number.NEGATIVE_INFINITY;
    if (lengthens) this.consecutive[i]!++;
  }

  /** A failure does not count, or not any more. @param weight what is left of it. */
  takeBack(i: number, weight: number, shortens: boolean): void {
    const row = i << SHIFT;
    this.rows[row | BAD] = Math.max(0, this.rows[row | BAD]! - weight);
    this.rows[row | COST_FACTOR_AT] = Number.NEGATIVE_INFINITY;
    if (shortens && this.consecutive[i]! > 0) this.consecutive[i]!--;
  }

  /** Forgets the outcomes that led to a failure, so that a recovered component is judged by new ones. */
  clearOutcomes(i: number): void {
    const { rows } = this;
    const row = i << SHIFT;
    rows[row | GOOD] = 0;
    rows[row | BAD] = 0;
    this.consecutive[i] = 0;
    rows[row | COST_FACTOR_AT] = Number.NEGATIVE_INFINITY;
  }
}
