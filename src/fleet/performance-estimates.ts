import { PerformanceRecorder, PRIOR_EXECUTIONS } from './performance-recorder.ts';
import { COLUMN, ROW_SHIFT } from './performance-rows.ts';

const { SERVICE, FINISHED, START, RUN_RATE, QUALITY, QUALITY_AT, PER_EXECUTION } = COLUMN;
const { MEMORY, DOUBT, STALENESS, LONG_SERVICE, LONG_FINISHED, GOOD, BAD } = COLUMN;
const SHIFT = ROW_SHIFT;

/** Prior of the success probability: Beta(4.75, 0.25), mean .95, worth five observations. */
export const PRIOR_SUCCESS = 4.75;
export const PRIOR_FAILURE = 0.25;
/** Evidence beyond this many executions makes the estimate no surer, so that a change shows within a few. */
const EVIDENCE_CAP = 50;
/** Half a failure: so many make caution half of what it is for those that have failed often. */
const HALF_CAUTIOUS = 0.5;
/** Costs that differ by less than 1.75 standard errors of each of the two cannot be told apart. */
const DOUBT_ERRORS = 1.75;
const ONE = new Int32Array(1);
const ANSWER = new Float64Array(1);
const UNUSED = new Float64Array(1);
/** How long the costly part of a component's cost is kept while nothing happens there, ms. */
const QUALITY_TTL_MS = 10;

/** What is made of the records: how long a component takes, how surely it succeeds, and how well that is known. */
export abstract class PerformanceEstimates extends PerformanceRecorder {
  /** Mean relative service time over the fleet; 1 while nothing is known. */
  fleetMean(): number {
    return this.mean;
  }

  /**
   * Relative service time of a component: `(D + run·t - Σstart + K·D' + N0·g) / (N + K·N' + N0)`. D and N are the time and
   * number of the executions of the last seconds; the age of what is in flight makes a slow-down show before the first
   * completion; D' and N' are what the component did in the minute before, and K is how far that still holds (see
   * {@link rate}); of one that is unknown the fleet's mean g is assumed.
   */
  serviceTime(i: number, t: number): number {
    ONE[0] = i;
    this.serviceTimes(ONE, 0, 1, t, ANSWER);
    return ANSWER[0]!;
  }

  /**
   * Success probability: mean - c·sd of the Beta posterior, counts decayed and capped at 50 together. Caution is for those
   * that have failed, not for the unknown: c = failures / (failures + ½).
   */
  successProbability(i: number, t: number): number {
    const w = this.fast.at(t);
    const good = this.of(i, GOOD) / w;
    const bad = this.of(i, BAD) / w;
    const kept = good + bad > EVIDENCE_CAP ? EVIDENCE_CAP / (good + bad) : 1;
    const a = good * kept + PRIOR_SUCCESS;
    const b = bad * kept + PRIOR_FAILURE;
    const sum = a + b;
    const cautious = bad / (bad + HALF_CAUTIOUS);
    return a / sum - cautious * Math.sqrt((a * b) / (sum * sum * (sum + 1)));
  }

  /** Expected relative time of a successful attempt, slot in hand: `serviceTime / successProbability`. */
  attemptCost(i: number, t: number): number {
    ONE[0] = i;
    this.attemptCosts(ONE, 1, t, ANSWER, UNUSED, UNUSED);
    return ANSWER[0]!;
  }

  /**
   * The attempt costs of `list[0 .. count)`: all at once, since a call for each would box its result. The costly part,
   * `1/((N + N0) · p)`, is kept until something finishes, for 10 ms at most: then its counts have decayed by 0.2 %.
   * @param doubts becomes the factor, 1 and up, by which a cost may be wrong: 1 + 1.75 standard errors.
   * @param staleness becomes 1 / (1 + executions of the last seconds): 1 where nothing has been seen lately.
   */
  attemptCosts(
    list: Int32Array,
    count: number,
    t: number,
    costs: Float64Array,
    doubts: Float64Array,
    staleness: Float64Array,
  ): void {
    const inverse = this.fast.inverseAt(t);
    const { rows } = this;
    const since = t - this.reference;
    const prior = PRIOR_EXECUTIONS * this.mean;
    for (let k = 0; k < count; k++) {
      const i = list[k]!;
      const row = i << SHIFT; // a bit pattern: sums and products would be checked for overflow, six times a component
      if (!(rows[row | QUALITY_AT]! >= t - QUALITY_TTL_MS)) this.rate(i, t);
      const age = rows[row | RUN_RATE]! * since - rows[row | START]!; // rounding may take it a little below 0
      costs[k] =
        (rows[row | SERVICE]! * inverse + (age > 0 ? age : 0) + rows[row | MEMORY]! + prior) * rows[row | QUALITY]!;
      doubts[k] = rows[row | DOUBT]!;
      staleness[k] = rows[row | STALENESS]!;
    }
  }

  /** The service times of `list[from .. to)`; kept like the costs. */
  serviceTimes(list: Int32Array, from: number, to: number, t: number, times: Float64Array): void {
    const inverse = this.fast.inverseAt(t);
    const prior = PRIOR_EXECUTIONS * this.mean;
    for (let k = from; k < to; k++) {
      const i = list[k]!;
      if (!(this.of(i, QUALITY_AT) >= t - QUALITY_TTL_MS)) this.rate(i, t);
      times[k] =
        (this.of(i, SERVICE) * inverse + this.age(i, t) + this.of(i, MEMORY) + prior) * this.of(i, PER_EXECUTION);
    }
  }

  /** Relative age of what is in flight, all together; rounding may take the sums a little below 0. */
  protected age(i: number, t: number): number {
    return Math.max(0, this.of(i, RUN_RATE) * (t - this.reference) - this.of(i, START));
  }

  /**
   * Works out what is kept. What a component did in the minute before holds as far as the last seconds do not belie it: an
   * estimate of the variance (squared, relative) by which the mean has moved, the squared difference less what chance
   * explains (two standard errors), is that of the memory as an estimate of the present, so that it counts for spread /
   * moved executions at most.
   */
  private rate(i: number, t: number): void {
    const { rows, spread } = this;
    const row = i << SHIFT;
    const fast = this.fast.at(t);
    const long = this.long.at(t);
    const finished = rows[row | FINISHED]! / fast;
    const lately = rows[row | SERVICE]! / fast;
    const work = Math.max(0, rows[row | LONG_SERVICE]! / long - lately);
    let before = Math.max(0, rows[row | LONG_FINISHED]! / long - finished);
    let memory = 0;
    if (before > 0) {
      memory = work / before;
      const ratio = (lately + this.age(i, t)) / (finished * memory);
      // a mean of few may be many times too large, but hardly as many times too small
      const off = ratio < 0.7 ? Math.log(ratio) : ratio - 1;
      const moved = off * off - (4 * spread) / finished;
      if (moved * before > spread) before = spread / moved;
    }
    const count = finished + before + PRIOR_EXECUTIONS;
    rows[row | MEMORY] = memory * before;
    rows[row | PER_EXECUTION] = 1 / count;
    rows[row | QUALITY] = 1 / (count * this.successProbability(i, t));
    rows[row | DOUBT] = 1 + DOUBT_ERRORS * Math.sqrt(spread / count);
    rows[row | STALENESS] = 1 / (1 + finished);
    rows[row | QUALITY_AT] = t;
  }
}
