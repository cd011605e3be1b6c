import { growFloats } from '../lib/typed-arrays.ts';

/** What is known of each component at an instant, so that later what came since can be told apart. Re-used. */
export class PerformanceSnapshot {
  /** ms since the balancer's time 0. */
  at = Number.NEGATIVE_INFINITY;
  /** Decayed number of executions that had finished, on all components. */
  finishedInAll = 0;
  /** Components with a decayed execution or more. */
  known = 0;
  /** By component: decayed time of the finished executions and age of the running ones; how many; successes; failures. */
  work = new Float64Array(8);
  finished = new Float64Array(8);
  good = new Float64Array(8);
  bad = new Float64Array(8);

  /** Makes room for `size` components; what was there is forgotten. */
  clear(size: number): void {
    if (this.work.length < size) {
      this.work = growFloats(this.work, size);
      this.finished = growFloats(this.finished, size);
      this.good = growFloats(this.good, size);
      this.bad = growFloats(this.bad, size);
    }
    this.known = 0;
  }
}
