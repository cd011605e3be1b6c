import { z } from 'zod';
import { COMPONENT_STATUSES } from '../../domain/component.ts';
import { conservationError } from '../../domain/outcome.ts';
import { PRIORITIES } from '../../domain/priority.ts';
import type { EngineView } from '../engine-view.ts';
import { countsOf, metricsOf } from './metrics.ts';

const count = z.number();

/** What a dashboard shows; units are in the names, shares are 0 to 1. */
export const dashboardSchema = z.strictObject({
  version: z.literal(1),
  /** Epoch ms of the balancer's clock. */
  at: z.number(),
  uptimeMs: z.number(),
  regions: z.strictObject({
    phase: z.enum(['starting', 'running', 'draining', 'stopped']),
    dispatch: z.enum(['flowing', 'paused']),
    pressure: z.enum(['normal', 'high', 'shedding']),
    failover: z.enum(['steady', 'rerouting', 'degraded', 'down']),
    algorithm: z.string(),
  }),
  /** Components by status. */
  statuses: z.record(z.enum(COMPONENT_STATUSES), count),
  /** Of the last 5 to 10 s; null: nothing to tell. */
  recent: z.strictObject({
    windowMs: z.number(),
    successRate: z.number().nullable(),
    throughputPerSecond: z.number(),
    p50Ms: z.number().nullable(),
    p99Ms: z.number().nullable(),
    queueP99Ms: z.number().nullable(),
  }),
  /** Since the start, but for the throughput and the slots, which are of now. */
  summary: z.strictObject({
    throughputPerSecond: z.number(),
    successRate: z.number(),
    p50Ms: z.number(),
    p99Ms: z.number(),
    queueP99Ms: z.number(),
    /** 100 · Jain's index of utilization. */
    distributionScore: z.number(),
    slotsTaken: count,
    slotsTotal: count,
  }),
  requests: z.strictObject({
    submitted: count,
    completed: count,
    failed: count,
    timedOut: count,
    shed: count,
    rejected: count,
    cancelled: count,
    queued: count,
    inFlight: count,
    awaitingRetry: count,
    /** submitted minus everything else: 0, or a defect of plimsoll. */
    conservationError: count,
  }),
  queue: z.strictObject({ size: count, bound: count, byPriority: z.record(z.enum(PRIORITIES), count) }),
  components: z.array(
    z.strictObject({
      id: z.string(),
      priority: z.enum(PRIORITIES),
      status: z.enum(COMPONENT_STATUSES),
      state: z.string(),
      timeInStateMs: z.number(),
      slotsTaken: count,
      slots: count,
      maxConcurrentTasks: count,
      utilization: z.number(),
      weight: z.number(),
      p50Ms: z.number(),
      p99Ms: z.number(),
      successRate: z.number(),
      throughputPerSecond: z.number(),
      succeeded: count,
      failed: count,
      timedOut: count,
      efficiency: z.number(),
    }),
  ),
  alerts: z.strictObject({ raised: count, suppressed: count }),
});

export type DashboardData = z.output<typeof dashboardSchema>;

export function dashboardOf(state: EngineView): DashboardData {
  const m = metricsOf(state);
  const statuses = { Available: 0, Busy: 0, Overloaded: 0, Maintenance: 0, Failed: 0 };
  const components = Object.values(m.components).map((c) => {
    statuses[c.status]++;
    return {
      id: c.componentId,
      priority: c.priority,
      status: c.status,
      state: c.state,
      timeInStateMs: c.timeInStateMs,
      slotsTaken: c.slotsTaken,
      slots: c.availableSlots,
      maxConcurrentTasks: c.maxConcurrentTasks,
      utilization: c.utilization,
      weight: c.weight,
      p50Ms: c.latency.p50Ms,
      p99Ms: c.latency.p99Ms,
      successRate: c.successRate,
      throughputPerSecond: c.throughputPerSecond,
      succeeded: c.succeeded,
      failed: c.failed,
      timedOut: c.timedOut,
      efficiency: c.efficiency,
    };
  });
  return {
    version: 1,
    at: m.at,
    uptimeMs: m.uptimeMs,
    regions: m.regions,
    statuses,
    recent: m.recent,
    summary: {
      throughputPerSecond: m.throughputPerSecond,
      successRate: m.successRate,
      p50Ms: m.responseTime.p50Ms,
      p99Ms: m.responseTime.p99Ms,
      queueP99Ms: m.queueTime.p99Ms,
      distributionScore: m.distributionScore,
      slotsTaken: m.slots.taken,
      slotsTotal: m.slots.total,
    },
    requests: { ...m.requests, conservationError: conservationError(countsOf(state)) },
    queue: { size: m.queue.size, bound: m.queue.bound, byPriority: m.queue.byPriority },
    components,
    alerts: m.alerts,
  };
}
