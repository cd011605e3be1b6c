import { ComponentTable } from '../../fleet/component-table.ts';
import { PerformanceStats } from '../../fleet/performance-stats.ts';
import { RateLimits } from '../../fleet/rate-limits.ts';
import { ResourceUsage } from '../../fleet/resource-usage.ts';
import { RouteTable } from '../../fleet/route-table.ts';
import { SlowStart } from '../../fleet/slow-start.ts';
import { TransitionCounts } from '../../fleet/transition-counts.ts';
import { ConcurrencyLimits } from '../../learning/concurrency-limit.ts';
import type { EngineOptions, Fleet } from '../state.ts';

/** A fleet without components. */
export function newFleet({ settings, random }: EngineOptions): Fleet {
  const components: ComponentTable = new ComponentTable(
    {
      onFreeChanged: (i, hasFreeSlot) => routes.onFreeChanged(i, hasFreeSlot),
      onProbeWanted: (i) => routes.onProbeWanted(i),
    },
    settings,
  );
  const routes = new RouteTable(components, random);
  const performance = new PerformanceStats();
  performance.fast.onRescale((by) => routes.rescale(by));
  const resources = new ResourceUsage();
  const rateLimits = new RateLimits(settings.agingMs);
  const slowStart = new SlowStart(components, performance, random);
  const view = { components, performance, resources, rateLimits, slowStart };
  return {
    ...view,
    routes,
    view,
    records: [],
    transitions: new TransitionCounts(),
    limits: settings.adaptiveConcurrency ? new ConcurrencyLimits() : undefined,
    nextIncarnation: 1,
    drained: [],
    crashLooping: 0,
    downRoutes: new Map(),
    downRoutesVersion: -1,
  };
}
