import type { ComponentCapacity, ResourceCapacity } from '../../domain/component.ts';
import type { AlgorithmMetrics, BalancerMetrics, ComponentMetrics, RouteMetrics } from '../../domain/metrics.ts';
import type { RequestCounts } from '../../domain/outcome.ts';
import { PRIORITIES, type Priority } from '../../domain/priority.ts';
import { RESOURCES, type ResourceShares } from '../../domain/workload.ts';
import { Standing } from '../../fleet/component-table.ts';
import { JobState } from '../../requests/job.ts';
import type { Books } from '../state.ts';
import { utilization } from '../dispatch/dispatch.ts';
import type { Entry } from '../membership/component-record.ts';
import { shadowMetrics } from './shadow-metrics.ts';
import { boundOf, typesOf } from '../overload/watermarks.ts';

/** Everything that is counted, as plain JSON: read by people and machines, never by the per-request path. */
export function metricsOf(books: Books): BalancerMetrics {
  const t = books.now();
  const { outcomes, queue, components, tally } = books;
  const components_ = Object.fromEntries(
    books.entries.flatMap((entry) => (entry === undefined ? [] : [[entry.id, componentMetrics(books, entry, t)]])),
  );
  const requests = countsOf(books);
  const settled = requests.completed + requests.failed + requests.timedOut + requests.shed + requests.rejected;
  return {
    at: books.clock.now(),
    uptimeMs: t,
    regions: {
      phase: books.phase,
      dispatch: books.flowing ? 'flowing' : 'paused',
      pressure: books.pressure,
      failover: books.failoverLevel,
      algorithm: books.activeAlgorithm,
    },
    requests,
    requestsByPriority: countsByPriority(books),
    successRate: settled > 0 ? requests.completed / settled : 1,
    responseTime: outcomes.response.summary(),
    queueTime: outcomes.queue.summary(),
    throughputPerSecond: outcomes.throughput(t),
    queue: {
      size: queue.size,
      bound: books.settings.maxQueueSize,
      utilization: queue.size / books.settings.maxQueueSize,
      byPriority: byPriority((cls) => queue.byClass[cls]!),
      routes: routesOf(books),
    },
    slots: { taken: components.slotsTaken, total: components.operationalSlots },
    attempts: {
      started: tally.started,
      retried: tally.retried,
      rerouted: tally.rerouted,
      probes: tally.probes,
      abandoned: tally.abandoned,
      settledLate: tally.settledLate,
    },
    shedding: { active: books.pressure === 'shedding', dropped: tally.dropped, evicted: tally.evicted },
    algorithms: algorithmsOf(books),
    strategyByPriority: byPriority((cls) => books.algorithms.adaptive.strategies[cls]!),
    ...(books.shadows === undefined ? {} : { shadow: shadowMetrics(books, books.shadows) }),
    components: components_,
    distributionScore: distributionScore(books),
    alerts: { raised: books.alerts.raised, suppressed: books.alerts.suppressed },
    failovers: books.failovers,
    forecast: {
      arrivalsPerSecond: books.forecast.arrivalsPerSecond,
      upperPerSecond: books.forecast.upperPerSecond,
      utilization: books.forecast.utilization,
    },
  };
}

function byPriority<T>(of: (cls: number) => T): Record<Priority, T> {
  return {
    CRITICAL: of(0),
    HIGH: of(1),
    NORMAL: of(2),
    LOW: of(3),
    MINIMAL: of(4),
  };
}

/** Outcomes and open requests: what the conservation law is about. */
export function countsOf(books: Books): RequestCounts {
  const by = books.jobs.countByState;
  return books.outcomes.requestCounts({
    queued: by[JobState.queued]!,
    inFlight: by[JobState.inFlight]!,
    awaitingRetry: by[JobState.awaitingRetry]!,
  });
}

function countsByPriority(books: Books): Record<Priority, RequestCounts> {
  const open = PRIORITIES.map(() => ({ queued: 0, inFlight: 0, awaitingRetry: 0 }));
  books.jobs.forEachOpen((job) => {
    const counts = open[job.cls]!;
    if (job.state === JobState.queued) counts.queued++;
    else if (job.state === JobState.inFlight) counts.inFlight++;
    else counts.awaitingRetry++;
  });
  return byPriority((cls) => books.outcomes.requestCounts(open[cls]!, cls));
}

/** What a component can carry and how it does, for one class of work. */
export function capacityOf(books: Books, entry: Entry, t: number): ComponentCapacity {
  const { components, performance, resources } = books;
  const i = entry.index;
  const resource = (r: number): ResourceCapacity => {
    const limitPercent = resources.limit(i, r);
    const usedPercent = resources.used(i, r, t);
    return { limitPercent, usedPercent, freePercent: Math.max(0, limitPercent - usedPercent) };
  };
  const shares: Record<keyof ResourceShares, ResourceCapacity> = {
    cpu: resource(RESOURCES.indexOf('cpu')),
    memory: resource(RESOURCES.indexOf('memory')),
    network: resource(RESOURCES.indexOf('network')),
    storage: resource(RESOURCES.indexOf('storage')),
  };
  return {
    componentId: entry.id,
    status: entry.status,
    state: entry.state,
    timeInStateMs: t - entry.since,
    maxConcurrentTasks: components.capacity[i]!,
    availableSlots: components.slots[i]!,
    slotsTaken: components.taken[i]!,
    slotsFree: Math.max(0, components.free[i]!),
    utilization: components.taken[i]! / components.capacity[i]!,
    resources: shares,
    responseTimeMs: performance.meanResponseMs(i),
    successRate: performance.successRate(i),
    throughputPerSecond: performance.finishRate(i, t),
    weight: components.weight[i]!,
    effectiveWeight: components.effectiveWeight(i, false),
    priorityMultiplier: components.multiplier[i]!,
    failuresInARow: entry.failures,
  };
}

function componentMetrics(books: Books, entry: Entry, t: number): ComponentMetrics {
  return {
    ...capacityOf(books, entry, t),
    priority: entry.spec.priority,
    started: entry.started,
    succeeded: entry.succeeded,
    failed: entry.failed,
    aborted: entry.aborted,
    timedOut: entry.timedOut,
    abandoned: entry.abandoned,
    efficiency: entry.efficiency,
    restarts: entry.restarts,
    latency: entry.latencySummary(),
  };
}

function routesOf(books: Books): RouteMetrics[] {
  return [...books.routes.routes].map((route) => ({
    types: typesOf(route),
    components: route.members.length,
    queued: route.queued,
    bound: boundOf(books, route),
    utilization: utilization(books, route),
  }));
}

function algorithmsOf(books: Books): Record<string, AlgorithmMetrics> {
  const all: Record<string, AlgorithmMetrics> = {};
  for (const { name, picks, holds, completed, failed, responseMs } of books.algorithms.tallies) {
    const finished = completed + failed;
    all[name] = { picks, holds, completed, failed, meanResponseMs: finished > 0 ? responseMs / finished : 0 };
  }
  return all;
}

/** 100 · Jain's fairness index (Jain, Chiu, Hawe 1984) of utilisation over operational components; 100 when idle. */
export function distributionScore(books: Books): number {
  const { components } = books;
  let n = 0;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < components.high; i++) {
    if (components.standing[i] !== Standing.operational) continue;
    const u = components.taken[i]! / components.capacity[i]!;
    n++;
    sum += u;
    squares += u * u;
  }
  return squares > 0 ? (100 * sum * sum) / (n * squares) : 100;
}
