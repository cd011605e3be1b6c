import type { ResolvedSettings } from '../domain/settings.ts';
import { type ComponentTable, ServingState } from '../fleet/component-table.ts';
import type { PerformanceStats } from '../fleet/performance-stats.ts';
import { isPanic } from './panic.ts';

type OutlierSettings = ResolvedSettings['outlier'];

/** Why a component is an outlier. */
export type OutlierReason = 'consecutiveFailures' | 'failureRatio';

/**
 * Whether recent outcomes call for the ejection of a component.
 *
 * @param t ms since the balancer's time 0.
 * @param settings defaults: 4 failures in a row; or failures above 35 % of successes with at least 4 failures, both
 * counted with a decay of 5 s.
 * @returns the reason, or undefined.
 */
export function judgeOutlier(
  performance: PerformanceStats,
  i: number,
  t: number,
  settings: OutlierSettings,
): OutlierReason | undefined {
  if (performance.consecutive[i]! >= settings.consecutiveFailures) return 'consecutiveFailures';
  const bad = performance.recentBad(i, t);
  // a decayed count of four failures that came at once is 4 only at that instant: half of one is conceded
  if (bad < settings.minFailures - 0.5) return undefined;
  return bad > settings.failureRatio * performance.recentGood(i, t) ? 'failureRatio' : undefined;
}

/**
 * Whether outlier detection may eject one more component: at most `maxEjectedShare` (half) of them, rounded down, yet at
 * least one; and never one whose loss would cause a panic.
 */
export function mayEject(components: ComponentTable, i: number, settings: OutlierSettings): boolean {
  if (components.servingState[i] !== ServingState.operational) return false;
  const allowed = Math.max(1, Math.floor(components.count * settings.maxEjectedShare));
  let ejected = 0;
  for (let k = 0; k < components.high; k++) ejected += components.ejected[k]!;
  if (ejected >= allowed) return false;
  return !isPanic(components.panic, components.operationalSlots - components.capacity[i]!, components.countedSlots);
}
