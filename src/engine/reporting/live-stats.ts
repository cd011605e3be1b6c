import type { ComponentStatus } from '../../domain/component.ts';
import type { BalancerRegions, RecentFigures } from '../../domain/metrics.ts';
import type { RequestCounts } from '../../domain/outcome.ts';
import { PRIORITIES, type Priority } from '../../domain/priority.ts';
import { HYSTERESIS } from '../../fleet/load-bands.ts';
import type { EngineView } from '../engine-view.ts';
import type { ComponentRecord } from '../membership/component-record.ts';
import { countsOf, distributionScore } from './metrics.ts';

/** A component at a glance. Times in ms, shares 0 to 1. */
export interface ComponentLiveStats {
  /** As configured. */
  readonly id: string;
  /** Importance of the component itself, as configured. */
  readonly priority: Priority;
  /** What it is to its users; see the guide to concepts. */
  readonly status: ComponentStatus;
  /** The statechart's state, in dots. */
  readonly state: string;
  /** Epoch ms. */
  readonly since: number;
  /** Slots that attempts hold now. */
  readonly slotsTaken: number;
  /** Slots that may be taken now: the maximum, lowered while warming up. */
  readonly slots: number;
  /** Slots as configured. */
  readonly maxConcurrentTasks: number;
  /** Mean of the last 5 to 10 s; 0 when nothing ended. */
  readonly responseTimeMs: number;
  /** Weighted by age, with a time constant of 5 s; 1 when nothing ended. */
  readonly successRate: number;
  /** Executions that have succeeded in the last 5 to 10 s. */
  readonly throughputPerSecond: number;
  /** Configured weight, as adapted by the optimizer. */
  readonly weight: number;
  /** The weight times the share that a slow start allows it now. */
  readonly effectiveWeight: number;
  /** Times that it has failed without ten good executions in between. */
  readonly failuresInARow: number;
  /** Times that its actor was started anew after a crash. */
  readonly restarts: number;
}

/** Shares of its slots at which a component's load band is entered, and below which it is left; they may change at run time. */
export interface LoadBands {
  readonly busyFrom: number;
  readonly busyUntil: number;
  readonly overloadedFrom: number;
  readonly overloadedUntil: number;
}

/** The whole balancer at a glance. */
export interface LiveStats {
  /** Epoch ms of the balancer's clock. */
  readonly at: number;
  /** Time since the start, ms. */
  readonly uptimeMs: number;
  /** States of the balancer itself. */
  readonly regions: BalancerRegions;
  /** What became of all requests since the start, and where the open ones are. */
  readonly requests: RequestCounts;
  /** How it goes now, with null where there is nothing to tell. */
  readonly recent: RecentFigures;
  /** Since the start. */
  readonly successRate: number;
  /** Completed requests, of the last 5 to 10 s. */
  readonly throughputPerSecond: number;
  /** Response time of the last 5 to 10 s; 0 when nothing completed. */
  readonly p50Ms: number;
  /** The same: 99 % took no longer. */
  readonly p99Ms: number;
  /** Time in the queue, of the last 5 to 10 s. */
  readonly queueP99Ms: number;
  /** Waiting requests. */
  readonly queue: {
    /** Requests that wait. */
    readonly size: number;
    /** `maxQueueSize`. */
    readonly bound: number;
    /** Requests that wait, by priority. */
    readonly byPriority: Readonly<Record<Priority, number>>;
  };
  /** Slots of operational components. */
  readonly slots: {
    /** Those that attempts hold. */
    readonly taken: number;
    /** All of them. */
    readonly total: number;
  };
  /** 100 · Jain's fairness index of utilization over operational components, 0 to 100. */
  readonly distributionScore: number;
  /** Utilization at which components become Busy and Overloaded, and no longer are. */
  readonly bands: LoadBands;
  /** Alerts since the start. */
  readonly alerts: {
    /** Those that were raised. */
    readonly raised: number;
    /** Those that were held back by `alertCooldownMs` or `maxAlertsPerHour`. */
    readonly suppressed: number;
  };
  /** One row for each component, in the order of registration. */
  readonly components: readonly ComponentLiveStats[];
}

/**
 * What a viewer needs several times a second. It walks no histogram of a component, which is what makes `metricsOf` cost
 * 0.1 ms a component: about 1 µs a component.
 */
export class LiveStatsReader {
  private readonly state: EngineView;

  constructor(state: EngineView) {
    this.state = state;
  }

  read(): LiveStats {
    return liveStatsOf(this.state, this.state.scheduler.now());
  }
}

function liveStatsOf(state: EngineView, t: number): LiveStats {
  const { queue } = state;
  const { components } = state.fleet;
  const requests = countsOf(state);
  const recent = state.recent.figures(t);
  const settled = requests.completed + requests.failed + requests.timedOut + requests.shed + requests.rejected;
  const rows: ComponentLiveStats[] = [];
  for (const record of state.fleet.records) if (record !== undefined) rows.push(rowOf(state, record, t));
  const byClass = (cls: number): number => queue.byClass[cls] ?? 0;
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
    successRate: settled > 0 ? requests.completed / settled : 1,
    recent,
    throughputPerSecond: recent.throughputPerSecond,
    p50Ms: recent.p50Ms ?? 0,
    p99Ms: recent.p99Ms ?? 0,
    queueP99Ms: recent.queueP99Ms ?? 0,
    queue: {
      size: queue.size,
      bound: state.settings.maxQueueSize,
      byPriority: {
        CRITICAL: byClass(PRIORITIES.indexOf('CRITICAL')),
        HIGH: byClass(PRIORITIES.indexOf('HIGH')),
        NORMAL: byClass(PRIORITIES.indexOf('NORMAL')),
        LOW: byClass(PRIORITIES.indexOf('LOW')),
        MINIMAL: byClass(PRIORITIES.indexOf('MINIMAL')),
      },
    },
    slots: { taken: components.slotsTaken, total: components.operationalSlots },
    distributionScore: distributionScore(state),
    bands: bandsOf(state),
    alerts: { raised: state.alerts.raised, suppressed: state.alerts.suppressed },
    components: rows,
  };
}

function bandsOf({ settings }: EngineView): LoadBands {
  const { highLoadThreshold, overloadThreshold } = settings;
  return {
    busyFrom: highLoadThreshold,
    busyUntil: highLoadThreshold - HYSTERESIS,
    overloadedFrom: overloadThreshold,
    overloadedUntil: overloadThreshold - HYSTERESIS,
  };
}

function rowOf(state: EngineView, record: ComponentRecord, t: number): ComponentLiveStats {
  const { components, performance } = state.fleet;
  const i = record.index;
  return {
    id: record.id,
    priority: record.spec.priority,
    status: record.status,
    state: record.state,
    since: state.scheduler.origin + record.since,
    slotsTaken: components.taken[i]!,
    slots: components.slots[i]!,
    maxConcurrentTasks: components.capacity[i]!,
    responseTimeMs: state.recent.meanResponseMs(record, t),
    successRate: performance.successRate(i),
    throughputPerSecond: state.recent.succeededPerSecond(record, t),
    weight: components.weight[i]!,
    effectiveWeight: components.effectiveWeight(i, false),
    failuresInARow: record.failures,
    restarts: record.restarts,
  };
}
