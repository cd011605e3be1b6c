import { OUTCOMES } from '../domain/outcome.ts';
import { CLASS_COUNT } from '../domain/priority.ts';
import { type BucketCounts, CumulativeHistograms } from '../lib/histogram/cumulative-histogram.ts';
import { growFloats } from '../lib/typed-arrays.ts';

const WIDTH = OUTCOMES.length;
/** Rows of `byComponent` that stand before those of the components. */
const NONE = 0;
const GONE = 1;
const FIRST = 2;

/** Why work is shed, and why it is tried again. */
export const SHED_REASONS = ['overload', 'evicted'] as const;
export const RETRY_REASONS = ['failed', 'timedOut', 'failover'] as const;

/**
 * What exporters split by label, counted since the start: outcomes by component, time by priority and outcome. It is some
 * additions for each request and allocates nothing.
 */
export class RequestTallies {
  private readonly duration = new CumulativeHistograms(CLASS_COUNT * WIDTH);
  private readonly wait = new CumulativeHistograms(CLASS_COUNT);
  private readonly shedCounts = new Float64Array(CLASS_COUNT * SHED_REASONS.length);
  private readonly retryCounts = new Float64Array(RETRY_REASONS.length);
  private byComponent = new Float64Array(FIRST * WIDTH);

  /** @param component index of the component that had it last; negative: none ever had. */
  settled(cls: number, outcome: number, ms: number, component: number): void {
    this.duration.record(cls * WIDTH + outcome, ms);
    this.countOutcome(component < 0 ? NONE : component + FIRST, outcome);
  }

  /** Never admitted: it has no component and took no time. */
  rejected(outcome: number): void {
    this.byComponent[NONE * WIDTH + outcome]!++;
  }

  waited(cls: number, ms: number): void {
    this.wait.record(cls, ms);
  }

  shed(cls: number, reason: (typeof SHED_REASONS)[number]): void {
    this.shedCounts[cls * SHED_REASONS.length + (reason === 'overload' ? 0 : 1)]!++;
  }

  tryAgain(reason: (typeof RETRY_REASONS)[number]): void {
    this.retryCounts[reason === 'failed' ? 0 : reason === 'timedOut' ? 1 : 2]!++;
  }

  /** A component has left: its index may go to another. */
  componentLeft(index: number): void {
    const from = (index + FIRST) * WIDTH;
    if (from >= this.byComponent.length) return;
    for (let k = 0; k < WIDTH; k++) {
      this.byComponent[GONE * WIDTH + k]! += this.byComponent[from + k]!;
      this.byComponent[from + k] = 0;
    }
  }

  /** By outcome, of one component. */
  outcomesOf(index: number): readonly number[] {
    return this.rowOf(index + FIRST);
  }

  /** By outcome, of the requests that no component ever had. */
  get outcomesOfNone(): readonly number[] {
    return this.rowOf(NONE);
  }

  /** By outcome, of the components that have left. */
  get outcomesOfGone(): readonly number[] {
    return this.rowOf(GONE);
  }

  durations(cls: number, outcome: number): BucketCounts {
    return this.duration.read(cls * WIDTH + outcome);
  }

  waits(cls: number): BucketCounts {
    return this.wait.read(cls);
  }

  shedOf(cls: number, reason: number): number {
    return this.shedCounts[cls * SHED_REASONS.length + reason]!;
  }

  retriesOf(reason: number): number {
    return this.retryCounts[reason]!;
  }

  private countOutcome(row: number, outcome: number): void {
    const at = row * WIDTH + outcome;
    if (at >= this.byComponent.length) this.byComponent = growFloats(this.byComponent, 2 * (row + 1) * WIDTH);
    this.byComponent[at]!++;
  }

  private rowOf(row: number): readonly number[] {
    const from = row * WIDTH;
    if (from >= this.byComponent.length) return new Array<number>(WIDTH).fill(0);
    return [...this.byComponent.subarray(from, from + WIDTH)];
  }
}
