// A host machine crashes in mid-work. XState does not stop its children then: the balancer goes on, takes work and answers,
// until it is stopped as a host's error observer would do it. Nothing of it may end the process.
import { createActor, setup } from 'xstate';
import { type BalancerInput, balancerLogic, balancerOf, stopBalancer } from '../../../src/machines.ts';

const input: BalancerInput = {
  components: [
    { id: 'quick', serves: ['PRICE_UPDATE'], handler: () => 'done' },
    { id: 'endless', serves: ['GENERAL'], maxConcurrentTasks: 3, handler: () => new Promise(() => {}) },
  ],
  logger: false,
};

const host = setup({
  types: { events: {} as { type: 'crash' } },
  actors: { balancer: balancerLogic },
}).createMachine({
  invoke: { src: 'balancer', systemId: 'balancer', input },
  on: {
    crash: {
      actions: () => {
        throw new Error('a bug of the host');
      },
    },
  },
});

const answers: Record<string, number> = {};
const replyTo = {
  send({ type }: { type: string }) {
    answers[type] = (answers[type] ?? 0) + 1;
  },
};
// XState's development build warns of what a child tells a parent that is no more
console.warn = () => {};

const actor = createActor(host);
let observed = 0;
actor.subscribe({
  error: () => {
    observed++;
  },
});
actor.start();
const balancer = balancerOf(actor.system, 'balancer');
const submit = (type: string): void => balancer.send({ type: 'request.submit', request: { type }, replyTo });
for (let n = 0; n < 5; n++) submit('GENERAL');
await new Promise((resolve) => setTimeout(resolve, 5));
actor.send({ type: 'crash' });
const after = balancer.getSnapshot().status;
for (let n = 0; n < 20; n++) submit('PRICE_UPDATE');
await new Promise((resolve) => setTimeout(resolve, 20));
const output = await stopBalancer(balancer, { drain: false });
process.stdout.write(
  JSON.stringify({
    host: actor.getSnapshot().status,
    observed,
    after,
    answers,
    submitted: output?.requests.submitted,
    balancer: balancer.getSnapshot().status,
  }),
);
