import { PerformanceEstimates, PRIOR_FAILURE, PRIOR_SUCCESS } from './performance-estimates.ts';
import { PRIOR_EXECUTIONS } from './performance-recorder.ts';
import { COLUMN } from './performance-rows.ts';
import type { PerformanceSnapshot } from './performance-snapshot.ts';

const { SERVICE, FINISHED, GOOD, BAD, LONG_SERVICE, LONG_FINISHED } = COLUMN;
const { STARTS, STARTED_MEANS, ENDS, RESPONSE, PEAK } = COLUMN;

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
export class PerformanceStats extends PerformanceEstimates {
  private windowAt = -1;
  private windowMs = 1;

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

  /** Mean relative service time over about a minute; 0 when nothing has succeeded. */
  longMean(i: number): number {
    const finished = this.of(i, LONG_FINISHED);
    return finished > 0 ? this.of(i, LONG_SERVICE) / finished : 0;
  }

  /** Decayed number of executions behind `longMean`. */
  longEvidence(i: number, t: number): number {
    const w = this.long.at(t);
    return this.of(i, LONG_FINISHED) / w;
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
