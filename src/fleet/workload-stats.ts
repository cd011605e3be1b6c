import { ForwardDecay } from '../lib/forward-decay.ts';
import { RollingHistogram } from '../lib/histogram/rolling-histogram.ts';

/** Fewer finished executions than this say nothing about a type. */
const ENOUGH = 20;

/** Fewer recent ones say nothing of how long a run may take; a second is long then. */
const FEW = 5;
const LONG_MS = 1_000;

const ONE_IN = 20;
const DOUBT_EVERY_MS = 1_000;

/** Shorter work is as long as this to the balancer, ms: below, latencies tell of the balancer, not of components. */
const SHORTEST_MS = 0.01;

/** How long the work of one type takes, over the whole fleet. Times in ms. */
export class WorkloadStats {
  private readonly decay = new ForwardDecay(60_000);
  private readonly unitDecay = new ForwardDecay(300_000);
  private unitSum = 0;
  private unitWeight = 0;
  private sum = 0;
  private weight = 0;
  private count = 0;
  /**
   * Decayed mean of the type: what latencies are divided by. 0 while fewer than 20 executions have finished: until
   * then the type's latencies say nothing about components.
   */
  scale = 0;
  /**
   * What latencies are divided by: the mean as a component of relative service time 1 would have it; 0 until the type is
   * known. {@link scale} itself depends on who does the work: were it the measure, a component that is not used for a while
   * would be remembered in one unit and compared in another.
   */
  unit = 0;
  /** Recent service times: their quantiles decide on feasibility (p50) and shedding (p97). */
  readonly service = new RollingHistogram(10_000);

  private doubted = 0;
  private doubtedAt = Number.NEGATIVE_INFINITY;

  constructor() {
    this.decay.onRescale((by) => {
      this.sum *= by;
      this.weight *= by;
    });
    this.unitDecay.onRescale((by) => {
      this.unitSum *= by;
      this.unitWeight *= by;
    });
  }

  /**
   * An execution has succeeded.
   * @param relative usual service time of its component, relative to the fleet (see PerformanceLedger.usualTime). A tenth of
   * it is left out: units and relative times are only known as products, and would drift apart together without a pull.
   */
  finished(t: number, durationMs: number, relative = 1): void {
    const w = this.decay.at(t);
    this.sum += durationMs * w;
    this.weight += w;
    const u = this.unitDecay.at(t);
    this.unitSum += (durationMs * u) / (0.1 + 0.9 * relative);
    this.unitWeight += u;
    if (++this.count >= ENOUGH) {
      this.scale = Math.max(this.sum / this.weight, SHORTEST_MS);
      this.unit = Math.max(this.unitSum / this.unitWeight, SHORTEST_MS);
    }
    this.service.record(durationMs, t);
  }

  /**
   * The share F of the type's recent executions that were done within a time: the weight as a failure of a run that was cut
   * short after it. While too few are known, a run of a second or more counts whole, a shorter one not at all.
   */
  doneWithin(ms: number, t: number): number {
    if (this.service.count(t) < FEW) return ms >= LONG_MS ? 1 : 0;
    return this.service.shareBelow(ms, t);
  }

  /**
   * Whether the next request that seems infeasible by what is known of the type is let through: one in twenty, and at least one a
   * second.
   */
  doubts(t: number): boolean {
    if (++this.doubted < ONE_IN && t - this.doubtedAt < DOUBT_EVERY_MS) return false;
    this.doubted = 0;
    this.doubtedAt = t;
    return true;
  }

  /** One that was let through has been done in time: the estimate was wrong, and is made anew. */
  void(): void {
    this.service.reset();
  }

  get known(): boolean {
    return this.count >= ENOUGH;
  }
}
