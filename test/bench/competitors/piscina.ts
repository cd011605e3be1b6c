import { Piscina } from 'piscina';
import { LoadBalancer, PRIORITIES } from 'plimsoll';
import { type Contender, QUEUE, TIMEOUT_MS } from '../contender.ts';

/** Threads of the pool, and how many tasks each may have at once. */
const THREADS = 2;
const PER_THREAD = 16;

const pool = (): Piscina =>
  new Piscina({
    filename: new URL('./thread.js', import.meta.url).href,
    minThreads: THREADS,
    maxThreads: THREADS,
    concurrentTasksPerWorker: PER_THREAD,
  });

export const barePiscina: Contender = {
  label: 'piscina',
  package: 'piscina',
  features: 'two worker threads',
  start() {
    const threads = pool();
    return { run: (n) => threads.run(n), stop: () => threads.destroy() };
  },
};

/** What plimsoll adds to a pool of threads that does the work. */
export const plimsollOnPiscina: Contender = {
  label: 'plimsoll on piscina',
  package: 'piscina',
  features: 'everything, before two worker threads',
  async start() {
    const threads = pool();
    const balancer = await LoadBalancer.start({
      components: [
        {
          id: 'threads',
          maxConcurrentTasks: THREADS * PER_THREAD,
          handler: (request, context) => threads.run(request.payload, { signal: context.signal }),
        },
      ],
      maxQueueSize: QUEUE,
      statePath: null,
      logger: false,
    });
    return {
      run: (n) =>
        balancer.execute({
          type: 'GENERAL',
          priority: PRIORITIES[n % 5]!,
          payload: n,
          deadline: Date.now() + TIMEOUT_MS,
        }),
      async stop() {
        await balancer.stopLoadBalancing();
        await threads.destroy();
      },
    };
  },
};
