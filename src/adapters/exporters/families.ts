import { COMPONENT_STATUSES } from '../../domain/component.ts';
import { OUTCOMES } from '../../domain/outcome.ts';
import { PRIORITIES } from '../../domain/priority.ts';
import type { DurationBuckets, Telemetry } from '../../domain/telemetry.ts';
import { type ComponentLabels, OTHER } from './component-labels.ts';

/** Labels of one series, in the order of the family's. */
type Labels = readonly string[];

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

export interface HistogramSample {
  readonly labels: Labels;
  readonly buckets: DurationBuckets;
}

interface Described {
  /** With the prefix and the suffix of its unit or kind. */
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

/** Series of one name. */
export type Family =
  | (Described & { readonly type: 'counter' | 'gauge'; readonly samples: readonly Sample[] })
  | (Described & { readonly type: 'histogram'; readonly samples: readonly HistogramSample[] });

/** What an export is made of: the figures, and which components have labels. */
interface Source {
  readonly telemetry: Telemetry;
  readonly labels: ComponentLabels;
}

type Template = Described &
  (
    | { readonly type: 'counter' | 'gauge'; samples(source: Source): Sample[] }
    | { readonly type: 'histogram'; samples(source: Source): HistogramSample[] }
  );

const single = (value: number): Sample[] => [{ labels: [], value }];

/** A type that is called `other` shares its series with those of no name. */
function submittedOf({ submitted }: Telemetry): Sample[] {
  const named = submitted.filter(({ type }) => type !== undefined && type !== OTHER);
  const shared = PRIORITIES.map((priority) => ({
    type: OTHER,
    priority,
    count: submitted.reduce(
      (n, one) => (one.priority === priority && (one.type ?? OTHER) === OTHER ? n + one.count : n),
      0,
    ),
  }));
  return [...named, ...shared.filter(({ count }) => count > 0)].map(({ type = OTHER, priority, count }) => ({
    labels: [type, priority],
    value: count,
  }));
}

/** Every metric, in the order in which it is exported. */
const TEMPLATES: readonly Template[] = [
  {
    name: 'plimsoll_requests_submitted_total',
    help: 'Requests submitted, by workload type; those of types that no component names are "other".',
    type: 'counter',
    labelNames: ['type', 'priority'],
    samples: ({ telemetry }) => submittedOf(telemetry),
  },
  {
    name: 'plimsoll_requests_settled_total',
    help: 'Requests that ended, by outcome and the component that had them last; "" when none ever had.',
    type: 'counter',
    labelNames: ['component', 'outcome'],
    samples: ({ telemetry, labels }) =>
      [...labels.outcomes(telemetry)].flatMap(([component, counts]) =>
        OUTCOMES.map((outcome) => ({ labels: [component, outcome], value: counts[outcome] })),
      ),
  },
  {
    name: 'plimsoll_requests_shed_total',
    help: 'Accepted requests that were dropped in overload, or evicted from a full queue.',
    type: 'counter',
    labelNames: ['priority', 'reason'],
    samples: ({ telemetry }) =>
      telemetry.shed.map(({ priority, reason, count }) => ({ labels: [priority, reason], value: count })),
  },
  {
    name: 'plimsoll_retries_total',
    help: 'Attempts after the first, by what ended the one before.',
    type: 'counter',
    labelNames: ['reason'],
    samples: ({ telemetry }) =>
      Object.entries(telemetry.retries).map(([reason, value]) => ({ labels: [reason], value })),
  },
  {
    name: 'plimsoll_request_duration_seconds',
    help: 'From acceptance to outcome; requests that were never admitted are not in it.',
    type: 'histogram',
    labelNames: ['priority', 'outcome'],
    samples: ({ telemetry }) =>
      telemetry.durations
        // a counter that is not there yet cannot be seen to grow
        .filter(({ buckets, outcome }) => buckets.count > 0 || outcome !== 'rejected')
        .map(({ priority, outcome, buckets }) => ({ labels: [priority, outcome], buckets })),
  },
  {
    name: 'plimsoll_queue_wait_seconds',
    help: 'From entering the queue to the start of an attempt.',
    type: 'histogram',
    labelNames: ['priority'],
    samples: ({ telemetry }) => telemetry.waits.map(({ priority, buckets }) => ({ labels: [priority], buckets })),
  },
  {
    name: 'plimsoll_queue_depth',
    help: 'Requests that wait for a component.',
    type: 'gauge',
    labelNames: ['priority'],
    samples: ({ telemetry }) => telemetry.queue.map(({ priority, depth }) => ({ labels: [priority], value: depth })),
  },
  {
    name: 'plimsoll_queue_oldest_age_seconds',
    help: 'Age of the oldest request that waits; 0 when none does.',
    type: 'gauge',
    labelNames: ['priority'],
    samples: ({ telemetry }) =>
      telemetry.queue.map(({ priority, oldestMs }) => ({ labels: [priority], value: oldestMs / 1000 })),
  },
  {
    name: 'plimsoll_queue_bound',
    help: 'How many requests may wait (maxQueueSize).',
    type: 'gauge',
    labelNames: [],
    samples: ({ telemetry }) => single(telemetry.queueBound),
  },
  {
    name: 'plimsoll_components',
    help: 'Components by status.',
    type: 'gauge',
    labelNames: ['state'],
    samples: ({ telemetry }) =>
      COMPONENT_STATUSES.map((state) => ({
        labels: [state],
        value: telemetry.components.reduce((n, { status }) => (status === state ? n + 1 : n), 0),
      })),
  },
  {
    name: 'plimsoll_component_load_ratio',
    help: 'Slots taken over configured slots, 0 to 1.',
    type: 'gauge',
    labelNames: ['component'],
    samples: ({ telemetry, labels }) =>
      labels.gauges(telemetry).map(({ label, slotsTaken, maxConcurrentTasks }) => ({
        labels: [label],
        value: slotsTaken / maxConcurrentTasks,
      })),
  },
  {
    name: 'plimsoll_component_inflight',
    help: 'Slots taken by running attempts.',
    type: 'gauge',
    labelNames: ['component'],
    samples: ({ telemetry, labels }) =>
      labels.gauges(telemetry).map(({ label, slotsTaken }) => ({ labels: [label], value: slotsTaken })),
  },
  {
    name: 'plimsoll_component_weight',
    help: 'Weight as adapted by the optimizer; of "other" the sum.',
    type: 'gauge',
    labelNames: ['component'],
    samples: ({ telemetry, labels }) =>
      labels.gauges(telemetry).map(({ label, weight }) => ({ labels: [label], value: weight })),
  },
  {
    name: 'plimsoll_component_tokens',
    help: 'Cost that may start now, by window of the rate limit; of "other" the sum.',
    type: 'gauge',
    labelNames: ['component', 'window'],
    samples: ({ telemetry, labels }) =>
      labels
        .gauges(telemetry)
        .flatMap(({ label, tokens }) => tokens.map((one) => ({ labels: [label, one.window], value: one.tokens }))),
  },
  {
    name: 'plimsoll_component_transitions_total',
    help: 'Changes of a component from one status to another.',
    type: 'counter',
    labelNames: ['from', 'to'],
    samples: ({ telemetry }) =>
      telemetry.transitions.map(({ from, to, count }) => ({ labels: [from, to], value: count })),
  },
  {
    name: 'plimsoll_routes_down',
    help: 'Routes with work and no operational component.',
    type: 'gauge',
    labelNames: [],
    samples: ({ telemetry }) => single(telemetry.routesDown),
  },
  {
    name: 'plimsoll_distribution_score',
    help: 'Fairness of load over operational components, 0 to 100 (100 times the index of Jain).',
    type: 'gauge',
    labelNames: [],
    samples: ({ telemetry }) => single(telemetry.distributionScore),
  },
  {
    name: 'plimsoll_failovers_total',
    help: 'Failovers started.',
    type: 'counter',
    labelNames: [],
    samples: ({ telemetry }) => single(telemetry.failovers),
  },
  {
    name: 'plimsoll_decisions_total',
    help: 'Picks of a component, by algorithm or policy.',
    type: 'counter',
    labelNames: ['algorithm'],
    samples: ({ telemetry }) =>
      telemetry.decisions.map(({ algorithm, count }) => ({ labels: [algorithm], value: count })),
  },
  {
    name: 'plimsoll_alerts_total',
    help: 'Alerts raised; those that were kept back are not counted.',
    type: 'counter',
    labelNames: ['kind'],
    samples: ({ telemetry }) => telemetry.alerts.map(({ kind, count }) => ({ labels: [kind], value: count })),
  },
  {
    name: 'plimsoll_build_info',
    help: 'Always 1; which version of plimsoll this is.',
    type: 'gauge',
    labelNames: ['version'],
    samples: ({ telemetry }) => [{ labels: [telemetry.version], value: 1 }],
  },
];

/** Name, help, type and labels of every metric. */
export const DESCRIPTIONS: readonly (Described & { readonly type: Family['type'] })[] = TEMPLATES;

/** All series of one balancer. */
export function familiesOf(telemetry: Telemetry, labels: ComponentLabels): readonly Family[] {
  labels.advance(telemetry);
  const source: Source = { telemetry, labels };
  return TEMPLATES.map(({ name, help, labelNames, ...template }) =>
    template.type === 'histogram'
      ? { name, help, labelNames, type: template.type, samples: template.samples(source) }
      : { name, help, labelNames, type: template.type, samples: template.samples(source) },
  );
}
