import { InvalidConfigError } from '../../domain/errors.ts';
import { formatValue } from '../../domain/request.ts';
import type { TelemetrySource } from '../../domain/telemetry.ts';
import { ComponentLabels, MOST_COMPONENTS } from './component-labels.ts';

/** How an exporter labels. */
export interface ExporterOptions {
  /** Components that get a label of their own, 0 to 100,000; the others share `other`. Default 200. */
  readonly maxComponents?: number | undefined;
}

/** @throws InvalidConfigError when it is no balancer, or an option is wrong. */
export function checkSource(balancer: TelemetrySource, { maxComponents = MOST_COMPONENTS }: ExporterOptions): number {
  if (typeof balancer?.telemetry !== 'function')
    throw new InvalidConfigError(
      `Invalid balancer: expected a LoadBalancer, or what inspectable(actor) makes of an actor (given: ${formatValue(balancer)}).`,
      { value: balancer },
    );
  if (!(Number.isInteger(maxComponents) && maxComponents >= 0 && maxComponents <= 100_000))
    throw new InvalidConfigError(
      `Invalid option: maxComponents: expected a whole number from 0 to 100000 (given: ${formatValue(maxComponents)}).`,
      { value: maxComponents },
    );
  return maxComponents;
}

/** @throws InvalidConfigError */
export const labelsFor = (balancer: TelemetrySource, options: ExporterOptions): ComponentLabels =>
  new ComponentLabels(checkSource(balancer, options));
