import { LoadBalancer } from 'plimsoll';
import { fleet } from '../competitors/plimsoll.ts';
import { noop } from '../contender.ts';
import { median } from '../statistics.ts';

export interface ChurnParams {
  readonly components: number;
  /** How many are registered and removed in a round. */
  readonly changes: number;
  readonly rounds: number;
}

/** µs of processor time each, threads of the collector included: medians of the rounds. */
export interface Churn {
  readonly register: number;
  readonly deregister: number;
  readonly drainAndResume: number;
  readonly failAndRecover: number;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What changes of a large fleet cost, with all that they set off until the event loop is idle. */
export async function churn({ components, changes, rounds }: ChurnParams): Promise<Churn> {
  const specs = fleet(components + changes, (request) => noop(request.payload));
  const balancer = await LoadBalancer.start({
    components: specs.slice(0, components),
    statePath: null,
    logger: false,
  });
  const newcomers = specs.slice(components);
  const old = specs.slice(0, changes);
  const timed = async (change: (k: number) => void): Promise<number> => {
    // what the part before has left to the collector is not charged to this one
    globalThis.gc?.();
    const start = process.cpuUsage();
    for (let k = 0; k < changes; k++) change(k);
    await turn();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / changes;
  };
  const drainAndResume = (id: string): void => {
    balancer.drain(id);
    balancer.resume(id);
  };
  const failAndRecover = (id: string): void => {
    balancer.fail(id);
    balancer.recover(id);
  };
  // the start has compiled what registers; what changes a state has not run yet
  for (const { id } of specs.slice(changes, 2 * changes)) {
    drainAndResume(id);
    failAndRecover(id);
  }
  await turn();
  const all: Churn[] = [];
  for (let round = 0; round < rounds; round++) {
    all.push({
      register: await timed((k) => balancer.register(newcomers[k]!)),
      drainAndResume: await timed((k) => drainAndResume(old[k]!.id)),
      failAndRecover: await timed((k) => failAndRecover(old[k]!.id)),
      deregister: await timed((k) => balancer.deregister(newcomers[k]!.id)),
    });
  }
  for (const { id } of newcomers) {
    if (balancer.getComponentCapacity(id) !== undefined) throw new Error(`${id} is still there`);
  }
  await balancer.stopLoadBalancing({ drain: false });
  const middle = (what: keyof Churn): number => median(all.map((one) => one[what]));
  return {
    register: middle('register'),
    deregister: middle('deregister'),
    drainAndResume: middle('drainAndResume'),
    failAndRecover: middle('failAndRecover'),
  };
}
