import type { TelemetrySource } from '../../../domain/telemetry.ts';
import { ComponentLabels } from '../component-labels.ts';
import { familiesOf } from '../families.ts';
import { checkSource, type ExporterOptions } from '../options.ts';
import { toText } from './exposition.ts';

/** The `content-type` of what `renderPrometheus` returns. */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Who has a label is remembered from scrape to scrape, by balancer and limit. */
const remembered = new WeakMap<TelemetrySource, Map<number, ComponentLabels>>();

function labelsOf(balancer: TelemetrySource, most: number): ComponentLabels {
  let byLimit = remembered.get(balancer);
  if (byLimit === undefined) {
    byLimit = new Map();
    remembered.set(balancer, byLimit);
  }
  let labels = byLimit.get(most);
  if (labels === undefined) {
    labels = new ComponentLabels(most);
    byLimit.set(most, labels);
  }
  return labels;
}

/**
 * Every metric of a balancer in Prometheus' text format, for an endpoint of your own.
 * @param balancer a `LoadBalancer`, or `inspectable(actor)`.
 * @throws InvalidConfigError when it is neither, or an option is wrong.
 */
export function renderPrometheus(balancer: TelemetrySource, options: ExporterOptions = {}): string {
  const labels = labelsOf(balancer, checkSource(balancer, options));
  const telemetry = balancer.telemetry();
  return toText(familiesOf(telemetry, labels), telemetry.boundsMs);
}
