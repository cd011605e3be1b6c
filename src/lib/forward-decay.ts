/**
 * Exponential decay by a landmark that moves rarely (Cormode et al., "Forward Decay", ICDE 2009): a sample at time t is
 * stored times `e^((t - landmark)/tau)` and read divided by the same factor of now. So nothing has to be touched as time
 * passes, and one `exp` serves every accumulator that is read at the same instant.
 */
export class ForwardDecay {
  readonly tauMs: number;
  private landmark = 0;
  private lastT = 0;
  private lastFactor = 1;
  private inverseT = 0;
  private lastInverse = 1;
  /** Where the last exponential was taken, its value, and how far it serves, ms. */
  private baseT = 0;
  private baseFactor = 1;
  private baseInverse = 1;
  private readonly nearMs: number;
  private readonly perMs: number;
  private readonly rescalers: ((by: number, t: number) => void)[] = [];

  /** @param tauMs time constant in ms, above 0. */
  constructor(tauMs: number) {
    this.tauMs = tauMs;
    this.nearMs = tauMs / 1000;
    this.perMs = 1 / tauMs;
  }

  /** Calls back with the factor that stored values must be multiplied by when the landmark moves to t. */
  onRescale(rescale: (by: number, t: number) => void): void {
    this.rescalers.push(rescale);
  }

  /**
   * Weight of a sample taken at t (ms since the balancer's time 0). It may rescale what is stored, so ask it *before* a
   * stored value is read: `sum += decay.at(t)` and `sum / decay.at(t)` would both use the value of before. Time that goes
   * backwards is taken as it is: the factor is a pure function of t and the landmark.
   */
  at(t: number): number {
    if (t !== this.lastT) this.move(t);
    return this.lastFactor;
  }

  /** 1 / {@link at}, without the division as a rule. */
  inverseAt(t: number): number {
    if (t !== this.inverseT) this.moveInverse(t);
    return this.lastInverse;
  }

  // hot: docs/performance.md#3 (both return nothing)

  private move(t: number): void {
    const ahead = t - this.baseT;
    if (!(ahead >= 0 && ahead < this.nearMs)) {
      this.rebase(t);
      return;
    }
    // e^x for x < 0.001 by its series, off by 4e-14 at most, at a third of the cost: a busy balancer asks every few µs
    const x = ahead * this.perMs;
    this.lastT = t;
    this.lastFactor = this.baseFactor * (1 + x * (1 + x * (0.5 + x * (1 / 6))));
  }

  private moveInverse(t: number): void {
    const ahead = t - this.baseT;
    if (!(ahead >= 0 && ahead < this.nearMs)) {
      this.rebase(t);
      return;
    }
    const x = ahead * this.perMs;
    this.inverseT = t;
    this.lastInverse = this.baseInverse * (1 - x * (1 - x * (0.5 - x * (1 / 6))));
  }

  private rebase(t: number): void {
    let x = (t - this.landmark) / this.tauMs;
    if (x > 300) {
      // e^300 is 2e130: far from overflow even when squared sums are kept. Move the landmark to now.
      const by = Math.exp(-x);
      for (const rescale of this.rescalers) rescale(by, t);
      this.landmark = t;
      x = 0;
    }
    this.lastT = t;
    this.inverseT = t;
    this.lastFactor = Math.exp(x);
    this.lastInverse = 1 / this.lastFactor;
    this.baseT = t;
    this.baseFactor = this.lastFactor;
    this.baseInverse = this.lastInverse;
  }
}
