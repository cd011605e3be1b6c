import { ForwardDecay } from '../lib/forward-decay.ts';
import { RollingHistogram } from '../lib/histogram/rolling-histogram.ts';

/** Fewer finished executions than this say nothing about a type. */
const ENOUGH = 20;

/** Shorter work counts as this long, ms: below it, a latency tells more about the balancer than about a component. */
const SHORTEST_MS = 0.01;

/** How long the work of one type takes, over the whole fleet. Times in ms. */
export class WorkloadStats {
  private readonly decay = new ForwardDecay(60_000);
  private sum = 0;
  private weight = 0;
  private count = 0;
  /**
   * Decayed mean of the type: what latencies are divided by. 0 while fewer than 20 executions have finished: until
   * then the type's latencies say nothing about components.
   */
  scale = 0;
  /** Recent service times: their quantiles decide on feasibility (p50) and shedding (p97). */
  readonly service = new RollingHistogram(10_000);

  constructor() {
    this.decay.onRescale((by) => {
      this.sum *= by;
      this.weight *= by;
    });
  }

  finished(t: number, durationMs: number): void {
    const w = this.decay.at(t);
    this.sum += durationMs * w;
    this.weight += w;
    if (++this.count >= ENOUGH) this.scale = Math.max(this.sum / this.weight, SHORTEST_MS);
    this.service.record(durationMs, t);
  }

  get known(): boolean {
    return this.count >= ENOUGH;
  }
}
