import type { ComponentTable } from './component-table.ts';
import type { PerformanceStats } from './performance-stats.ts';
import type { ResourceUsage } from './resource-usage.ts';

/** The ledgers as selection reads them. They count; policies decide; neither changes the other. */
export interface FleetView {
  readonly components: ComponentTable;
  readonly performance: PerformanceStats;
  readonly resources: ResourceUsage;
}
