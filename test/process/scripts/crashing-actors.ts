// Component actors crash under load, all of them and again and again. The process must live, and every request settle.
import { componentLogic } from '../../../machines/component/index.ts';
import { stateOrThrow } from '../../../machines/embed/balancer-ref.ts';
import { conservationError, LoadBalancer } from '../../../src/index.ts';

let events = 0;
const logic: typeof componentLogic = Object.create(componentLogic);
logic.transition = (snapshot, event, scope) => {
  if (++events % 5 === 0) throw new Error('boom');
  return componentLogic.transition(snapshot, event, scope);
};

const balancer = new LoadBalancer({
  components: ['a', 'b', 'c'].map((id) => ({
    id,
    handler: () => new Promise((resolve) => setTimeout(resolve, 2)),
    check: () => true,
  })),
  statePath: null,
  logger: false,
  recovery: { baseDelayMs: 5, slowStartMs: 10 },
  supervision: { maxRestarts: 20, windowMs: 1_000 },
  queueTimeoutMs: 2_000,
  requestTimeoutMs: 500,
});
Object.assign(stateOrThrow(balancer.actor).options, { componentLogic: logic });
await balancer.start();
let settled = 0;
const runs: Promise<unknown>[] = [];
for (let n = 0; n < 400; n++) {
  runs.push(
    balancer.execute({ type: 'GENERAL', idempotent: n % 3 > 0 }).then(
      () => settled++,
      () => settled++,
    ),
  );
  if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  if (n % 100 === 99) for (const id of ['a', 'b', 'c']) balancer.recover(id);
}
await Promise.all(runs);
await balancer.stop();
const { requests, components } = balancer.getLoadBalancingMetrics();
const restarts = Object.values(components).reduce((sum, one) => sum + one.restarts, 0);
process.stdout.write(
  JSON.stringify({
    settled,
    restarted: restarts > 0,
    submitted: requests.submitted,
    conservation: conservationError(requests),
  }),
);
