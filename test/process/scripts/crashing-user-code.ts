// Everything that a user hands in crashes, by and by and all at once. The process must live, and every request settle.
import { conservationError, LoadBalancer } from '../../../src/index.ts';

const boom = (): never => {
  throw new Error('boom');
};

const balancer = await LoadBalancer.start({
  components: [
    { id: 'throws', handler: boom },
    { id: 'rejects', handler: async () => boom() },
    { id: 'hostile', handler: () => Object.defineProperty({}, 'then', { get: boom }) },
    { id: 'well', handler: () => 'well', check: async () => boom() },
  ],
  random: boom,
  logger: { debug: boom, info: boom, warn: boom, error: boom },
  store: {
    load: async () => boom(),
    save: async () => boom(),
    quarantine: async () => boom(),
    close: async () => boom(),
  },
  integrations: {
    health: { attach: async () => boom(), statusChanged: async () => boom() },
    errors: { errorReported: boom },
  },
  healthCheckIntervalMs: 5,
  retry: { baseMs: 1, capMs: 1 },
});
balancer.on('*', boom);
balancer.on('*', async () => boom());
balancer.events$.subscribe(boom);
balancer.events$.subscribe({ next: async () => boom(), complete: boom });
balancer.metrics$(5).subscribe(boom);
balancer.status$('well').subscribe(boom);
balancer.actor.send({ type: 'facts.subscribe', subscriber: { send: async () => boom() } });

let settled = 0;
const runs = Array.from({ length: 200 }, () =>
  balancer.execute({ type: 'GENERAL' }).then(
    () => settled++,
    () => settled++,
  ),
);
for (let n = 0; n < 50; n++)
  balancer.actor.send({ type: 'request.submit', request: { type: 'GENERAL' }, replyTo: { send: async () => boom() } });
await Promise.all(runs);
await new Promise((resolve) => setTimeout(resolve, 50));
await balancer.stop();
const { requests } = balancer.getLoadBalancingMetrics();
await new Promise((resolve) => setTimeout(resolve, 50));
process.stdout.write(
  JSON.stringify({ settled, submitted: requests.submitted, conservation: conservationError(requests) }),
);
