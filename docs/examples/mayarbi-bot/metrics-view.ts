import { type BalancerMetrics, type ComponentMetrics, PRIORITIES } from 'plimsoll';
import type { BotView, ComponentView } from './bot-view.ts';

/** What the balancer's metrics do not know. */
export type RunView = Pick<BotView, 'elapsedMs' | 'durationMs' | 'trading' | 'bot' | 'notices'>;

type ShownComponent = Pick<
  ComponentMetrics,
  'componentId' | 'status' | 'state' | 'slotsTaken' | 'availableSlots' | 'maxConcurrentTasks' | 'succeeded' | 'failed'
> & { readonly latency: Pick<ComponentMetrics['latency'], 'count' | 'p50Ms' | 'p99Ms'> };

/** The part of the metrics that is shown. */
export interface ShownMetrics {
  readonly regions: Pick<BalancerMetrics['regions'], 'algorithm' | 'pressure' | 'failover'>;
  readonly requests: BalancerMetrics['requests'];
  readonly queue: Pick<BalancerMetrics['queue'], 'byPriority'>;
  readonly components: Readonly<Record<string, ShownComponent>>;
}

/** The table's view of the balancer's metrics. */
export const viewOf = (metrics: ShownMetrics, run: RunView): BotView => ({
  ...run,
  algorithm: metrics.regions.algorithm,
  pressure: metrics.regions.pressure,
  failover: metrics.regions.failover,
  components: Object.values(metrics.components).map(componentView),
  queue: PRIORITIES.map((priority) => ({ priority, waiting: metrics.queue.byPriority[priority] })),
  outcomes: metrics.requests,
});

const componentView = (component: ShownComponent): ComponentView => {
  const detail = detailOf(component);
  const { count, p50Ms, p99Ms } = component.latency;
  return {
    id: component.componentId,
    status: component.status,
    ...(detail === undefined ? {} : { detail }),
    inFlight: component.slotsTaken,
    capacity: component.maxConcurrentTasks,
    done: component.succeeded,
    failed: component.failed,
    p50Ms: count > 0 ? p50Ms : undefined,
    p99Ms: count > 0 ? p99Ms : undefined,
  };
};

/** The part of a state that its status does not tell. */
const detailOf = ({ status, state, availableSlots, maxConcurrentTasks }: ShownComponent): string | undefined => {
  if (status === 'Failed' || status === 'Maintenance') return state.split('.').at(-1);
  return availableSlots < maxConcurrentTasks ? 'warming' : undefined;
};
