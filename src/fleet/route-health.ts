import { growFloats } from '../lib/typed-arrays.ts';

/** Decayed: executions that succeeded, that failed, and that failed at first (what is taken back later included). */
const GOOD = 0;
const BAD = 1;
const FIRST = 2;
/** Failures in a row; below 0: successes in a row. */
const STREAK = 3;
const SHIFT = 2;
const WIDTH = 1 << SHIFT;

/**
 * How each member of a route does the route's work, and all of them together: what outliers are judged by. Only executions
 * on operational members are counted, and what is known of one is dropped when it is no longer operational. Sums decay as
 * those of the performance ledger do (ForwardDecay, 5 s): amounts are given and read times the weight of the instant.
 */
export class RouteHealth {
  /** Of all members together. */
  good = 0;
  bad = 0;
  first = 0;
  private rows = new Float64Array(8 * WIDTH);
  /** When the present row of failures began, ms. */
  private streakSince = new Float64Array(8);

  /** A member joins, or what was known of it does not count any more. */
  clear(i: number): void {
    while (i >= this.streakSince.length) this.grow();
    const row = i << SHIFT;
    this.good = Math.max(0, this.good - this.rows[row | GOOD]!);
    this.bad = Math.max(0, this.bad - this.rows[row | BAD]!);
    this.first = Math.max(0, this.first - this.rows[row | FIRST]!);
    this.rows.fill(0, row, row + WIDTH);
  }

  succeeded(i: number, weight: number): void {
    const { rows } = this;
    const row = i << SHIFT;
    rows[row]! += weight;
    this.good += weight;
    const streak = rows[row | STREAK]!;
    rows[row | STREAK] = streak > 0 ? -1 : streak - 1;
  }

  /** @param lengthens whether it lengthens the row of failures. */
  failed(i: number, weight: number, t: number, lengthens: boolean): void {
    this.addBad(i, weight);
    this.first += weight;
    this.rows[(i << SHIFT) | FIRST]! += weight;
    if (!lengthens) return;
    const at = (i << SHIFT) | STREAK;
    if (!(this.rows[at]! > 0)) {
      this.rows[at] = 0;
      this.streakSince[i] = t;
    }
    this.rows[at]!++;
  }

  /** A failure at `at` was nobody's fault. @returns whether it was still one of the present row of failures. */
  takeBack(i: number, weight: number, at: number): boolean {
    const row = i << SHIFT;
    const taken = Math.min(weight, this.rows[row | BAD]!);
    this.addBad(i, -taken);
    if (!(this.rows[row | STREAK]! > 0) || at < this.streakSince[i]!) return false;
    this.rows[row | STREAK]!--;
    return true;
  }

  /** It was the component's after all. @returns whether no success has come in between. */
  restore(i: number, weight: number): boolean {
    this.addBad(i, weight);
    const at = (i << SHIFT) | STREAK;
    if (this.rows[at]! < 0) return false;
    this.rows[at]!++;
    return true;
  }

  goodOf(i: number): number {
    return this.rows[i << SHIFT]!;
  }

  badOf(i: number): number {
    return this.rows[(i << SHIFT) | BAD]!;
  }

  firstOf(i: number): number {
    return this.rows[(i << SHIFT) | FIRST]!;
  }

  /** Failures in a row; below 0: successes in a row. */
  streakOf(i: number): number {
    return this.rows[(i << SHIFT) | STREAK]!;
  }

  rescale(by: number): void {
    this.good *= by;
    this.bad *= by;
    this.first *= by;
    const { rows } = this;
    for (let row = 0; row < rows.length; row += WIDTH) for (let k = 0; k < STREAK; k++) rows[row + k]! *= by;
  }

  private addBad(i: number, weight: number): void {
    this.bad = Math.max(0, this.bad + weight);
    this.rows[(i << SHIFT) | BAD]! += weight;
  }

  private grow(): void {
    const size = this.streakSince.length * 2;
    this.rows = growFloats(this.rows, size * WIDTH);
    this.streakSince = growFloats(this.streakSince, size);
  }
}
