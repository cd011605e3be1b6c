import { LoadBalancer } from 'plimsoll';
import { fleet } from '../competitors/plimsoll.ts';
import { noop, QUEUE } from '../contender.ts';
import { closedLoop } from '../loops.ts';
import type { Way } from './side-by-side.ts';

export interface Opened {
  readonly ways: readonly Way[];
  readonly close: () => Promise<void>;
}

/** `execute` without a signal, with one for all requests, and with one for each. */
export async function openSignals(): Promise<Opened> {
  const balancer = await LoadBalancer.start({
    components: fleet(7, (request) => noop(request.payload)),
    maxQueueSize: QUEUE,
    statePath: null,
    logger: false,
  });
  const way = (name: string, run: (n: number) => Promise<unknown>): Way => ({
    name,
    loop: (inFlight, ms) => closedLoop({ run, stop: () => {} }, inFlight, ms),
  });
  const { signal } = new AbortController();
  return {
    ways: [
      way('without', (n) => balancer.execute({ type: 'GENERAL', payload: n })),
      way('one signal', (n) => balancer.execute({ type: 'GENERAL', payload: n }, { signal })),
      way('a signal each', (n) =>
        balancer.execute({ type: 'GENERAL', payload: n }, { signal: new AbortController().signal }),
      ),
    ],
    close: () => balancer.stopLoadBalancing(),
  };
}
