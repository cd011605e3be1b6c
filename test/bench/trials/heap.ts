import { LoadBalancer } from 'plimsoll';
import { fleet, startPlimsoll } from '../competitors/plimsoll.ts';
import { noop } from '../contender.ts';
import { countedLoop } from '../loops.ts';
import { slope } from '../statistics.ts';

/** Heap in use after a full collection, array buffers included, bytes. Needs `--expose-gc`. */
export function settledHeap(): number {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

export interface SlopeParams {
  readonly requests: number;
}

export interface HeapSlope {
  readonly bytesPerRequest: number;
  /** [requests so far, heap in MB] */
  readonly points: readonly (readonly [number, number])[];
}

const SAMPLES = 40;

/** Whether the heap grows with the requests that have passed: twenty samples after a fifth for warming up. */
export async function heapSlope({ requests }: SlopeParams): Promise<HeapSlope> {
  const running = await startPlimsoll();
  const warmUp = Math.round(requests / 5);
  await countedLoop(running, 256, warmUp);
  const chunk = Math.round((requests - warmUp) / SAMPLES);
  const points: [number, number][] = [];
  for (let k = 0; k <= SAMPLES; k++) {
    points.push([warmUp + k * chunk, settledHeap()]);
    if (k < SAMPLES) await countedLoop(running, 256, chunk);
  }
  await running.stop();
  return { bytesPerRequest: slope(points), points: points.map(([n, bytes]) => [n, bytes / 2 ** 20]) };
}

export interface ComponentParams {
  readonly components: number;
}

/** Heap per component, its specification and its actor included, bytes. */
export async function componentBytes({ components }: ComponentParams): Promise<number> {
  const start = (count: number): Promise<LoadBalancer> =>
    LoadBalancer.start({
      components: fleet(count, (request) => noop(request.payload)),
      statePath: null,
      logger: false,
    });
  const first = await start(1);
  const before = settledHeap();
  const many = await start(components);
  const bytes = settledHeap() - before;
  await first.stopLoadBalancing();
  await many.stopLoadBalancing();
  return bytes / components;
}
