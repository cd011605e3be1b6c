/** Batches kept: three cycles of a minute, of 2.5 s each (see StrategyEvidence). */
const BATCHES = 72;

/** Half-width of a 95 % interval in standard errors, for 2 to 9 degrees of freedom (Student's t). */
const STUDENT = [4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];
const FEWEST_BATCHES = 3;

/**
 * What a strategy lost against each of some others, as a share of what it paid: a ratio of sums over batches, with the
 * standard error of such a ratio (Cochran, "Sampling Techniques", 1977, section 6.3). The picks of a batch are one
 * observation: they are scored by the same service times, so that taken one by one they would look far surer than they
 * are (method of batch means).
 */
export class Regret {
  private readonly width: number;
  /** Per batch: what was paid, and for each other what it would have saved. */
  private readonly paid = new Float64Array(BATCHES);
  private readonly saved: Float64Array;
  private batch = -1;
  private batches = 0;
  private key = Number.NaN;

  /** @param width number of strategies that are compared. */
  constructor(width: number) {
    this.width = width;
    this.saved = new Float64Array(BATCHES * width);
  }

  clear(): void {
    this.batches = 0;
    this.batch = -1;
    this.key = Number.NaN;
  }

  /**
   * A pick was paid for with `cost`; what others would have saved follows.
   * @param key of its batch; those of one batch come one after the other.
   */
  open(key: number, cost: number): void {
    if (key !== this.key) {
      this.key = key;
      this.batch = (this.batch + 1) % BATCHES;
      this.batches = Math.min(BATCHES, this.batches + 1);
      this.paid[this.batch] = 0;
      this.saved.fill(0, this.batch * this.width, (this.batch + 1) * this.width);
    }
    this.paid[this.batch]! += cost;
  }

  /** @param saved how much less the k-th strategy's pick would have cost; negative: more. */
  add(k: number, saved: number): void {
    this.saved[this.batch * this.width + k]! += saved;
  }

  /** Regret against the k-th strategy: a share of what was paid; 0 while nothing is known. */
  mean(k: number): number {
    const paid = this.totalPaid();
    return paid > 0 ? this.totalSaved(k) / paid : 0;
  }

  /** Lower end of the 95 % interval of the regret; -Infinity with fewer than three batches. */
  least(k: number): number {
    const n = this.batches;
    if (n < FEWEST_BATCHES) return Number.NEGATIVE_INFINITY;
    const mean = this.mean(k);
    let squares = 0;
    for (let b = 0; b < n; b++) squares += (this.saved[b * this.width + k]! - mean * this.paid[b]!) ** 2;
    const error = Math.sqrt((squares * n) / (n - 1)) / this.totalPaid();
    const df = n - 1;
    return mean - (STUDENT[df - 2] ?? 1.96 + 2.72 / df) * error;
  }

  /** The strategy against which the regret is largest. */
  best(): number {
    let best = 0;
    for (let k = 1; k < this.width; k++) if (this.totalSaved(k) > this.totalSaved(best)) best = k;
    return best;
  }

  private totalPaid(): number {
    let sum = 0;
    for (let b = 0; b < this.batches; b++) sum += this.paid[b]!;
    return sum;
  }

  private totalSaved(k: number): number {
    let sum = 0;
    for (let b = 0; b < this.batches; b++) sum += this.saved[b * this.width + k]!;
    return sum;
  }
}
