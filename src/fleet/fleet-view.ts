import type { ComponentTable } from './component-table.ts';
import type { PerformanceStats } from './performance-stats.ts';
import type { RateLimits } from './rate-limits.ts';
import type { ResourceUsage } from './resource-usage.ts';
import type { SlowStart } from './slow-start.ts';

/** The tables of the fleet as selection reads them. They count, policies decide, and policies never change them. */
export interface FleetView {
  readonly components: ComponentTable;
  readonly performance: PerformanceStats;
  readonly resources: ResourceUsage;
  readonly rateLimits: RateLimits;
  readonly slowStart: SlowStart;
}
