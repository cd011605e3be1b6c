import { type MeterProvider, metrics, type TracerProvider, trace } from '@opentelemetry/api';
import { InvalidConfigError } from '../../../domain/errors.ts';
import type { TelemetrySource } from '../../../domain/telemetry.ts';
import { type ExporterOptions, labelsFor } from '../options.ts';
import { exportMetrics, type FactSource } from './metrics.ts';
import { type Traceable, traceRequests } from './tracing.ts';

/** How a balancer is exported through OpenTelemetry. */
export interface OpenTelemetryOptions extends ExporterOptions {
  /** Default: the global one, as it is at the call: start your SDK first. */
  readonly meterProvider?: MeterProvider | undefined;
  /** Default: the global one, whenever it comes. `null`: no spans. */
  readonly tracerProvider?: TracerProvider | null | undefined;
}

const registered = new WeakSet<object>();

const isTraceable = (balancer: FactSource): balancer is Traceable =>
  typeof Reflect.get(balancer, 'execute') === 'function' &&
  typeof Reflect.get(balancer, 'submitRequest') === 'function';

/**
 * Exports a balancer's metrics through OpenTelemetry, and gives each sampled request a span. For the spans it replaces
 * `execute` and `submitRequest` of this one object; while there is no SDK they only pass on.
 * @param balancer a `LoadBalancer`; of `inspectable(actor)` there are metrics only.
 * @returns ends it, and puts the two methods back.
 * @throws InvalidConfigError when it is no balancer, or is exported already.
 */
export function registerOpenTelemetry(
  balancer: TelemetrySource & FactSource,
  options: OpenTelemetryOptions = {},
): () => void {
  const labels = labelsFor(balancer, options);
  if (registered.has(balancer))
    throw new InvalidConfigError('Invalid balancer: it is exported through OpenTelemetry already. End that first.', {});
  const { meterProvider = metrics.getMeterProvider(), tracerProvider = trace.getTracerProvider() } = options;
  registered.add(balancer);
  const ends = [exportMetrics(balancer, meterProvider, labels)];
  if (tracerProvider !== null && isTraceable(balancer)) ends.push(traceRequests(balancer, tracerProvider));
  return () => {
    if (!registered.delete(balancer)) return;
    for (const end of ends) end();
  };
}
