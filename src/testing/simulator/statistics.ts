/** An estimate over independent runs: their mean, and the half-width of its confidence interval (95 % unless said). */
export interface Estimate {
  readonly mean: number;
  /** null: one run alone has none. */
  readonly halfWidth: number | null;
}

/**
 * How likely Student's t with a whole number of degrees of freedom lies within ±t: the finite series of Abramowitz and
 * Stegun, 26.7.3 and 26.7.4.
 */
export function withinT(t: number, degrees: number): number {
  const theta = Math.atan(t / Math.sqrt(degrees));
  const [sin, cos] = [Math.sin(theta), Math.cos(theta)];
  const odd = degrees % 2 === 1;
  let term = odd ? cos : 1;
  let sum = degrees > 1 ? term : 0;
  for (let k = odd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= (cos * cos * (k - 1)) / k;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (theta + sin * sum) : sin * sum;
}

/** The t with {@link withinT} = level, by bisection. @param degrees at least 1. @param level in (0, 1). */
export function studentT(degrees: number, level = 0.95): number {
  let low = 0;
  let high = 1;
  while (withinT(high, degrees) < level) high *= 2;
  for (let k = 0; k < 60; k++) {
    const middle = (low + high) / 2;
    if (withinT(middle, degrees) < level) low = middle;
    else high = middle;
  }
  return high;
}

/** Estimates a mean from one value per run; a run without a value (NaN) does not count. */
export function estimate(values: readonly number[], level = 0.95): Estimate {
  const known = values.filter((value) => !Number.isNaN(value));
  const n = known.length;
  const mean = known.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { mean, halfWidth: null };
  const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { mean, halfWidth: studentT(n - 1, level) * Math.sqrt(variance / n) };
}

/** Distribution of durations in ms; null where there were none. */
export interface DurationSummary {
  readonly count: number;
  readonly meanMs: number | null;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
  readonly p999Ms: number | null;
  readonly maxMs: number | null;
}

/** Sums up durations exactly: sorts them in place; quantiles are those of the nearest rank. */
export function summarize(durations: Float64Array): DurationSummary {
  const count = durations.length;
  if (count === 0) {
    return { count, meanMs: null, p50Ms: null, p90Ms: null, p99Ms: null, p999Ms: null, maxMs: null };
  }
  durations.sort();
  let sum = 0;
  for (let k = 0; k < count; k++) sum += durations[k]!;
  const at = (q: number): number => durations[Math.max(0, Math.ceil(q * count) - 1)]!;
  return {
    count,
    meanMs: sum / count,
    p50Ms: at(0.5),
    p90Ms: at(0.9),
    p99Ms: at(0.99),
    p999Ms: at(0.999),
    maxMs: durations[count - 1]!,
  };
}

/** Points of a cumulative distribution for a chart: quantiles, dense towards 1. @param sorted ascending. */
export function cdfOf(sorted: Float64Array): (readonly [ms: number, share: number])[] {
  if (sorted.length === 0) return [];
  return CDF_SHARES.map((share) => [sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!, share] as const);
}

/** Evenly to 0.9, then nine per decade of what is left: 0.91 … 0.99, 0.991 … 0.9999. */
export const CDF_SHARES: readonly number[] = [
  ...Array.from({ length: 45 }, (_, k) => (k + 1) / 50),
  ...[1, 2, 3].flatMap((decade) => Array.from({ length: 9 }, (_, k) => 1 - (9 - k) / 10 ** (decade + 1))),
];
