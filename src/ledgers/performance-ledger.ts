import { ForwardDecay } from './forward-decay.ts';
import { PerformanceColumns } from './performance-columns.ts';

/** Prior of the success probability: Beta(4.75, 0.25), mean .95, worth five observations (DESIGN section 6). */
const PRIOR_SUCCESS = 4.75;
const PRIOR_FAILURE = 0.25;
/** Evidence beyond this many executions makes the estimate no surer, so that a change shows within a few. */
const EVIDENCE_CAP = 50;
/** Prior executions at the fleet's mean in the service-time estimate. */
const PRIOR_EXECUTIONS = 3;

/**
 * How each component does its work. Latencies here are *relative*: divided by the mean of their workload type, so that
 * slow work does not read as a slow component. All times are ms since the ledger's origin.
 */
export class PerformanceLedger extends PerformanceColumns {
  /** Service times and outcomes: what happened in the last seconds. */
  readonly fast = new ForwardDecay(5_000);
  /** Start and finish rates, peak latencies. */
  readonly slow = new ForwardDecay(10_000);
  private fleetSum = 0;
  private fleetFinished = 0;
  private mean = 1;
  /** Starts of running attempts are counted from here. */
  private reference = 0;
  private windowAt = -1;
  private windowMs = 1;

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
    this.running[i]!++;
    this.startedEver[i]!++;
    this.starts[i]! += slow;
    if (scale > 0) {
      this.runRate[i]! += 1 / scale;
      this.startSum[i]! += (t - this.reference) / scale;
      this.startedMeans[i]! += scale * slow;
    }
  }

  /** The attempt no longer runs, whatever it came to. */
  stopped(i: number, startedAt: number, scale: number): void {
    if (--this.running[i]! === 0) {
      this.runRate[i] = 0; // sheds the rounding errors of the running sums
      this.startSum[i] = 0;
    } else if (scale > 0) {
      this.runRate[i]! -= 1 / scale;
      this.startSum[i]! -= (startedAt - this.reference) / scale;
    }
  }

  /** An execution finished and counts for or against its component. `relative` < 0: its scale was not known. */
  finishedOne(i: number, t: number, durationMs: number, relative: number, ok: boolean): void {
    const fast = this.fast.at(t);
    const slow = this.slow.at(t);
    if (ok) {
      this.good[i]! += fast;
      this.consecutive[i] = 0;
      if (relative >= 0) {
        // Finagle's peak EWMA: a new peak counts at once, and is forgotten with the time constant
        const kept = this.peakStamp[i]! / slow;
        const before = this.peak[i]! / slow;
        this.peak[i] = (relative > before ? relative : before + relative * (1 - kept)) * slow;
        this.peakStamp[i] = slow;
      }
    } else {
      this.bad[i]! += fast;
      this.consecutive[i]!++;
    }
    this.ends[i]! += slow;
    this.responseSum[i]! += durationMs * slow;
    if (relative >= 0) {
      this.serviceSum[i]! += relative * fast;
      this.finished[i]! += fast;
      this.fleetSum += relative * fast;
      this.fleetFinished += fast;
      this.mean = this.fleetSum / this.fleetFinished;
    }
  }

  /** Forgets the outcomes that led to a failure, so that a recovered component is judged by new ones. */
  forgive(i: number): void {
    this.good[i] = 0;
    this.bad[i] = 0;
    this.consecutive[i] = 0;
  }

  /** Mean relative service time over the fleet; 1 while nothing is known. */
  fleetMean(): number {
    return this.mean;
  }

  /**
   * Relative service time of a component with the age of what is in flight:
   * `(D + run·t - Σstart + N0·g) / (N + N0)`, so that a slow-down shows before the first completion.
   */
  serviceTime(i: number, t: number): number {
    const w = this.fast.at(t);
    const work = this.serviceSum[i]! / w + this.age(i, t) + PRIOR_EXECUTIONS * this.mean;
    return work / (this.finished[i]! / w + PRIOR_EXECUTIONS);
  }

  /** Cautious success probability: mean - sd of the Beta posterior, counts decayed and capped at 50 together. */
  successProbability(i: number, t: number): number {
    const w = this.fast.at(t);
    let good = this.good[i]! / w;
    let bad = this.bad[i]! / w;
    const n = good + bad;
    if (n > EVIDENCE_CAP) {
      good *= EVIDENCE_CAP / n;
      bad *= EVIDENCE_CAP / n;
    }
    const a = good + PRIOR_SUCCESS;
    const b = bad + PRIOR_FAILURE;
    const sum = a + b;
    return a / sum - Math.sqrt((a * b) / (sum * sum * (sum + 1)));
  }

  /**
   * Expected relative time of a successful attempt, slot in hand: `serviceTime / successProbability`, written out since
   * policies ask it for every candidate of every pick (p is `(a - sqrt(ab/(n + 1)))/n`).
   */
  attemptCost(i: number, t: number): number {
    const inverse = 1 / this.fast.at(t);
    const work = this.serviceSum[i]! * inverse + this.age(i, t) + PRIOR_EXECUTIONS * this.mean;
    const count = this.finished[i]! * inverse + PRIOR_EXECUTIONS;
    let a = this.good[i]! * inverse;
    let b = this.bad[i]! * inverse;
    if (a + b > EVIDENCE_CAP) {
      const kept = EVIDENCE_CAP / (a + b);
      a *= kept;
      b *= kept;
    }
    a += PRIOR_SUCCESS;
    b += PRIOR_FAILURE;
    const n = a + b;
    return (work * n) / (count * (a - Math.sqrt((a * b) / (n + 1))));
  }

  /** Decayed counts of recent successes and failures: what the outlier rule reads. */
  recentGood(i: number, t: number): number {
    const w = this.fast.at(t);
    return this.good[i]! / w;
  }

  recentBad(i: number, t: number): number {
    const w = this.fast.at(t);
    return this.bad[i]! / w;
  }

  /** Peak-EWMA of relative latency, decayed to t with 10 s; 0 when nothing is known. */
  peakLatency(i: number, t: number): number {
    const w = this.slow.at(t);
    return this.peak[i]! / w;
  }

  /** Attempts started per second, over about 10 s. */
  startRate(i: number, t: number): number {
    const w = this.windowed(t);
    return (this.starts[i]! / w) * 1000;
  }

  /**
   * Work started, over about 10 s: each attempt counts with the mean of its type, in ms per ms. It is the number of slots
   * that the work would fill on a component of average speed.
   */
  startedWork(i: number, t: number): number {
    const w = this.windowed(t);
    return this.startedMeans[i]! / w;
  }

  /** Executions finished per second, over about 10 s. */
  finishRate(i: number, t: number): number {
    const w = this.windowed(t);
    return (this.ends[i]! / w) * 1000;
  }

  /** Decayed number of starts: how much evidence `startRate` rests on. */
  startEvidence(i: number, t: number): number {
    const w = this.slow.at(t);
    return this.starts[i]! / w;
  }

  /** Mean response time of recent executions, ms; 0 when there were none. */
  meanResponseMs(i: number): number {
    return this.ends[i]! > 0 ? this.responseSum[i]! / this.ends[i]! : 0;
  }

  /** Mean relative latency of recent finished executions; 0 when there were none. */
  meanRelative(i: number): number {
    return this.finished[i]! > 0 ? this.serviceSum[i]! / this.finished[i]! : 0;
  }

  /** Decayed number of finished executions behind `meanRelative`. */
  evidence(i: number, t: number): number {
    const w = this.fast.at(t);
    return this.finished[i]! / w;
  }

  /** Share of recent executions that succeeded; 1 when there were none. */
  successRate(i: number): number {
    const n = this.good[i]! + this.bad[i]!;
    return n > 0 ? this.good[i]! / n : 1;
  }

  everStarted(i: number): number {
    return this.startedEver[i]!;
  }

  /** Total relative age of what is in flight. Rounding may take it a little below 0. */
  private age(i: number, t: number): number {
    const age = this.runRate[i]! * (t - this.reference) - this.startSum[i]!;
    return age > 0 ? age : 0;
  }

  /** What a slow sum is divided by to be a rate per ms: before the first time constants have passed the window is shorter. */
  private windowed(t: number): number {
    const w = this.slow.at(t);
    const { tauMs } = this.slow;
    if (t !== this.windowAt) {
      this.windowAt = t;
      this.windowMs = tauMs * (1 - Math.exp(-Math.max(t, 1) / tauMs));
    }
    return w * this.windowMs;
  }
}
