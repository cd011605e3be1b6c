import { ForwardDecay } from './forward-decay.ts';
import { PerformanceColumns } from './performance-columns.ts';

/** The writing half of the performance ledger: what started, stopped and finished. */
export abstract class PerformanceRecords extends PerformanceColumns {
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
    this.qualityAt[i] = Number.NEGATIVE_INFINITY;
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
    this.qualityAt[i] = Number.NEGATIVE_INFINITY;
  }
}
