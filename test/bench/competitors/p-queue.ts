import PQueue from 'p-queue';
import { type Contender, noop, SLOTS, TIMEOUT_MS } from '../contender.ts';

export const plainPQueue: Contender = {
  label: 'p-queue',
  package: 'p-queue',
  features: 'concurrency',
  start() {
    const queue = new PQueue({ concurrency: SLOTS });
    return { run: (n) => queue.add(() => noop(n)), stop: () => queue.clear() };
  },
};

export const fullPQueue: Contender = {
  label: 'p-queue, priority and time-out',
  package: 'p-queue',
  features: 'concurrency, five priorities, time-out',
  start() {
    const queue = new PQueue({ concurrency: SLOTS, timeout: TIMEOUT_MS });
    return { run: (n) => queue.add(() => noop(n), { priority: n % 5 }), stop: () => queue.clear() };
  },
};
