// A host machine leaves the state that invokes the balancer, in mid-work. Every promise must settle, every answer come.
import { createActor, setup } from 'xstate';
import type { TerminalFact } from '../../../src/index.ts';
import type { BalancerInput } from '../../../src/load-balancer/options.ts';
import type { BalancerLogic } from '../../../src/machines.ts';
import { balancerLogic } from '../../../src/machines.ts';

const answers: Record<string, number> = {};
const signals: AbortSignal[] = [];
let rejected = 0;

const input: BalancerInput = {
  components: [
    {
      id: 'a',
      maxConcurrentTasks: 5,
      handler: (_, { signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    },
  ],
  logger: false,
};

type HostEvent = { type: 'leave' } | { type: 'crash' } | TerminalFact;

const host = setup({
  types: { events: {} as HostEvent },
  actors: { balancer: balancerLogic },
}).createMachine({
  initial: 'working',
  states: {
    working: { invoke: { src: 'balancer', id: 'balancer', input }, on: { leave: 'idle' } },
    idle: {},
  },
});

const actor = createActor(host).start();
const balancer = actor.getSnapshot().children.balancer as ReturnType<typeof createActor<BalancerLogic>> | undefined;
if (balancer === undefined) throw new Error('the host has no balancer');
const replyTo = {
  send({ type }: { type: string }) {
    answers[type] = (answers[type] ?? 0) + 1;
  },
};
for (let n = 0; n < 20; n++)
  balancer.send({ type: 'request.submit', request: { type: 'GENERAL', metadata: { n } }, replyTo });
// as LoadBalancer.execute does it
const promises = Array.from(
  { length: 10 },
  () =>
    new Promise((resolve, reject) =>
      Reflect.apply(balancer.send, undefined, [
        { type: 'request.submit', request: { type: 'GENERAL' }, resolve, reject },
      ]),
    ),
);
await new Promise((resolve) => setTimeout(resolve, 10));
actor.send({ type: 'leave' });
await Promise.all(promises.map((promise) => promise.catch(() => rejected++)));
process.stdout.write(JSON.stringify({ answers, rejected, aborted: signals.filter(({ aborted }) => aborted).length }));
