import {
  type Attributes,
  createNoopMeter,
  type Histogram,
  type Meter,
  type MeterProvider,
  type Observable,
} from '@opentelemetry/api';
import type { FactOfType, FactType, TerminalFact } from '../../../domain/events.ts';
import type { Outcome } from '../../../domain/outcome.ts';
import type { TelemetrySource } from '../../../domain/telemetry.ts';
import { VERSION } from '../../../domain/version.ts';
import type { ComponentLabels } from '../component-labels.ts';
import { DESCRIPTIONS, familiesOf } from '../families.ts';

/** Name of the meter and of the tracer. */
export const SCOPE = 'plimsoll';

/** Whom facts can be heard from. */
export interface FactSource {
  on<T extends FactType>(type: T, listener: (fact: FactOfType<T>) => void): () => void;
}

const TERMINALS = {
  'request.completed': 'completed',
  'request.failed': 'failed',
  'request.timedOut': 'timedOut',
  'request.shed': 'shed',
  'request.rejected': 'rejected',
  'request.cancelled': 'cancelled',
} as const satisfies Record<TerminalFact['type'], Outcome>;

/** The facts that end a request, and the outcome that each is. */
export const TERMINAL_FACTS = Object.entries(TERMINALS) as readonly [TerminalFact['type'], Outcome][];

/** `plimsoll_requests_submitted_total` is `plimsoll.requests_submitted`: exporters add unit and suffix again. */
export const otelName = (name: string): string =>
  name.replace(/^plimsoll_/, 'plimsoll.').replace(/_(total|seconds)$/, '');

const unitOf = (name: string): string => (name.endsWith('_seconds') ? 's' : '1');

/** What an instrument is while no SDK is there: then nobody listens. */
const NOTHING: unknown = createNoopMeter().createHistogram(SCOPE);

/** Exports all metrics through a meter. @returns ends it. */
export function exportMetrics(
  balancer: TelemetrySource & FactSource,
  provider: MeterProvider,
  labels: ComponentLabels,
): () => void {
  const meter = provider.getMeter(SCOPE, VERSION);
  const ends = [observe(balancer, meter, labels), ...recordDurations(balancer, meter)];
  return () => {
    for (const end of ends) end();
  };
}

/** Counters and gauges: read when they are collected. */
function observe(balancer: TelemetrySource, meter: Meter, labels: ComponentLabels): () => void {
  const instruments = new Map<string, Observable>();
  for (const { name, help, type } of DESCRIPTIONS) {
    const options = { description: help, unit: unitOf(name) };
    if (type === 'counter') instruments.set(name, meter.createObservableCounter(otelName(name), options));
    else if (type === 'gauge') instruments.set(name, meter.createObservableGauge(otelName(name), options));
  }
  const observables = [...instruments.values()];
  const collect: Parameters<Meter['addBatchObservableCallback']>[0] = (result) => {
    for (const family of familiesOf(balancer.telemetry(), labels)) {
      const instrument = instruments.get(family.name);
      if (instrument === undefined || family.type === 'histogram') continue;
      for (const sample of family.samples) {
        const attributes: Attributes = {};
        for (const [k, label] of family.labelNames.entries()) attributes[label] = sample.labels[k];
        result.observe(instrument, sample.value, attributes);
      }
    }
  };
  meter.addBatchObservableCallback(collect, observables);
  return () => meter.removeBatchObservableCallback(collect, observables);
}

/** Histograms: the interface has no way to hand over buckets, so that each duration is recorded as it comes. */
function recordDurations(balancer: FactSource & TelemetrySource, meter: Meter): (() => void)[] {
  const bounds = balancer.telemetry().boundsMs.map((ms) => ms / 1000);
  const make = (name: string): Histogram => {
    const description = DESCRIPTIONS.find((one) => one.name === name)?.help ?? '';
    const options = { description, unit: 's', advice: { explicitBucketBoundaries: bounds } };
    return meter.createHistogram(otelName(name), options);
  };
  const duration = make('plimsoll_request_duration_seconds');
  const wait = make('plimsoll_queue_wait_seconds');
  if (duration === NOTHING) return [];
  return [
    // what was never admitted took no time
    ...TERMINAL_FACTS.filter(([type]) => type !== 'request.rejected').map(([type, outcome]) =>
      balancer.on(type, ({ totalMs, priority }) => duration.record(totalMs / 1000, { priority, outcome })),
    ),
    balancer.on('request.assigned', ({ waitMs, priority }) => wait.record(waitMs / 1000, { priority })),
  ];
}
