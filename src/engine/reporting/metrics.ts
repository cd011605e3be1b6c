import type { ComponentCapacity, ResourceCapacity } from '../../domain/component.ts';
import type { AlgorithmMetrics, BalancerMetrics, ComponentMetrics, RouteMetrics } from '../../domain/metrics.ts';
import type { RequestCounts } from '../../domain/outcome.ts';
import { PRIORITIES, type Priority } from '../../domain/priority.ts';
import type { RateLimitUsage } from '../../domain/rate-limit.ts';
import { RESOURCES, type ResourceShares } from '../../domain/workload.ts';
import { ServingState } from '../../fleet/component-table.ts';
import { utilization } from '../../fleet/utilization.ts';
import { JobState } from '../../requests/job.ts';
import type { EngineView } from '../engine-view.ts';
import type { ComponentRecord } from '../membership/component-record.ts';
import { queueLimitOf, typesOf } from '../overload/watermarks.ts';
import { shadowMetrics } from './shadow-metrics.ts';

/** Everything that is counted, as plain JSON: read by people and machines, never by the per-request path. */
export function metricsOf(state: EngineView): BalancerMetrics {
  const t = state.scheduler.now();
  const { queue } = state;
  const { outcomes, counters } = state.requests;
  const { components } = state.fleet;
  const components_ = Object.fromEntries(
    state.fleet.records.flatMap((record) =>
      record === undefined ? [] : [[record.id, componentMetrics(state, record, t)]],
    ),
  );
  const requests = countsOf(state);
  const settled = requests.completed + requests.failed + requests.timedOut + requests.shed + requests.rejected;
  const recent = state.recent.figures(t);
  return {
    at: state.clock.now(),
    uptimeMs: t,
    regions: {
      phase: state.mode.phase,
      dispatch: state.mode.flowing ? 'flowing' : 'paused',
      pressure: state.overload.pressure,
      failover: state.mode.failoverLevel,
      algorithm: state.selection.algorithms.active,
    },
    requests,
    requestsByPriority: countsByPriority(state),
    recent,
    successRate: settled > 0 ? requests.completed / settled : 1,
    responseTime: outcomes.response.summary(),
    queueTime: outcomes.queue.summary(),
    throughputPerSecond: recent.throughputPerSecond,
    queue: {
      size: queue.size,
      bound: state.settings.maxQueueSize,
      utilization: queue.size / state.settings.maxQueueSize,
      byPriority: byPriority((cls) => queue.byClass[cls]!),
      routes: routesOf(state),
    },
    slots: { taken: components.slotsTaken, total: components.operationalSlots },
    attempts: {
      started: counters.started,
      retried: counters.retried,
      rerouted: counters.rerouted,
      probes: counters.probes,
      abandoned: counters.abandoned,
      settledLate: counters.settledLate,
    },
    shedding: { active: state.overload.pressure === 'shedding', dropped: counters.dropped, evicted: counters.evicted },
    algorithms: algorithmsOf(state),
    strategyByPriority: byPriority((cls) => state.selection.algorithms.adaptive.strategies[cls]!),
    ...(state.selection.shadows === undefined ? {} : { shadow: shadowMetrics(state, state.selection.shadows) }),
    components: components_,
    distributionScore: distributionScore(state),
    alerts: { raised: state.alerts.raised, suppressed: state.alerts.suppressed },
    failovers: state.mode.failovers,
    forecast: {
      arrivalsPerSecond: state.learning.forecast.arrivalsPerSecond,
      upperPerSecond: state.learning.forecast.upperPerSecond,
      utilization: state.learning.forecast.utilization,
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
export function countsOf(state: EngineView): RequestCounts {
  const by = state.requests.jobs.countByState;
  return state.requests.outcomes.requestCounts({
    queued: by[JobState.queued]!,
    inFlight: by[JobState.inFlight]!,
    awaitingRetry: by[JobState.awaitingRetry]!,
  });
}

function countsByPriority(state: EngineView): Record<Priority, RequestCounts> {
  const open = PRIORITIES.map(() => ({ queued: 0, inFlight: 0, awaitingRetry: 0 }));
  state.requests.jobs.forEachOpen((job) => {
    const counts = open[job.countedAs]!;
    if (job.state === JobState.queued) counts.queued++;
    else if (job.state === JobState.inFlight) counts.inFlight++;
    else counts.awaitingRetry++;
  });
  return byPriority((cls) => state.requests.outcomes.requestCounts(open[cls]!, cls));
}

/** What a component can carry and how it does, for one class of work. */
export function capacityOf(state: EngineView, record: ComponentRecord, t: number): ComponentCapacity {
  const { components, performance, resources } = state.fleet;
  const i = record.index;
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
    componentId: record.id,
    status: record.status,
    state: record.state,
    timeInStateMs: t - record.since,
    maxConcurrentTasks: components.capacity[i]!,
    availableSlots: components.slots[i]!,
    slotsTaken: components.taken[i]!,
    slotsFree: Math.max(0, components.free[i]!),
    utilization: Math.min(1, components.taken[i]! / components.capacity[i]!),
    resources: shares,
    responseTimeMs: state.recent.meanResponseMs(record, t),
    successRate: performance.successRate(i),
    throughputPerSecond: state.recent.succeededPerSecond(record, t),
    weight: components.weight[i]!,
    effectiveWeight: components.effectiveWeight(i, false),
    priorityMultiplier: components.priorityMultiplier[i]!,
    failuresInARow: record.failures,
    avoided: state.fleet.components.avoided[record.index] === 1,
    rateLimits: rateLimitsOf(state, i, t),
    restsForMs: Math.max(0, components.restsUntil[i]! - t),
  };
}

function rateLimitsOf({ fleet: { rateLimits } }: EngineView, i: number, t: number): readonly RateLimitUsage[] {
  return rateLimits.windowsOf(i).map((window) => ({
    limit: window.rule.limit,
    perMs: window.rule.perMs,
    tokens: window.tokens(t),
    readyInMs: window.readyAt(1, t) - t,
  }));
}

function componentMetrics(state: EngineView, record: ComponentRecord, t: number): ComponentMetrics {
  return {
    ...capacityOf(state, record, t),
    priority: record.spec.priority,
    started: record.started,
    succeeded: record.succeeded,
    failed: record.failed,
    aborted: record.aborted,
    refused: record.refused,
    timedOut: record.timedOut,
    abandoned: record.abandoned,
    efficiency: record.efficiency,
    restarts: record.restarts,
    latency: record.latencySummary(),
  };
}

function routesOf(state: EngineView): RouteMetrics[] {
  return [...state.fleet.routes.routes].map((route) => ({
    types: typesOf(route),
    components: route.members.length,
    queued: route.queued,
    bound: queueLimitOf(state, route),
    utilization: Math.min(1, utilization(state.fleet, route, state.scheduler.now())),
  }));
}

function algorithmsOf(state: EngineView): Record<string, AlgorithmMetrics> {
  const all: Record<string, AlgorithmMetrics> = {};
  for (const { name, picks, holds, completed, failed, responseMs } of state.selection.algorithms.counters) {
    const finished = completed + failed;
    all[name] = { picks, holds, completed, failed, meanResponseMs: finished > 0 ? responseMs / finished : 0 };
  }
  return all;
}

/** 100 · Jain's fairness index (Jain, Chiu, Hawe 1984) of utilization over operational components; 100 when idle. */
export function distributionScore(state: EngineView): number {
  const { components } = state.fleet;
  let n = 0;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < components.high; i++) {
    if (components.servingState[i] !== ServingState.operational) continue;
    const u = components.taken[i]! / components.capacity[i]!;
    n++;
    sum += u;
    squares += u * u;
  }
  return squares > 0 ? (100 * sum * sum) / (n * squares) : 100;
}
