import { pathToFileURL } from 'node:url';
import { type Candidates, type Handler, HOLD, LoadBalancer, type Policy, type RequestView } from 'plimsoll';
import { seededRandom, VirtualClock } from 'plimsoll/testing';

/**
 * A balancing algorithm of one's own: nodes of ours before a provider who charges for each call. While ours are full, requests
 * wait for them (HOLD) as long as fewer than `mostWaiting` wait behind; CRITICAL ones do not wait.
 *
 * Runs two seconds of a virtual clock: `node --import tsx docs/examples/custom-policy.ts`.
 */
export class OwnNodesFirst implements Policy {
  readonly name = 'own-nodes-first';
  readonly #isPaid: (id: string) => boolean;
  readonly #mostWaiting: number;

  constructor(isPaid: (id: string) => boolean, mostWaiting: number) {
    this.#isPaid = isPaid;
    this.#mostWaiting = mostWaiting;
  }

  select(candidates: Candidates, { priority }: RequestView, _memory: unknown, random: () => number): number {
    const own = cheapest(candidates, (id) => !this.#isPaid(id), random);
    if (own >= 0) return own;
    // none of ours is free; a hold is for those that are full, and not for those that have failed
    const mayWait = priority !== 'CRITICAL' && candidates.waiting < this.#mostWaiting;
    if (mayWait && candidates.full > 0) return HOLD;
    return cheapest(candidates, this.#isPaid, random);
  }
}

/** The position of the one with the least expected cost; of equals any, so that not always the first is taken. -1: nobody. */
function cheapest(candidates: Candidates, suits: (id: string) => boolean, random: () => number): number {
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  let equals = 0;
  for (let k = 0; k < candidates.count; k++) {
    if (!suits(candidates.id(k))) continue;
    const cost = candidates.expectedCost(k);
    if (cost < least) equals = 0;
    if (cost > least || random() * ++equals >= 1) continue;
    least = cost;
    best = k;
  }
  return best;
}

/** Two nodes with two slots each and a paid one with many: what ours can carry, more, CRITICAL work, and a failure of ours. */
export async function run(say: (line: string) => void): Promise<void> {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const work: Handler = (_, context) =>
    new Promise((resolve) => context.clock.setTimeout(() => resolve(undefined), 50));
  const balancer = await LoadBalancer.start({
    components: [
      { id: 'own-1', maxConcurrentTasks: 2, handler: work },
      { id: 'own-2', maxConcurrentTasks: 2, handler: work },
      { id: 'paid', maxConcurrentTasks: 100, handler: work },
    ],
    algorithm: new OwnNodesFirst((id) => id === 'paid', 8),
    clock,
    random: seededRandom(1),
    statePath: null,
    logger: false,
  });
  let paid = 0;
  balancer.on('request.assigned', ({ componentId }) => {
    if (componentId === 'paid') paid++;
  });
  balancer.on('error.reported', ({ code }) => say(code));

  const load = async (what: string, count: number, priority: 'NORMAL' | 'CRITICAL'): Promise<void> => {
    paid = 0;
    for (let k = 0; k < count; k++) balancer.submitRequest({ type: 'PRICE_UPDATE', priority });
    await clock.advance(500);
    say(`${what}: ${count - paid} by our own, ${paid} paid for`);
  };
  await load('what ours can carry in time', 8, 'NORMAL');
  await load('more than that', 24, 'NORMAL');
  await load('what cannot wait', 8, 'CRITICAL');
  balancer.fail('own-1');
  balancer.fail('own-2');
  await load('while ours have failed', 8, 'NORMAL');
  const { picks, holds } = balancer.getLoadBalancingMetrics().algorithms['own-nodes-first']!;
  say(`${picks} picks, ${holds} times it held`);
  const stopped = balancer.stop();
  await clock.advance(1000);
  await stopped;
}

// started by name, rather than imported
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await run((line) => console.log(line));
