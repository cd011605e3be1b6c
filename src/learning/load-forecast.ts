/** Weight of the newest rate in the level. */
const ALPHA = 0.3;
/** Weight of the newest change in the trend. */
const BETA = 0.1;
/** Damping: a trend has lost half of itself after six or seven cycles, so that a burst is not extrapolated for ever. */
const PHI = 0.9;
/** Weight of the newest squared error in their mean. */
const GAMMA = 0.1;
/** Standard errors from the expected rate to the upper band: 95 % of a normal distribution lie below. */
const BAND = 1.645;

/** Share of capacity that the upper band should not exceed. */
const CROWDED = 0.8;
/** Share of capacity under which it is idle. */
const IDLE = 0.3;
/** Cycles that it must stay there before fewer components are recommended: to grow is urgent, to shrink is not. */
const IDLE_CYCLES = 3;

/** A rate to come, per second. */
export interface RateForecast {
  readonly expected: number;
  /** Not exceeded with 95 % probability, if errors stay what they were. */
  readonly upper: number;
}

/**
 * Forecast of the arrival rate by exponential smoothing with a damped trend (Holt's method as damped by Gardner and
 * McKenzie, "Forecasting Trends in Time Series", Management Science 31, 1985). The band is the analytic one of that model
 * (Hyndman, Koehler, Ord and Snyder 2008, table 6.2) around the decayed mean square of its one-step errors.
 */
export class ArrivalForecast {
  private level = 0;
  private trend = 0;
  private squares = 0;
  /** Sum of the weights in `squares`: without it the first errors would count for a tenth. */
  private weight = 0;
  private observed = 0;

  /** @param rate arrivals per second over the cycle that has just ended. */
  observe(rate: number): void {
    if (this.observed++ === 0) {
      this.level = rate;
      return;
    }
    const expected = this.level + PHI * this.trend;
    const error = rate - expected;
    const level = ALPHA * rate + (1 - ALPHA) * expected;
    this.trend = BETA * (level - this.level) + (1 - BETA) * PHI * this.trend;
    this.level = level;
    this.squares = (1 - GAMMA) * this.squares + GAMMA * error * error;
    this.weight = (1 - GAMMA) * this.weight + GAMMA;
  }

  /** @param cycles how many cycles ahead, 1 and up. */
  ahead(cycles = 1): RateForecast {
    let damped = 0;
    let factor = 1;
    let variance = 1;
    for (let h = 1; h <= cycles; h++) {
      factor *= PHI;
      damped += factor;
      if (h < cycles) variance += (ALPHA + ALPHA * BETA * damped) ** 2;
    }
    const expected = Math.max(0, this.level + damped * this.trend);
    const error = this.weight > 0 ? Math.sqrt((this.squares / this.weight) * variance) : 0;
    return { expected, upper: expected + BAND * error };
  }
}

/** What `scaling.recommended` says. */
export type ScalingDirection = 'up' | 'down';

/** Turns forecasts into recommendations: up at once, down after three cycles in a row. */
export class ScalingAdvisor {
  private idleCycles = 0;

  /**
   * Once per cycle.
   * @param upperUtilization upper band of the forecast over capacity, 0 and up.
   */
  advise(upperUtilization: number): ScalingDirection | undefined {
    this.idleCycles = upperUtilization < IDLE ? this.idleCycles + 1 : 0;
    if (upperUtilization > CROWDED) return 'up';
    return this.idleCycles >= IDLE_CYCLES ? 'down' : undefined;
  }
}
