import type { Random } from '../domain/ports.ts';
import type { ResolvedSettings } from '../domain/settings.ts';

/** Share of its weight and slots that a recovered component starts with. */
export const RAMP_START = 0.1;

/**
 * How long a failed component stays isolated before it is probed: `min(maxDelayMs, baseDelayMs · 2^(k-1))`, give or take
 * the jitter, so that components that failed together do not come back together.
 *
 * @param k which failure in a row: 1 for the first.
 * @param recovery defaults: base 1 s, cap 30 s, jitter 0.2 (±20 %).
 * @returns ms.
 */
export function cooldownMs(
  k: number,
  recovery: Pick<ResolvedSettings['recovery'], 'baseDelayMs' | 'maxDelayMs' | 'jitter'>,
  random: Random,
): number {
  const delay = Math.min(recovery.maxDelayMs, recovery.baseDelayMs * 2 ** (k - 1));
  return delay * (1 + recovery.jitter * (2 * random() - 1));
}

/**
 * Slow start: the share of weight and slots of a component that recovered `elapsedMs` ago, a straight line from 10 % to
 * 100 % over `slowStartMs` (default 10 s; 0: at once).
 */
export function rampAt(elapsedMs: number, slowStartMs: number): number {
  if (elapsedMs >= slowStartMs) return 1;
  return RAMP_START + (1 - RAMP_START) * Math.max(0, elapsedMs / slowStartMs);
}
