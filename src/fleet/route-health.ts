import { evidence, IN_A_ROW } from '../lib/cusum.ts';
import { growFloats } from '../lib/typed-arrays.ts';

/** Decayed: executions that succeeded, that failed, and that failed at first (what is taken back later included). */
const GOOD = 0;
const BAD = 1;
const FIRST = 2;
/** Failures in a row; below 0: successes in a row. */
const STREAK = 3;
/** Evidence that it has gone bad (see cusum.ts), and the failures and successes since there was none; when that was, ms. */
const SCORE = 4;
const SCORE_BAD = 5;
const SCORE_GOOD = 6;
const SCORE_SINCE = 7;
const SHIFT = 3;
const WIDTH = 1 << SHIFT;
/** What is known of the share that others fail before they have done anything: a twentieth, worth twenty executions, Beta(1, 19). */
export const PRIOR_BAD = 1;
export const PRIOR = 20;

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
    if (rows[row | SCORE]! > 0) this.weigh(row, false, weight);
    rows[row]! += weight;
    this.good += weight;
    const streak = rows[row | STREAK]!;
    rows[row | STREAK] = streak > 0 ? -1 : streak - 1;
  }

  /**
   * @param lengthens whether it lengthens the row of failures.
   * @param share how much of a failure it is, 0 to 1.
   */
  failed(i: number, weight: number, t: number, lengthens: boolean, share = 1): void {
    const amount = weight * share;
    this.addBad(i, amount);
    this.first += amount;
    this.rows[(i << SHIFT) | FIRST]! += amount;
    if (!lengthens) return;
    if (this.failuresOf(i) === 0) this.rows[(i << SHIFT) | SCORE_SINCE] = t;
    this.weigh(i << SHIFT, true, weight);
    const at = (i << SHIFT) | STREAK;
    if (!(this.rows[at]! > 0)) {
      this.rows[at] = 0;
      this.streakSince[i] = t;
    }
    this.rows[at]!++;
  }

  /**
   * A failure at `at` was nobody's fault.
   * @param left what is left of its weight.
   * @param weight of this instant.
   * @returns whether it was still one of the present row of failures.
   */
  takeBack(i: number, left: number, at: number, weight: number): boolean {
    const row = i << SHIFT;
    const taken = Math.min(left, this.rows[row | BAD]!);
    this.addBad(i, -taken);
    if (this.rows[row | SCORE_BAD]! > 0 && at >= this.rows[row | SCORE_SINCE]!) {
      this.rows[row | SCORE_BAD]!--;
      this.rows[row | SCORE]! -= evidence(true, this.usualShare(row, weight));
      if (this.rows[row | SCORE_BAD] === 0 || this.rows[row | SCORE]! <= 0) this.exonerate(row);
    }
    if (!(this.rows[row | STREAK]! > 0) || at < this.streakSince[i]!) return false;
    this.rows[row | STREAK]!--;
    return true;
  }

  /** It was the component's after all. @returns whether no success has come in between. */
  restore(i: number, left: number, weight: number): boolean {
    this.addBad(i, left);
    this.weigh(i << SHIFT, true, weight);
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

  /** Evidence that it has gone bad: the logarithm of how much likelier that makes what it has done than if it were like its peers. */
  scoreOf(i: number): number {
    const { rows } = this;
    const row = i << SHIFT;
    const inARow = rows[row | SCORE_GOOD] === 0 ? rows[row | SCORE_BAD]! : 0;
    return rows[row | SCORE]! + inARow * IN_A_ROW;
  }

  /** Failures since there was no such evidence. */
  failuresOf(i: number): number {
    return this.rows[(i << SHIFT) | SCORE_BAD]!;
  }

  private weigh(row: number, failed: boolean, weight: number): void {
    const { rows } = this;
    const score = rows[row | SCORE]! + evidence(failed, this.usualShare(row, weight));
    if (score <= 0) {
      this.exonerate(row);
      return;
    }
    rows[row | SCORE] = score;
    rows[row | (failed ? SCORE_BAD : SCORE_GOOD)]!++;
  }

  private exonerate(row: number): void {
    this.rows.fill(0, row | SCORE, (row | SCORE_GOOD) + 1);
  }

  /** The share that executions of this kind fail, by what its peers have done, and it since there was no evidence against it. */
  private usualShare(row: number, weight: number): number {
    const { rows } = this;
    const bad = Math.max(0, this.first - rows[row | FIRST]!) / weight;
    const good = Math.max(0, this.good - rows[row]!) / weight;
    const own = rows[row | SCORE_BAD]!;
    return (bad + own + PRIOR_BAD) / (bad + good + own + rows[row | SCORE_GOOD]! + PRIOR);
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
