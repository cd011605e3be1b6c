import { LoadBalancer } from 'plimsoll';
import { fleet } from '../competitors/plimsoll.ts';
import { noop } from '../contender.ts';

export interface ChurnParams {
  readonly components: number;
  /** How many are registered and removed. */
  readonly changes: number;
}

/** µs of processor time each. */
export interface Churn {
  readonly register: number;
  readonly deregister: number;
  readonly drainAndResume: number;
  readonly failAndRecover: number;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What changes of a large fleet cost, with all that they set off until the event loop is idle. */
export async function churn({ components, changes }: ChurnParams): Promise<Churn> {
  const specs = fleet(components + changes, (request) => noop(request.payload));
  const balancer = await LoadBalancer.start({
    components: specs.slice(0, components),
    statePath: null,
    logger: false,
  });
  const newcomers = specs.slice(components);
  const old = specs.slice(0, changes);
  const timed = async (change: (k: number) => void): Promise<number> => {
    const start = process.cpuUsage();
    for (let k = 0; k < changes; k++) change(k);
    await turn();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / changes;
  };
  await turn();
  const result = {
    register: await timed((k) => balancer.register(newcomers[k]!)),
    drainAndResume: await timed((k) => {
      balancer.drain(old[k]!.id);
      balancer.resume(old[k]!.id);
    }),
    failAndRecover: await timed((k) => {
      balancer.fail(old[k]!.id);
      balancer.recover(old[k]!.id);
    }),
    deregister: await timed((k) => balancer.deregister(newcomers[k]!.id)),
  };
  for (const { id } of newcomers) {
    if (balancer.getComponentCapacity(id) !== undefined) throw new Error(`${id} is still there`);
  }
  await balancer.stopLoadBalancing({ drain: false });
  return result;
}
