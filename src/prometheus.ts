export type { ExporterOptions } from './adapters/exporters/options.ts';
export { type PrometheusRegistry, registerPrometheus } from './adapters/exporters/prometheus/register-prometheus.ts';
export { PROMETHEUS_CONTENT_TYPE, renderPrometheus } from './adapters/exporters/prometheus/render-prometheus.ts';
export type {
  ComponentTelemetry,
  DurationBuckets,
  OutcomeCounts,
  Telemetry,
  TelemetrySource,
} from './domain/telemetry.ts';
