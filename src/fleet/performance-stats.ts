import { PerformanceRecorder } from './performance-recorder.ts';
import { COLUMN, ROW_SHIFT } from './performance-rows.ts';
import type { PerformanceSnapshot } from './performance-snapshot.ts';

const { SERVICE, FINISHED, START, RUN_RATE, COST_FACTOR, COST_FACTOR_AT, PER_EXECUTION } = COLUMN;
const { GOOD, BAD, STARTS, STARTED_MEANS, ENDS, RESPONSE, PEAK } = COLUMN;
const SHIFT = ROW_SHIFT;

/** Prior of the success probability: Beta(4.75, 0.25), mean .95, worth five observations. */
const PRIOR_SUCCESS = 4.75;
const PRIOR_FAILURE = 0.25;
/** Evidence beyond this many executions makes the estimate no surer, so that a change shows within a few. */
const EVIDENCE_CAP = 50;
/** Prior executions at the fleet's mean in the service-time estimate. */
const PRIOR_EXECUTIONS = 3;
const ONE = new Int32Array(1);
const ANSWER = new Float64Array(1);
/** How long the costly part of a component's cost is kept while nothing happens there, ms. */
const QUALITY_TTL_MS = 10;

/** What was started lately on some components, together. */
export class StartSums {
  /** Decayed number of attempts: how much evidence the others rest on. */
  attempts = 0;
  /**
   * Each attempt counted with the mean of its type, in ms per ms: the number of slots that the work would fill on
   * components of average speed.
   */
  work = 0;
  /** Mean of the attempts' types, ms; 0 when there were none, or none of a known type. */
  meanMs = 0;
}

/**
 * How each component does its work. Latencies here are *relative*: divided by the mean of their workload type, so that
 * slow work does not read as a slow component. All times are ms since the balancer's time 0.
 */
export class PerformanceStats extends PerformanceRecorder {
  private windowAt = -1;
  private windowMs = 1;

  /**
   * Relative service time of a component with the age of what is in flight:
   * `(D + run·t - Σstart + N0·g) / (N + N0)`, so that a slow-down shows before the first completion.
   */
  serviceTime(i: number, t: number): number {
    ONE[0] = i;
    this.serviceTimes(ONE, 0, 1, t, ANSWER);
    return ANSWER[0]!;
  }

  /** Cautious success probability: mean - sd of the Beta posterior, counts decayed and capped at 50 together. */
  successProbability(i: number, t: number): number {
    const w = this.fast.at(t);
    const good = this.of(i, GOOD) / w;
    const bad = this.of(i, BAD) / w;
    const kept = good + bad > EVIDENCE_CAP ? EVIDENCE_CAP / (good + bad) : 1;
    const a = good * kept + PRIOR_SUCCESS;
    const b = bad * kept + PRIOR_FAILURE;
    const sum = a + b;
    return a / sum - Math.sqrt((a * b) / (sum * sum * (sum + 1)));
  }

  /** Expected relative time of a successful attempt, slot in hand: `serviceTime / successProbability`. */
  attemptCost(i: number, t: number): number {
    ONE[0] = i;
    this.attemptCosts(ONE, 1, t, ANSWER);
    return ANSWER[0]!;
  }

  /**
   * The attempt costs of `list[0 .. count)`: all at once, since a call for each would box its result. The costly part,
   * `1/((N + N0) · p)`, is kept until something finishes, for 10 ms at most: then its counts have decayed by 0.2 %.
   */
  attemptCosts(list: Int32Array, count: number, t: number, costs: Float64Array): void {
    const inverse = this.fast.inverseAt(t);
    const { rows } = this;
    const since = t - this.reference;
    const prior = PRIOR_EXECUTIONS * this.mean;
    for (let k = 0; k < count; k++) {
      const i = list[k]!;
      const row = i << SHIFT; // a bit pattern: sums and products would be checked for overflow, six times a component
      if (!(rows[row | COST_FACTOR_AT]! >= t - QUALITY_TTL_MS)) this.refreshCost(i, t);
      const age = rows[row | RUN_RATE]! * since - rows[row | START]!; // rounding may take it a little below 0
      costs[k] = (rows[row | SERVICE]! * inverse + (age > 0 ? age : 0) + prior) * rows[row | COST_FACTOR]!;
    }
  }

  /** The service times of `list[from .. to)`; kept like the costs. */
  serviceTimes(list: Int32Array, from: number, to: number, t: number, times: Float64Array): void {
    const inverse = this.fast.inverseAt(t);
    const prior = PRIOR_EXECUTIONS * this.mean;
    for (let k = from; k < to; k++) {
      const i = list[k]!;
      if (!(this.of(i, COST_FACTOR_AT) >= t - QUALITY_TTL_MS)) this.refreshCost(i, t);
      times[k] = (this.of(i, SERVICE) * inverse + this.age(i, t) + prior) * this.of(i, PER_EXECUTION);
    }
  }

  /** Notes what is known now. */
  takeSnapshot(t: number, into: PerformanceSnapshot): void {
    const inverse = 1 / this.fast.at(t);
    const size = this.running.length;
    into.clear(size);
    into.at = t;
    into.finishedInAll = this.fleetFinished * inverse;
    for (let i = 0; i < size; i++) {
      into.work[i] = this.of(i, SERVICE) * inverse + this.age(i, t);
      into.finished[i] = this.of(i, FINISHED) * inverse;
      into.good[i] = this.of(i, GOOD) * inverse;
      into.bad[i] = this.of(i, BAD) * inverse;
      if (into.finished[i]! >= 1) into.known++;
    }
  }

  /** Decayed number of executions that have finished since, on all components. */
  finishedSince(mark: PerformanceSnapshot, t: number): number {
    return this.fleetFinished / this.fast.at(t) - mark.finishedInAll * this.kept(mark, t);
  }

  /**
   * Like `attemptCost`, but by what has happened since a mark: the time that executions took since (that of those that run
   * as well) over the number that finished, and the share that succeeded. All that is known stands in as the prior, so
   * that a component that has not been used since is not taken for an average one. No caution here: this judges the past.
   */
  attemptCostSince(mark: PerformanceSnapshot, i: number, t: number): number {
    const inverse = 1 / this.fast.at(t);
    const kept = this.kept(mark, t);
    const since = (now: number, then: number | undefined): number => Math.max(0, now - (then ?? 0) * kept);
    const work = since(this.of(i, SERVICE) * inverse + this.age(i, t), mark.work[i]);
    const finished = since(this.of(i, FINISHED) * inverse, mark.finished[i]);
    const good = since(this.of(i, GOOD) * inverse, mark.good[i]);
    const bad = since(this.of(i, BAD) * inverse, mark.bad[i]);
    const prior = PRIOR_SUCCESS + PRIOR_FAILURE;
    const p = (good + prior * this.successProbability(i, t)) / (good + bad + prior);
    return (work + PRIOR_EXECUTIONS * this.serviceTime(i, t)) / ((finished + PRIOR_EXECUTIONS) * p);
  }

  private kept(mark: PerformanceSnapshot, t: number): number {
    return Math.exp((mark.at - t) / this.fast.tauMs);
  }

  /** Relative age of what is in flight, all together; rounding may take the sums a little below 0. */
  private age(i: number, t: number): number {
    return Math.max(0, this.of(i, RUN_RATE) * (t - this.reference) - this.of(i, START));
  }

  private refreshCost(i: number, t: number): void {
    const { rows } = this;
    const row = i << SHIFT;
    const each = 1 / (rows[row | FINISHED]! / this.fast.at(t) + PRIOR_EXECUTIONS);
    rows[row | PER_EXECUTION] = each;
    rows[row | COST_FACTOR] = each / this.successProbability(i, t);
    rows[row | COST_FACTOR_AT] = t;
  }

  /** Decayed counts of recent successes and failures: what the outlier rule reads. */
  recentGood(i: number, t: number): number {
    const w = this.fast.at(t);
    return this.of(i, GOOD) / w;
  }

  recentBad(i: number, t: number): number {
    const w = this.fast.at(t);
    return this.of(i, BAD) / w;
  }

  /** Peak-EWMA of relative latency, decayed to t with 10 s; 0 when nothing is known. */
  peakLatency(i: number, t: number): number {
    const w = this.slow.at(t);
    return this.of(i, PEAK) / w;
  }

  /** What was started on `list[0 .. count)`, all together, over about 10 s. */
  startsOf(list: Int32Array, count: number, t: number, into: StartSums): void {
    const window = this.windowed(t);
    let n = 0;
    let work = 0;
    for (let k = 0; k < count; k++) {
      n += this.of(list[k]!, STARTS);
      work += this.of(list[k]!, STARTED_MEANS);
    }
    into.attempts = (n / window) * this.windowMs;
    into.work = work / window;
    into.meanMs = n > 0 ? work / n : 0;
  }

  /** Executions finished per second, over about 10 s. */
  finishRate(i: number, t: number): number {
    const w = this.windowed(t);
    return (this.of(i, ENDS) / w) * 1000;
  }

  /** Decayed number of executions that have ended, with 10 s. */
  recentEnds(i: number, t: number): number {
    const w = this.slow.at(t);
    return this.of(i, ENDS) / w;
  }

  /** Decayed time that they took, ms. */
  recentResponse(i: number, t: number): number {
    const w = this.slow.at(t);
    return this.of(i, RESPONSE) / w;
  }

  /** Mean response time of recent executions, ms; 0 when there were none. */
  meanResponseMs(i: number): number {
    return this.of(i, ENDS) > 0 ? this.of(i, RESPONSE) / this.of(i, ENDS) : 0;
  }

  /** Mean relative latency of recent finished executions; 0 when there were none. */
  meanRelative(i: number): number {
    return this.of(i, FINISHED) > 0 ? this.of(i, SERVICE) / this.of(i, FINISHED) : 0;
  }

  /** Decayed number of finished executions behind `meanRelative`. */
  sampleCount(i: number, t: number): number {
    const w = this.fast.at(t);
    return this.of(i, FINISHED) / w;
  }

  /** Share of recent executions that succeeded; 1 when there were none. */
  successRate(i: number): number {
    const good = this.of(i, GOOD);
    return good + this.of(i, BAD) > 0 ? good / (good + this.of(i, BAD)) : 1;
  }

  /** What a slow sum is divided by to be a rate per ms: before the first time constants have passed the window is shorter. */
  private windowed(t: number): number {
    const w = this.slow.at(t);
    const { tauMs } = this.slow;
    if (t !== this.windowAt) {
      this.windowAt = t;
      // after twenty time constants the difference is 2e-9
      this.windowMs = t > 20 * tauMs ? tauMs : tauMs * (1 - Math.exp(-Math.max(t, 1) / tauMs));
    }
    return w * this.windowMs;
  }
}
