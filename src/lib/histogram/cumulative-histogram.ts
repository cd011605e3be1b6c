/**
 * Upper bounds of the buckets, ms, each inclusive: 0.5 ms to 10 s in steps of 1, 2.5 and 5. What takes longer is in a last one.
 */
export const BOUNDS_MS: readonly number[] = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

const BOUNDS = Float64Array.from(BOUNDS_MS);
const SUM = BOUNDS.length + 1;
const WIDTH = SUM + 1;

/** One histogram as exporters want it. */
export interface BucketCounts {
  /** Durations up to each of {@link BOUNDS_MS}, those of the shorter bounds included. */
  readonly upTo: readonly number[];
  /** All of them. */
  readonly count: number;
  readonly sumMs: number;
}

/**
 * Durations since the start in a few fixed buckets, one histogram a row: what monitoring systems add up over processes and
 * take differences of, which quantiles do not allow.
 */
export class CumulativeHistograms {
  private readonly cells: Float64Array;

  constructor(rows: number) {
    this.cells = new Float64Array(rows * WIDTH);
  }

  record(row: number, ms: number): void {
    let bucket = 0;
    // most durations are short: the first comparisons find their bucket
    while (bucket < BOUNDS.length && ms > BOUNDS[bucket]!) bucket++;
    const from = row * WIDTH;
    this.cells[from + bucket]!++;
    this.cells[from + SUM]! += ms;
  }

  read(row: number): BucketCounts {
    const from = row * WIDTH;
    let count = 0;
    const upTo: number[] = [];
    for (let bucket = 0; bucket < BOUNDS.length; bucket++) {
      count += this.cells[from + bucket]!;
      upTo.push(count);
    }
    return { upTo, count: count + this.cells[from + BOUNDS.length]!, sumMs: this.cells[from + SUM]! };
  }
}
