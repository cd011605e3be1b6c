import { type BalancerSettings, type ComponentSpec, LoadBalancer, PRIORITIES } from 'plimsoll';
import { mayarbi } from 'plimsoll/presets/mayarbi';
import { type Contender, noop, QUEUE, type Running, TIMEOUT_MS } from '../contender.ts';

export interface Setup {
  /** Default 7, MayArbi's; more are copies of these. */
  readonly components?: number;
  /** Classes in use, 1 to 5. Default 5. */
  readonly priorities?: number;
  readonly settings?: BalancerSettings;
}

/** So many components with the numbers of MayArbi's, which serve every type. */
export function fleet(count: number, handler: ComponentSpec['handler']): ComponentSpec[] {
  const seven = mayarbi(() => handler);
  return Array.from({ length: count }, (_, k) => {
    const spec = seven[k % seven.length]!;
    return { ...spec, id: k < seven.length ? spec.id : `${spec.id}_${k}`, serves: undefined };
  });
}

/** With all that it does by default, and a deadline and a priority on every request. */
export async function startPlimsoll({ components = 7, priorities = 5, settings = {} }: Setup = {}): Promise<Running> {
  const balancer = await LoadBalancer.start({
    components: fleet(components, (request) => noop(request.payload)),
    maxQueueSize: QUEUE,
    statePath: null,
    logger: false,
    ...settings,
  });
  // the caller's own look at the clock is no work of the library's, and nobody else's caller has one
  let deadline = Date.now() + TIMEOUT_MS;
  return {
    run: (n) => {
      if ((n & 63) === 0) deadline = Date.now() + TIMEOUT_MS;
      return balancer.execute({ type: 'GENERAL', priority: PRIORITIES[n % priorities]!, payload: n, deadline });
    },
    stop: () => balancer.stopLoadBalancing(),
  };
}

/** plimsoll set up differently, to be measured against itself. */
export const variant = (label: string, setup: Setup): Contender => ({
  label,
  package: 'plimsoll',
  features: 'everything',
  start: () => startPlimsoll(setup),
});

export const plimsoll: Contender = variant('plimsoll', {});
