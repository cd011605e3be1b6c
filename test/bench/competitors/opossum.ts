import { bulkhead } from 'cockatiel';
import CircuitBreaker from 'opossum';
import { type Contender, noop, QUEUE, SLOTS, TIMEOUT_MS } from '../contender.ts';

const breaker = (): CircuitBreaker<[unknown], unknown> =>
  new CircuitBreaker(noop, { timeout: TIMEOUT_MS, errorThresholdPercentage: 50, resetTimeout: 30_000 });

export const plainOpossum: Contender = {
  label: 'opossum',
  package: 'opossum',
  features: 'circuit breaker, time-out, statistics; no concurrency limit',
  start() {
    const circuit = breaker();
    return { run: (n) => circuit.fire(n), stop: () => circuit.shutdown() };
  },
};

/** opossum refuses what is above its capacity; a bulkhead before it lets that wait instead. */
export const opossumInBulkhead: Contender = {
  label: 'opossum behind a bulkhead',
  package: 'opossum',
  features: 'concurrency, bounded queue (cockatiel), circuit breaker, time-out, statistics',
  start() {
    const circuit = breaker();
    const gate = bulkhead(SLOTS, QUEUE);
    return { run: (n) => gate.execute(() => circuit.fire(n)), stop: () => circuit.shutdown() };
  },
};
