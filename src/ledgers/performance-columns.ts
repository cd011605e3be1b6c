import { growFloats, growInts } from './columns.ts';

/**
 * The columns of the performance ledger, indexed like the component ledger. Those that decay are scaled sums (see
 * ForwardDecay): `fast` ones with 5 s, `slow` ones with 10 s.
 */
export abstract class PerformanceColumns {
  /** fast: relative service time and number of finished executions. */
  protected serviceSum = new Float64Array(8);
  protected finished = new Float64Array(8);
  /** fast: successes and failures. */
  protected good = new Float64Array(8);
  protected bad = new Float64Array(8);
  /**
   * Over running attempts: Σ start/mean and Σ 1/mean, so that their total relative age at t is `t·runRate - startSum`, all
   * counted from a reference.
   */
  protected startSum = new Float64Array(8);
  protected runRate = new Float64Array(8);
  /** slow: attempts started; the same, each counted with the mean of its workload type. */
  protected starts = new Float64Array(8);
  protected startedMeans = new Float64Array(8);
  /** slow: executions finished, and their duration in ms. */
  protected ends = new Float64Array(8);
  protected responseSum = new Float64Array(8);
  /** slow: peak latency, and the weight of the instant when it was last updated. */
  protected peak = new Float64Array(8);
  protected peakStamp = new Float64Array(8);
  /** A count without end: 32 bits would be full after some hours at full load. */
  protected startedEver = new Float64Array(8);
  protected running = new Int32Array(8);
  /** What counts and odds make of a component's work (see PerformanceLedger.attemptCost), and when it was worked out. */
  protected quality = new Float64Array(8);
  protected perExecution = new Float64Array(8);
  protected qualityAt = new Float64Array(8).fill(Number.NEGATIVE_INFINITY);
  /** Failures in a row. */
  consecutive = new Int32Array(8);

  /** Forgets everything about a component: it is new, or has been replaced. */
  reset(i: number): void {
    while (i >= this.peak.length) this.grow();
    this.serviceSum[i] = 0;
    this.finished[i] = 0;
    this.good[i] = 0;
    this.bad[i] = 0;
    this.startSum[i] = 0;
    this.runRate[i] = 0;
    this.starts[i] = 0;
    this.startedMeans[i] = 0;
    this.ends[i] = 0;
    this.responseSum[i] = 0;
    this.peak[i] = 0;
    this.peakStamp[i] = 0;
    this.qualityAt[i] = Number.NEGATIVE_INFINITY;
    this.running[i] = 0;
    this.startedEver[i] = 0;
    this.consecutive[i] = 0;
  }

  protected rescaleFast(by: number): void {
    scale(this.serviceSum, by);
    scale(this.finished, by);
    scale(this.good, by);
    scale(this.bad, by);
  }

  protected rescaleSlow(by: number): void {
    scale(this.starts, by);
    scale(this.startedMeans, by);
    scale(this.ends, by);
    scale(this.responseSum, by);
    scale(this.peak, by);
    scale(this.peakStamp, by);
  }

  protected moveReference(byMs: number): void {
    for (let i = 0; i < this.startSum.length; i++) this.startSum[i]! -= this.runRate[i]! * byMs;
  }

  private grow(): void {
    const size = this.peak.length * 2;
    this.serviceSum = growFloats(this.serviceSum, size);
    this.finished = growFloats(this.finished, size);
    this.good = growFloats(this.good, size);
    this.bad = growFloats(this.bad, size);
    this.startSum = growFloats(this.startSum, size);
    this.runRate = growFloats(this.runRate, size);
    this.starts = growFloats(this.starts, size);
    this.startedMeans = growFloats(this.startedMeans, size);
    this.ends = growFloats(this.ends, size);
    this.responseSum = growFloats(this.responseSum, size);
    this.peak = growFloats(this.peak, size);
    this.peakStamp = growFloats(this.peakStamp, size);
    this.quality = growFloats(this.quality, size);
    this.perExecution = growFloats(this.perExecution, size);
    this.qualityAt = growFloats(this.qualityAt, size);
    this.running = growInts(this.running, size);
    this.startedEver = growFloats(this.startedEver, size);
    this.consecutive = growInts(this.consecutive, size);
  }
}

function scale(column: Float64Array, by: number): void {
  for (let i = 0; i < column.length; i++) column[i]! *= by;
}
