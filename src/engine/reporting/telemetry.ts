import { OUTCOMES } from '../../domain/outcome.ts';
import { PRIORITIES, priorityOf } from '../../domain/priority.ts';
import { windowName } from '../../domain/rate-limit.ts';
import type { ComponentTelemetry, OutcomeCounts, Telemetry } from '../../domain/telemetry.ts';
import { VERSION } from '../../domain/version.ts';
import { BOUNDS_MS } from '../../lib/histogram/cumulative-histogram.ts';
import { OutcomeColumn } from '../../requests/outcome-stats.ts';
import { RETRY_REASONS, SHED_REASONS } from '../../requests/request-tallies.ts';
import type { EngineView } from '../engine-view.ts';
import type { ComponentRecord } from '../membership/component-record.ts';
import { distributionScore } from './metrics.ts';

/** What exporters need; about 1 µs a component. */
export function telemetryOf(state: EngineView): Telemetry {
  const { tallies } = state.requests;
  return {
    boundsMs: BOUNDS_MS,
    version: VERSION,
    submitted: submittedOf(state),
    settledWithoutComponent: outcomeCounts(tallies.outcomesOfNone),
    settledByFormerComponents: outcomeCounts(tallies.outcomesOfGone),
    shed: PRIORITIES.flatMap((priority, cls) =>
      SHED_REASONS.map((reason, k) => ({ priority, reason, count: tallies.shedOf(cls, k) })),
    ),
    retries: {
      failed: tallies.retriesOf(RETRY_REASONS.indexOf('failed')),
      timedOut: tallies.retriesOf(RETRY_REASONS.indexOf('timedOut')),
      failover: tallies.retriesOf(RETRY_REASONS.indexOf('failover')),
    },
    durations: PRIORITIES.flatMap((priority, cls) =>
      OUTCOMES.map((outcome) => ({ priority, outcome, buckets: tallies.durations(cls, OutcomeColumn[outcome]) })),
    ),
    waits: PRIORITIES.map((priority, cls) => ({ priority, buckets: tallies.waits(cls) })),
    queue: queueOf(state),
    queueBound: state.settings.maxQueueSize,
    components: state.fleet.records.flatMap((record) => (record === undefined ? [] : [componentOf(state, record)])),
    routesDown: state.fleet.downRoutes.size,
    distributionScore: distributionScore(state),
    transitions: state.fleet.transitions.read(),
    failovers: state.mode.failovers,
    decisions: state.selection.algorithms.counters.map(({ name, picks }) => ({ algorithm: name, count: picks })),
    alerts: [...state.alerts.raisedByKind].map(([kind, count]) => ({ kind, count })),
  };
}

/** By type and priority. What could not be read has no type, and is the rest of what was submitted. */
function submittedOf(state: EngineView): Telemetry['submitted'] {
  const all: Telemetry['submitted'][number][] = [];
  const unnamed = PRIORITIES.map((_, cls) => state.requests.outcomes.submittedOf(cls));
  for (const { name, submitted } of state.fleet.routes.workloads) {
    if (name === '') continue;
    for (const [cls, count] of submitted.entries()) {
      if (count > 0) all.push({ type: name, priority: priorityOf(cls), count });
      unnamed[cls]! -= count;
    }
  }
  for (const [cls, count] of unnamed.entries())
    if (count > 0) all.push({ type: undefined, priority: priorityOf(cls), count });
  return all;
}

function queueOf(state: EngineView): Telemetry['queue'] {
  const t = state.scheduler.now();
  const oldest = PRIORITIES.map(() => t);
  for (const partition of state.queue.busyPartitions()) {
    oldest[partition.cls] = Math.min(oldest[partition.cls]!, partition.oldest());
  }
  return PRIORITIES.map((priority, cls) => ({
    priority,
    depth: state.queue.byClass[cls]!,
    oldestMs: t - oldest[cls]!,
  }));
}

function componentOf(state: EngineView, record: ComponentRecord): ComponentTelemetry {
  const { components } = state.fleet;
  const i = record.index;
  return {
    id: record.id,
    status: record.status,
    slotsTaken: components.taken[i]!,
    maxConcurrentTasks: components.capacity[i]!,
    weight: components.weight[i]!,
    tokens: state.fleet.rateLimits
      .windowsOf(i)
      .map((window) => ({ window: windowName(window.rule.perMs), tokens: window.tokens(state.scheduler.now()) })),
    settled: outcomeCounts(state.requests.tallies.outcomesOf(i)),
  };
}

const outcomeCounts = (row: readonly number[]): OutcomeCounts => ({
  completed: row[OutcomeColumn.completed]!,
  failed: row[OutcomeColumn.failed]!,
  timedOut: row[OutcomeColumn.timedOut]!,
  shed: row[OutcomeColumn.shed]!,
  rejected: row[OutcomeColumn.rejected]!,
  cancelled: row[OutcomeColumn.cancelled]!,
});
