/**
 * Quantile functions: a draw is `quantile(u)` with u uniform in [0, 1). By inversion the same u gives matching times
 * under every distribution, so that runs under common random numbers stay comparable when a distribution is changed.
 */
export interface Distribution {
  /** Mean in ms. */
  readonly meanMs: number;
  /** @param u in [0, 1); @returns ms. */
  quantile(u: number): number;
}

export const deterministic = (meanMs: number): Distribution => ({ meanMs, quantile: () => meanMs });

export const exponential = (meanMs: number): Distribution => ({
  meanMs,
  quantile: (u) => -meanMs * Math.log1p(-u),
});

/** Lognormal with a coefficient of variation: σ² = ln(1 + cv²), μ = ln(mean) − σ²/2. */
export function lognormal(meanMs: number, cv: number): Distribution {
  const variance = Math.log1p(cv * cv);
  const sigma = Math.sqrt(variance);
  const median = meanMs * Math.exp(-variance / 2);
  return { meanMs, quantile: (u) => median * Math.exp(sigma * normalQuantile(u)) };
}

/**
 * What was measured, drawn with equal chances.
 * @param meanMs rescales the values to this mean.
 * @throws RangeError without values.
 */
export function empirical(values: readonly number[], meanMs?: number): Distribution {
  if (values.length === 0) throw new RangeError('an empirical distribution needs at least one value');
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const factor = meanMs === undefined ? 1 : meanMs / mean;
  const sorted = Float64Array.from(values, (value) => value * factor).sort();
  return {
    meanMs: mean * factor,
    quantile: (u) => sorted[Math.min(sorted.length - 1, Math.floor(u * sorted.length))]!,
  };
}

/**
 * Quantile of the standard normal distribution: Acklam's rational approximation, relative error below 1.15e-9 (far below
 * what any number of simulated requests can tell). Ends are cut at 2^-33, half the grain of the random source.
 */
export function normalQuantile(p: number): number {
  const u = p < CUT ? CUT : p > 1 - CUT ? 1 - CUT : p;
  if (u < LOW) return tail(Math.sqrt(-2 * Math.log(u)));
  if (u > 1 - LOW) return -tail(Math.sqrt(-2 * Math.log(1 - u)));
  const q = u - 0.5;
  const r = q * q;
  const numerator =
    ((((-3.969683028665376e1 * r + 2.209460984245205e2) * r - 2.759285104469687e2) * r + 1.38357751867269e2) * r -
      3.066479806614716e1) *
      r +
    2.506628277459239;
  const denominator =
    ((((-5.447609879822406e1 * r + 1.615858368580409e2) * r - 1.556989798598866e2) * r + 6.680131188771972e1) * r -
      1.328068155288572e1) *
      r +
    1;
  return (numerator * q) / denominator;
}

const CUT = 2 ** -33;
const LOW = 0.02425;

function tail(q: number): number {
  const numerator =
    ((((-7.784894002430293e-3 * q - 3.223964580411365e-1) * q - 2.400758277161838) * q - 2.549732539343734) * q +
      4.374664141464968) *
      q +
    2.938163982698783;
  const denominator =
    (((7.784695709041462e-3 * q + 3.224671290700398e-1) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1;
  return numerator / denominator;
}
