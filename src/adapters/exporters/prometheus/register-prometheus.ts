import { InvalidConfigError } from '../../../domain/errors.ts';
import type { TelemetrySource } from '../../../domain/telemetry.ts';
import { DESCRIPTIONS, type Family, familiesOf } from '../families.ts';
import { type ExporterOptions, labelsFor } from '../options.ts';

/** The part of prom-client's `Registry` that is used; any of version 15 is one. */
export interface PrometheusRegistry {
  registerMetric(metric: object): void;
  removeSingleMetric(name: string): void;
  getSingleMetric(name: string): unknown;
}

/** One value, as prom-client writes it. */
interface MetricValue {
  readonly labels: Record<string, string>;
  readonly value: number;
  readonly metricName?: string;
}

/** How a cluster's primary joins the figures of its workers: sums, but for these. */
const AGGREGATORS: Readonly<Record<string, string>> = {
  plimsoll_queue_oldest_age_seconds: 'max',
  plimsoll_component_load_ratio: 'average',
  plimsoll_component_weight: 'average',
  plimsoll_distribution_score: 'average',
  plimsoll_build_info: 'first',
};

/** A metric as prom-client asks for it: whatever it holds is read when it is scraped. */
class CollectedMetric {
  /** prom-client takes `_total` from it where the registry speaks OpenMetrics. */
  name: string;
  readonly help: string;
  readonly type: Family['type'];
  readonly aggregator: string;
  private readonly read: () => MetricValue[];

  constructor({ name, help, type }: (typeof DESCRIPTIONS)[number], read: () => MetricValue[]) {
    this.name = name;
    this.help = help;
    this.type = type;
    this.aggregator = AGGREGATORS[name] ?? 'sum';
    this.read = read;
  }

  async get(): Promise<object> {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: this.read() };
  }

  /** The balancer counts since its start, and nobody resets that. */
  reset(): void {}
}

function valuesOf(family: Family, boundsMs: readonly number[]): MetricValue[] {
  const { name } = family;
  const labelled = (values: readonly string[]): Record<string, string> =>
    Object.fromEntries(family.labelNames.map((label, k) => [label, values[k] ?? '']));
  if (family.type !== 'histogram')
    return family.samples.map(({ labels, value }) => ({ labels: labelled(labels), value }));
  return family.samples.flatMap(({ labels, buckets }) => {
    const own = labelled(labels);
    const bucket = (le: string, value: number): MetricValue => ({
      metricName: `${name}_bucket`,
      labels: { le, ...own },
      value,
    });
    return [
      ...boundsMs.map((bound, k) => bucket(String(bound / 1000), buckets.upTo[k] ?? 0)),
      bucket('+Inf', buckets.count),
      { metricName: `${name}_sum`, labels: own, value: buckets.sumMs / 1000 },
      { metricName: `${name}_count`, labels: own, value: buckets.count },
    ];
  });
}

/**
 * Adds the balancer's metrics to a registry of prom-client 15. They are read when the registry is scraped; nothing is
 * added to the default registry or to prom-client's default metrics. A registry takes one balancer.
 * @param registry the `Registry` that your endpoint serves.
 * @returns takes them out again.
 * @throws InvalidConfigError when one of the two is none, or the registry has metrics of these names.
 */
export function registerPrometheus(
  balancer: TelemetrySource,
  registry: PrometheusRegistry,
  options: ExporterOptions = {},
): () => void {
  const labels = labelsFor(balancer, options);
  if (typeof registry?.registerMetric !== 'function' || typeof registry.getSingleMetric !== 'function')
    throw new InvalidConfigError('Invalid registry: expected a Registry of prom-client 15.', { value: registry });
  const taken = DESCRIPTIONS.find(({ name }) => registry.getSingleMetric(name) !== undefined);
  if (taken !== undefined)
    throw new InvalidConfigError(
      `Invalid registry: it has a metric ${taken.name} already. Give each balancer a registry of its own, and serve them with Registry.merge or on two paths.`,
      { value: taken.name },
    );

  let read: ReadonlyMap<string, MetricValue[]> | undefined;
  // a scrape asks for all metrics in one go: one reading serves them all
  const current = (): ReadonlyMap<string, MetricValue[]> => {
    if (read !== undefined) return read;
    const telemetry = balancer.telemetry();
    read = new Map(
      familiesOf(telemetry, labels).map((family) => [family.name, valuesOf(family, telemetry.boundsMs)] as const),
    );
    queueMicrotask(() => {
      read = undefined;
    });
    return read;
  };
  for (const description of DESCRIPTIONS)
    registry.registerMetric(new CollectedMetric(description, () => current().get(description.name) ?? []));
  return () => {
    for (const { name } of DESCRIPTIONS) registry.removeSingleMetric(name);
  };
}
