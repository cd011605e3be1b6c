import { ForwardDecay } from '../lib/forward-decay.ts';
import { COLUMN, PerformanceRows, ROW_SHIFT } from './performance-rows.ts';

const { SERVICE, FINISHED, START, RUN_RATE, QUALITY_AT, GOOD, BAD, LONG_SERVICE, LONG_FINISHED, LATEST } = COLUMN;
const { STARTS, STARTED_MEANS, ENDS, RESPONSE, PEAK, PEAK_STAMP } = COLUMN;
const SHIFT = ROW_SHIFT;

/**
 * A component that has changed is not what it was. The mean of its latest executions (each counts for 0.3 of those after
 * it, which makes 5.7 of them) is compared with that of the last minute: by executions, not by seconds, since one that is
 * hardly used tells of itself now and then. What came before is dropped when the two differ by four standard errors, or
 * downwards by two and a half of their logarithm: one that has become faster is believed sooner, since all come to it and
 * a mistake is seen at once.
 */
const NEWEST = 0.3;
const LATEST_COUNT = (2 - NEWEST) / NEWEST;
const SLOWER = 5;
const FASTER = 2.5;
/** Executions that the latest count for once the others are dropped. */
const KEPT = 4;
/** Of the fleet's mean: those above it are used less. */
const SLOW = 1.3;
/** Variance of service times over their mean squared that is assumed before there are any, and the executions it counts for. */
const ASSUMED_SPREAD = 1;
const ASSUMED_COUNT = 4;
/** What one execution adds to the estimate of the spread at most, in spreads: one that has become slow is no spread. */
const OUTLYING = 9;
const MIN_SPREAD = 0.04;
const MAX_SPREAD = 16;

/** Prior executions at the fleet's mean in the service-time estimate. */
export const PRIOR_EXECUTIONS = 3;

/** The writing half of the performance statistics: what started, stopped and finished. */
export abstract class PerformanceRecorder extends PerformanceRows {
  /** Service times and outcomes: what happened in the last seconds. */
  readonly fast = new ForwardDecay(5_000);
  /** Start and finish rates, peak latencies. */
  readonly slow = new ForwardDecay(10_000);
  /** What a component usually does: so long it is remembered while it is not used. */
  readonly long = new ForwardDecay(60_000);
  /** Squared coefficient of variation of service times, each about its own component's mean. */
  protected spread = ASSUMED_SPREAD;
  private deviations = 0;
  private deviating = 0;
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
    this.long.onRescale((by) => {
      this.rescaleLong(by);
      this.deviations *= by;
      this.deviating *= by;
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

  /**
   * An execution finished and counts for or against its component. A failure is taken for at least as long as the component's
   * work usually is: one that fails at once would look quick, and be given the more work the more of it fails.
   * @param relative below 0: its scale was not known.
   */
  recordExecution(i: number, t: number, durationMs: number, relative: number, ok: boolean): void {
    const fast = this.fast.at(t);
    const slow = this.slow.at(t);
    const { rows } = this;
    const row = i << SHIFT;
    rows[row | QUALITY_AT] = Number.NEGATIVE_INFINITY;
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
    const service = ok ? relative : Math.max(relative, this.usualTime(i, t));
    rows[row | SERVICE]! += service * fast;
    rows[row | FINISHED]! += fast;
    this.fleetSum += service * fast;
    this.fleetFinished += fast;
    this.mean = this.fleetSum / this.fleetFinished;
    // how long a failure takes is not how long work takes
    if (ok) this.remember(row, t, relative, fast);
  }

  /** What an execution usually takes on a component, relative, by the last minute; 1 and that of the fleet where little is known. */
  usualTime(i: number, t: number): number {
    const long = this.long.at(t);
    const { rows } = this;
    const row = i << SHIFT;
    return (
      (rows[row | LONG_SERVICE]! / long + PRIOR_EXECUTIONS * this.mean) /
      (rows[row | LONG_FINISHED]! / long + PRIOR_EXECUTIONS)
    );
  }

  private remember(row: number, t: number, relative: number, fast: number): void {
    const { rows } = this;
    const long = this.long.at(t);
    const sum = rows[row | LONG_SERVICE]!;
    const count = rows[row | LONG_FINISHED]!;
    if (count > long && sum > 0) {
      const off = (relative * count) / sum - 1;
      const squared = off * off;
      const most = OUTLYING * this.spread;
      this.deviations += (squared < most ? squared : most) * long;
      this.deviating += long;
      const spread =
        (this.deviations + ASSUMED_SPREAD * ASSUMED_COUNT * long) / (this.deviating + ASSUMED_COUNT * long);
      this.spread = spread < MIN_SPREAD ? MIN_SPREAD : spread > MAX_SPREAD ? MAX_SPREAD : spread;
    }
    rows[row | LONG_SERVICE] = sum + relative * long;
    rows[row | LONG_FINISHED] = count + long;
    const known = (count + long) / long;
    const before = rows[row | LATEST]!;
    const latest = before === 0 ? relative : before + NEWEST * (relative - before);
    rows[row | LATEST] = latest;
    if (known < KEPT || rows[row | FINISHED]! > KEPT * fast) return;
    const usual = (sum + relative * long) / (count + long);
    const ratio = latest / usual;
    // who is not slow is used, and need not be believed so soon
    if (ratio < 1 && usual < SLOW * this.mean) return;
    const off = ratio < 1 ? -Math.log(ratio) / FASTER : (ratio - 1) / SLOWER;
    if (off * off > this.spread * (1 / LATEST_COUNT + 1 / known)) this.renew(row, latest, long, fast);
  }

  /** Nothing but the latest executions count from now on. */
  private renew(row: number, latest: number, long: number, fast: number): void {
    const { rows } = this;
    rows[row | LONG_FINISHED] = KEPT * long;
    rows[row | LONG_SERVICE] = KEPT * latest * long;
    const finished = rows[row | FINISHED]!;
    const kept = Math.min(finished, KEPT * fast);
    this.fleetSum += kept * latest - rows[row | SERVICE]!;
    this.fleetFinished += kept - finished;
    rows[row | FINISHED] = kept;
    rows[row | SERVICE] = kept * latest;
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
    this.rows[row | QUALITY_AT] = Number.NEGATIVE_INFINITY;
    if (lengthens) this.consecutive[i]!++;
  }

  /** A failure does not count, or not any more. @param weight what is left of it. */
  takeBack(i: number, weight: number, shortens: boolean): void {
    const row = i << SHIFT;
    this.rows[row | BAD] = Math.max(0, this.rows[row | BAD]! - weight);
    this.rows[row | QUALITY_AT] = Number.NEGATIVE_INFINITY;
    if (shortens && this.consecutive[i]! > 0) this.consecutive[i]!--;
  }

  /** Forgets the outcomes that led to a failure, so that a recovered component is judged by new ones. */
  clearOutcomes(i: number): void {
    const { rows } = this;
    const row = i << SHIFT;
    rows[row | GOOD] = 0;
    rows[row | BAD] = 0;
    this.consecutive[i] = 0;
    rows[row | QUALITY_AT] = Number.NEGATIVE_INFINITY;
  }
}
