export type { FactSource } from './adapters/exporters/opentelemetry/metrics.ts';
export {
  type OpenTelemetryOptions,
  registerOpenTelemetry,
} from './adapters/exporters/opentelemetry/register-open-telemetry.ts';
export type { ExporterOptions } from './adapters/exporters/options.ts';
export type {
  ComponentTelemetry,
  DurationBuckets,
  OutcomeCounts,
  Telemetry,
  TelemetrySource,
} from './domain/telemetry.ts';
