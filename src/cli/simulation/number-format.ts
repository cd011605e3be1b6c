import type { Estimate } from '../../testing/simulator/statistics.ts';

/** A number with about three digits, and as many decimals as `like` would have: an interval goes with its mean. */
export function decimal(value: number, like = value): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(like);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

const plusMinus = (mean: string, half: string): string => `${mean} ±${half}`;

/** `81.2 ±0.4`; without an interval where one run alone has none. */
export const estimated = ({ mean, halfWidth }: Estimate): string =>
  halfWidth === null || !Number.isFinite(mean) ? decimal(mean) : plusMinus(decimal(mean), decimal(halfWidth, mean));

/** A share as `99.98 ±0.01 %`. */
export function percent({ mean, halfWidth }: Estimate): string {
  if (!Number.isFinite(mean)) return '–';
  const text = (100 * mean).toFixed(2);
  return halfWidth === null ? `${text} %` : `${plusMinus(text, (100 * halfWidth).toFixed(2))} %`;
}

/** A ratio as `1.03 ±0.01`. */
export function ratio({ mean, halfWidth }: Estimate): string {
  if (!Number.isFinite(mean)) return '–';
  return halfWidth === null ? mean.toFixed(3) : plusMinus(mean.toFixed(3), halfWidth.toFixed(3));
}

/** Seconds of a scenario. */
export const seconds = (ms: number): string => `${Number((ms / 1000).toFixed(1))} s`;
