import { LoadBalancer, PRIORITIES, type WorkloadRequest } from 'plimsoll';
import { fleet } from '../competitors/plimsoll.ts';
import { noop } from '../contender.ts';

export interface BacklogParams {
  readonly waiting: number;
  readonly repeats: number;
}

export interface Backlog {
  /** µs to hand in one request while those before it wait. */
  readonly enqueue: number;
  /** µs to carry out one of those that wait. */
  readonly serve: number;
  /**
   * Heap per waiting request without the caller's own object, bytes, the first time that so many wait: later what was made
   * for them may be used again. NaN without `--expose-gc`.
   */
  readonly bytes: number;
}

/** What of one request is plimsoll's while it waits, and what it costs to hand it in and to work a long queue off. */
export async function backlog({ waiting, repeats }: BacklogParams): Promise<Backlog> {
  let left = 0;
  let done = (): void => {};
  const balancer = await LoadBalancer.start({
    components: fleet(7, (request) => {
      if (--left === 0) done();
      return noop(request.payload);
    }),
    maxQueueSize: waiting,
    queueTimeoutMs: 3_600_000,
    // a queue worked off in many seconds is overload to CoDel, and just that is what is measured
    shedding: { targetMs: 3_600_000 },
    statePath: null,
    logger: false,
  });
  let result: Backlog = { enqueue: Infinity, serve: Infinity, bytes: Number.NaN };
  const round = async (size: number): Promise<Backlog> => {
    const requests: WorkloadRequest[] = Array.from({ length: size }, (_, n) => ({
      type: 'GENERAL',
      priority: PRIORITIES[n % 5]!,
      payload: n,
    }));
    balancer.pauseDispatch();
    const before = heap();
    const start = performance.now();
    for (const request of requests) if (!balancer.submitRequest(request)) throw new Error('refused');
    const queued = performance.now();
    const bytes = (heap() - before) / size;
    left = size;
    const finished = new Promise<void>((resolve) => {
      done = resolve;
    });
    const resumed = performance.now();
    balancer.resumeDispatch();
    await finished;
    const enqueue = ((queued - start) * 1_000) / size;
    const serve = ((performance.now() - resumed) * 1_000) / size;
    await new Promise((resolve) => setImmediate(resolve));
    return { enqueue, serve, bytes };
  };
  // a few, so that code and feedback of the engine are not counted as theirs
  await round(Math.ceil(waiting / 100));
  for (let k = 0; k < repeats; k++) {
    const { enqueue, serve, bytes } = await round(waiting);
    result = {
      enqueue: Math.min(result.enqueue, enqueue),
      serve: Math.min(result.serve, serve),
      bytes: k === 0 ? bytes : result.bytes,
    };
  }
  await balancer.stopLoadBalancing();
  return result;
}

function heap(): number {
  if (globalThis.gc === undefined) return Number.NaN;
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
