import { context, metrics, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectable } from '../../../src/machines.ts';
import { registerOpenTelemetry } from '../../../src/otel.ts';
import { renderPrometheus } from '../../../src/prometheus.ts';
import { parseExposition, total } from '../../support/exposition.ts';
import { Rig } from '../../support/rig.ts';

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => context.disable());

function tracing(sampler?: Sampler) {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
    ...(sampler === undefined ? {} : { sampler }),
  });
  return { provider, tracer: provider.getTracer('caller'), spans: () => exporter.getFinishedSpans() };
}

const only = (spans: readonly ReadableSpan[]): ReadableSpan => {
  expect(spans).toHaveLength(1);
  return spans[0]!;
};

const echo = { id: 'a', handler: () => trace.getSpanContext(context.active())?.spanId };

describe('a request that is waited for', () => {
  it('has a span under that of its caller, with each attempt as an event, and its handler runs inside', async () => {
    const rig = await Rig.start({
      components: [
        {
          id: 'a',
          handler: async (_, { attempt }) => {
            if (attempt === 1) throw new Error('not yet');
            return trace.getSpanContext(context.active())?.spanId;
          },
        },
      ],
    });
    const { provider, tracer, spans } = tracing();
    registerOpenTelemetry(rig.balancer, { tracerProvider: provider });
    const caller = tracer.startSpan('caller');
    const result = context.with(trace.setSpan(context.active(), caller), () =>
      rig.execute({ type: 'prices', priority: 'HIGH' }),
    );
    await rig.advance(10_000);
    const span = only(spans());
    expect(result.value).toBe(span.spanContext().spanId);
    expect(span.parentSpanContext?.spanId).toBe(caller.spanContext().spanId);
    expect(span.name).toBe('plimsoll prices');
    expect(span.attributes).toMatchObject({
      'plimsoll.type': 'prices',
      'plimsoll.priority': 'HIGH',
      'plimsoll.component': 'a',
      'plimsoll.outcome': 'completed',
      'plimsoll.attempts': 2,
    });
    expect(span.events.map(({ name }) => name)).toEqual(['accepted', 'attempt', 'retry', 'attempt']);
    expect(span.events[2]!.attributes).toMatchObject({ 'plimsoll.component': 'a', 'error.type': 'HANDLER_FAILED' });
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
  });

  it('has a span that says what went wrong', async () => {
    const rig = await Rig.start({ maxRetries: 0, components: [{ id: 'a', handler: () => Promise.reject('no') }] });
    const { provider, spans } = tracing();
    registerOpenTelemetry(rig.balancer, { tracerProvider: provider });
    const result = rig.execute({ id: 'mine' });
    await rig.advance(1);
    const span = only(spans());
    expect(span.attributes).toMatchObject({
      'plimsoll.request_id': 'mine',
      'plimsoll.outcome': 'failed',
      'error.type': 'HANDLER_FAILED',
    });
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: result.error?.message });
  });

  it('has a span that ends when the request is refused, or is none', async () => {
    const rig = await Rig.start({ components: [echo] });
    const { provider, spans } = tracing();
    registerOpenTelemetry(rig.balancer, { tracerProvider: provider });
    const hostile = {
      get type(): string {
        throw new Error('mine');
      },
    };
    const bad: [unknown, object?][] = [
      [undefined],
      [{}],
      [{ type: 'x', id: 5 }],
      [hostile],
      [{ type: 'x', deadline: 1 }],
      [{ type: 'x' }, { whenFull: 'never' }],
    ];
    for (const [request, options] of bad)
      await expect(rig.balancer.execute(request as never, options)).rejects.toThrow();
    expect(spans()).toHaveLength(bad.length);
    // nobody listens any more
    await rig.balancer.stop();
    await expect(rig.balancer.execute({ type: 'x' })).rejects.toThrow(/stopped/);
    expect(spans()).toHaveLength(bad.length + 1);
  });

  it('keeps its span when another of the same id is refused', async () => {
    const rig = await Rig.start({
      components: [
        { id: 'a', handler: (_, { clock }) => new Promise((resolve) => void clock.setTimeout(() => resolve(1), 50)) },
      ],
    });
    const { provider, spans } = tracing();
    registerOpenTelemetry(rig.balancer, { tracerProvider: provider });
    const [first, second] = [rig.execute({ id: 'mine' }), rig.execute({ id: 'mine' })];
    await rig.advance(100);
    expect([first.outcome, second.outcome]).toEqual(['resolved', 'rejected']);
    expect(spans().map(({ attributes }) => attributes['plimsoll.outcome'])).toContain('completed');
  });
});

describe('a request that is handed over', () => {
  it('has a span of its own trace, linked to that of its caller', async () => {
    const rig = await Rig.start({ components: [echo] });
    const { provider, tracer, spans } = tracing();
    registerOpenTelemetry(rig.balancer, { tracerProvider: provider });
    const caller = tracer.startSpan('caller');
    context.with(trace.setSpan(context.active(), caller), () => rig.balancer.submitRequest({ type: 'x' }));
    await rig.advance(1);
    const span = only(spans());
    expect(span.parentSpanContext).toBeUndefined();
    expect(span.spanContext().traceId).not.toBe(caller.spanContext().traceId);
    expect(span.links.map((link) => link.context.spanId)).toEqual([caller.spanContext().spanId]);
    expect(span.attributes['plimsoll.outcome']).toBe('completed');
  });

  it('and is not taken has a span that says why, or at least an end', async () => {
    const rig = await Rig.start({ components: [{ id: 'a', handler: () => new Promise(() => {}) }] });
    const { provider, spans } = tracing();
    rig.execute({ id: 'mine' });
    await rig.advance(1);
    registerOpenTelemetry(rig.balancer, { tracerProvider: provider });
    expect(rig.balancer.submitRequest({ type: 'x', deadline: 1 })).toBe(false);
    expect(rig.balancer.submitRequest({ type: 'x', id: 'mine' })).toBe(false);
    await rig.advance(1);
    expect(spans().map(({ attributes }) => attributes['plimsoll.outcome'])).toEqual(['rejected', undefined]);
  });
});

describe('spans', () => {
  it('of requests that are not sampled are not recorded, and their handlers know', async () => {
    const rig = await Rig.start({
      components: [{ id: 'a', handler: () => trace.getSpanContext(context.active())?.traceFlags }],
    });
    const { provider, spans } = tracing(new AlwaysOffSampler());
    registerOpenTelemetry(rig.balancer, { tracerProvider: provider });
    const result = rig.execute();
    await rig.advance(1);
    expect(result.value).toBe(0);
    expect(spans()).toEqual([]);
  });

  it('begin when an SDK comes, and end with the registration', async () => {
    const rig = await Rig.start({ components: [echo] });
    const { execute } = rig.balancer;
    const end = registerOpenTelemetry(rig.balancer);
    expect(() => registerOpenTelemetry(rig.balancer)).toThrow(/already/);
    rig.execute();
    await rig.advance(1);
    const { provider, spans } = tracing();
    trace.setGlobalTracerProvider(provider);
    rig.execute();
    await rig.advance(1);
    expect(spans()).toHaveLength(1);
    end();
    end();
    expect(rig.balancer.execute).toBe(execute);
    rig.execute();
    await rig.advance(1);
    expect(spans()).toHaveLength(1);
    trace.disable();
    registerOpenTelemetry(rig.balancer)();
  });
});

describe('metrics', () => {
  it('are those of Prometheus, histograms included', async () => {
    const rig = await Rig.start({
      components: [
        {
          id: 'a',
          maxConcurrentTasks: 2,
          handler: (_, { clock }) => new Promise((resolve) => void clock.setTimeout(() => resolve(1), 30)),
        },
      ],
    });
    const reader = new PeriodicExportingMetricReader({
      exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE),
      exportIntervalMillis: 2 ** 30,
    });
    const provider = new MeterProvider({ readers: [reader] });
    const end = registerOpenTelemetry(rig.balancer, { meterProvider: provider, tracerProvider: null });
    rig.executeMany(7, { priority: 'HIGH' });
    await rig.advance(200);
    const { resourceMetrics, errors } = await reader.collect();
    expect(errors).toEqual([]);
    const collected = resourceMetrics.scopeMetrics[0]!.metrics;
    const scrape = parseExposition(renderPrometheus(rig.balancer));
    const points = (name: string) => collected.find(({ descriptor }) => descriptor.name === name)!.dataPoints;
    for (const [name, { type, samples }] of scrape) {
      if (type === 'histogram' || samples.length === 0) continue;
      const here = points(name.replace('plimsoll_', 'plimsoll.').replace(/_(total|seconds)$/, ''));
      const flat = (labels: object, value: unknown): string => JSON.stringify([labels, value]);
      expect(here.map(({ attributes, value }) => flat(attributes, value)).toSorted(), name).toEqual(
        samples.map(({ labels, value }) => flat(labels, value)).toSorted(),
      );
    }
    const [duration] = points('plimsoll.request_duration');
    const { buckets, count } = duration!.value as { buckets: { boundaries: number[] }; count: number };
    expect(duration!.attributes).toEqual({ priority: 'HIGH', outcome: 'completed' });
    expect(buckets.boundaries).toEqual(rig.balancer.telemetry().boundsMs.map((ms) => ms / 1000));
    expect(count).toBe(total(scrape, 'plimsoll_request_duration_seconds_count'));
    expect(points('plimsoll.queue_wait')[0]!.value).toMatchObject({ count: 7 });
    end();
    await provider.shutdown();
  });

  it('are not listened for while there is no SDK', async () => {
    const rig = await Rig.start({ components: [echo] });
    const heard: string[] = [];
    const source = {
      telemetry: () => rig.balancer.telemetry(),
      on: (type: string) => {
        heard.push(type);
        return () => {};
      },
    };
    registerOpenTelemetry(source as never);
    expect(metrics.getMeterProvider()).toBeDefined();
    expect(heard).toEqual([]);
  });

  it('are there of a balancer inside a machine as well', async () => {
    const rig = await Rig.start({ components: [echo] });
    registerOpenTelemetry(inspectable(rig.balancer.actor))();
    expect(() => registerOpenTelemetry({} as never)).toThrow(/expected a LoadBalancer/);
  });
});
