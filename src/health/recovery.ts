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
 * How long a failed component stays isolated at most while work that it serves waits for a slot, ms.
 *
 * Each probe may cost a request; each second of not knowing that the component is well again costs the `perSecond`
 * requests it would have served. Probing every T an outage that lasts L more costs L/T + perSecond · T/2, least at
 * T = √(2L/perSecond). An outage is expected to last as long again as it has lasted so far (Gott 1993), which is also why
 * the cooldown doubles; but where nothing waits (perSecond = 0) knowing earlier is worth nothing, and the cooldown
 * stands. Never shorter than the first cooldown.
 *
 * @param outageMs how long it has been failed.
 * @param perSecond requests per second that it could serve, 0 and up.
 * @returns ms; Infinity for no bound.
 */
export function earlyProbeDelayMs(
  outageMs: number,
  perSecond: number,
  recovery: Pick<ResolvedSettings['recovery'], 'baseDelayMs' | 'jitter'>,
): number {
  const best = 1000 * Math.sqrt((2 * outageMs) / 1000 / perSecond);
  return Math.max(recovery.baseDelayMs * (1 + recovery.jitter), best);
}

/**
 * Slow start: the share of weight and slots of a component that recovered `elapsedMs` ago, a straight line from 10 % to
 * 100 % over `slowStartMs` (default 10 s; 0: at once).
 */
export function rampAt(elapsedMs: number, slowStartMs: number): number {
  if (elapsedMs >= slowStartMs) return 1;
  return RAMP_START + (1 - RAMP_START) * Math.max(0, elapsedMs / slowStartMs);
}
