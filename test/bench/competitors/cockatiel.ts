import {
  bulkhead,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
  retry,
  SamplingBreaker,
  TimeoutStrategy,
  timeout,
  wrap,
} from 'cockatiel';
import { type Contender, noop, QUEUE, SLOTS, TIMEOUT_MS } from '../contender.ts';

export const cockatielBulkhead: Contender = {
  label: 'cockatiel, bulkhead',
  package: 'cockatiel',
  features: 'concurrency, bounded queue',
  start() {
    const policy = bulkhead(SLOTS, QUEUE);
    return { run: (n) => policy.execute(() => noop(n)), stop: () => {} };
  },
};

export const fullCockatiel: Contender = {
  label: 'cockatiel, all policies',
  package: 'cockatiel',
  features: 'bulkhead, retry, circuit breaker, time-out',
  start() {
    const policy = wrap(
      retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() }),
      circuitBreaker(handleAll, {
        halfOpenAfter: 10_000,
        breaker: new SamplingBreaker({ threshold: 0.5, duration: 30_000 }),
      }),
      bulkhead(SLOTS, QUEUE),
      timeout(TIMEOUT_MS, TimeoutStrategy.Aggressive),
    );
    return { run: (n) => policy.execute(() => noop(n)), stop: () => {} };
  },
};
