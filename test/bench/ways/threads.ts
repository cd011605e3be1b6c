import { Piscina } from 'piscina';
import { LoadBalancer, threadWorker } from 'plimsoll';
import { QUEUE } from '../contender.ts';
import { closedLoop } from '../loops.ts';
import type { Way } from './side-by-side.ts';
import type { Opened } from './signals.ts';

const THREADS = 2;
const FILE = new URL('../competitors/thread.js', import.meta.url);

/** A pool of two threads alone, and behind plimsoll. */
export async function openThreads(): Promise<Opened> {
  const pool = new Piscina({ filename: FILE.href, minThreads: THREADS, maxThreads: THREADS });
  const balancerOf = (killOnAbort: boolean): Promise<LoadBalancer> =>
    LoadBalancer.start({
      components: [
        { id: 'threads', handler: threadWorker(FILE, { threads: THREADS, killOnAbort }), maxConcurrentTasks: 64 },
      ],
      maxQueueSize: QUEUE,
      statePath: null,
      logger: false,
    });
  const [killing, patient] = [await balancerOf(true), await balancerOf(false)];
  const way = (name: string, run: (n: number) => Promise<unknown>): Way => ({
    name,
    loop: (inFlight, ms) => closedLoop({ run, stop: () => {} }, inFlight, ms),
  });
  const executing = (name: string, balancer: LoadBalancer): Way =>
    way(name, (n) => balancer.execute({ type: 'GENERAL', payload: n }));
  return {
    ways: [
      way('piscina', (n) => pool.run({ type: 'GENERAL', payload: n })),
      executing('threadWorker', killing),
      executing('without killing', patient),
    ],
    async close() {
      await Promise.all([killing.stopLoadBalancing(), patient.stopLoadBalancing(), pool.destroy()]);
    },
  };
}
