import { conservationError } from '../../domain/outcome.ts';
import type { ComponentLiveStats, LiveStats } from '../../engine/reporting/live-stats.ts';
import type { Cost, Row, Summary } from '../protocol.ts';

/** Rows of the fleet, each with the number of the frame in which it last changed. */
export class Rows {
  private rows = new Map<string, { row: Row; changedIn: number }>();
  private left: { readonly id: string; readonly in: number }[] = [];

  /** @param statusSince when a component entered its status; undefined when that was before anybody listened. */
  take(
    components: readonly ComponentLiveStats[],
    frame: number,
    statusSince: (componentId: string) => number | undefined,
  ): void {
    const next = new Map<string, { row: Row; changedIn: number }>();
    for (const component of components) {
      const before = this.rows.get(component.id);
      const row = rowOf(component, statusSince(component.id));
      if (before !== undefined && same(before.row, row)) next.set(row.id, before);
      else next.set(row.id, { row, changedIn: frame });
    }
    for (const id of this.rows.keys()) if (!next.has(id)) this.left.push({ id, in: frame });
    if (this.left.length > 1_000) this.left = this.left.slice(-500);
    this.rows = next;
  }

  all(): Row[] {
    return [...this.rows.values()].map(({ row }) => row);
  }

  changedAfter(frame: number): Row[] {
    const changed: Row[] = [];
    for (const { row, changedIn } of this.rows.values()) if (changedIn > frame) changed.push(row);
    return changed;
  }

  goneAfter(frame: number): string[] {
    return this.left.filter((gone) => gone.in > frame && !this.rows.has(gone.id)).map(({ id }) => id);
  }
}

function rowOf(c: ComponentLiveStats, statusSince = c.since): Row {
  return {
    id: c.id,
    priority: c.priority,
    status: c.status,
    state: c.state,
    since: Math.round(c.since),
    statusSince: Math.round(statusSince),
    taken: c.slotsTaken,
    slots: c.slots,
    capacity: c.maxConcurrentTasks,
    meanMs: figures(c.responseTimeMs, 3),
    successRate: figures(c.successRate, 4),
    perSecond: figures(c.throughputPerSecond, 3),
    weight: figures(c.effectiveWeight, 3),
    failures: c.failuresInARow,
    restarts: c.restarts,
  };
}

const same = (a: Row, b: Row): boolean =>
  a.taken === b.taken &&
  a.state === b.state &&
  a.since === b.since &&
  a.status === b.status &&
  a.meanMs === b.meanMs &&
  a.perSecond === b.perSecond &&
  a.successRate === b.successRate &&
  a.slots === b.slots &&
  a.capacity === b.capacity &&
  a.weight === b.weight &&
  a.failures === b.failures &&
  a.restarts === b.restarts &&
  a.priority === b.priority;

/** @param successRate of the last seconds. */
export function summaryOf(stats: LiveStats, successRate: number, cost: Cost): Summary {
  const statuses = { Available: 0, Busy: 0, Overloaded: 0, Maintenance: 0, Failed: 0 };
  for (const { status } of stats.components) statuses[status]++;
  const { queue } = stats;
  return {
    at: stats.at,
    uptimeMs: Math.round(stats.uptimeMs),
    regions: stats.regions,
    statuses,
    requests: stats.requests,
    unaccounted: conservationError(stats.requests),
    successRate: figures(successRate, 5),
    perSecond: figures(stats.throughputPerSecond, 4),
    p50Ms: figures(stats.p50Ms, 3),
    p99Ms: figures(stats.p99Ms, 3),
    queueP99Ms: figures(stats.queueP99Ms, 3),
    score: figures(stats.distributionScore, 3),
    taken: stats.slots.taken,
    total: stats.slots.total,
    bands: stats.bands,
    queue: { size: queue.size, bound: queue.bound, byPriority: queue.byPriority },
    alerts: stats.alerts,
    cost,
  };
}

/** Fewer figures, fewer rows that change: nobody sees the fourth. */
export function figures(value: number, count: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(count)) : 0;
}
