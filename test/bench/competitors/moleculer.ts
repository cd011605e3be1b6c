import { type BrokerOptions, type Context, ServiceBroker } from 'moleculer';
import { type Contender, noop, QUEUE, type Running, SLOTS, TIMEOUT_MS } from '../contender.ts';

async function start(options: BrokerOptions): Promise<Running> {
  const broker = new ServiceBroker({ logger: false, ...options });
  broker.createService({
    name: 'bench',
    actions: { work: ({ params }: Context<{ n: number }>) => noop(params.n) },
  });
  await broker.start();
  return { run: (n) => broker.call('bench.work', { n }), stop: () => broker.stop() };
}

export const plainMoleculer: Contender = {
  label: 'moleculer',
  package: 'moleculer',
  features: 'local call; no concurrency limit',
  start: () => start({}),
};

export const fullMoleculer: Contender = {
  label: 'moleculer, all features',
  package: 'moleculer',
  features: 'bulkhead, circuit breaker, retry, time-out, metrics',
  start: () =>
    start({
      bulkhead: { enabled: true, concurrency: SLOTS, maxQueueSize: QUEUE },
      circuitBreaker: { enabled: true, threshold: 0.5, windowTime: 60, minRequestCount: 20, halfOpenTime: 10_000 },
      retryPolicy: { enabled: true, retries: 3, delay: 100, maxDelay: 10_000, factor: 2 },
      requestTimeout: TIMEOUT_MS,
      metrics: { enabled: true, reporter: [] },
    }),
};
