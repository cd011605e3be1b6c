import { LoadBalancer } from 'plimsoll';
import { type BalancerRef, balancerLogic } from 'plimsoll/machines';
import { type AnyActorRef, createActor, fromTransition, sendTo, setup } from 'xstate';
import { fleet } from '../competitors/plimsoll.ts';
import { noop, QUEUE } from '../contender.ts';
import { type ClosedRun, closedLoop } from '../loops.ts';
import type { Way } from './side-by-side.ts';
import type { Opened } from './signals.ts';

interface Ask {
  readonly type: 'request.submit';
  readonly request: { readonly type: string; readonly payload: number };
  readonly replyTo: AnyActorRef;
}
interface Answer {
  readonly type: 'request.completed';
}

/** What asks: an actor whose every answer is followed by its next request. */
function clientOf(ask: (n: number, replyTo: AnyActorRef) => void, inFlight: number, ms: number): Promise<ClosedRun> {
  return new Promise((resolve) => {
    let handedIn = 0;
    let open = 0;
    let over = false;
    const cpu = process.cpuUsage();
    const start = performance.now();
    const next = (self: AnyActorRef): void => {
      const n = handedIn++;
      if ((n & 63) === 0 && performance.now() - start >= ms) over = true;
      open++;
      ask(n, self);
    };
    const machine = setup({ types: { events: {} as Answer | { type: 'begin' } } }).createMachine({
      on: {
        begin: {
          actions: ({ self }) => {
            for (let k = 0; k < inFlight; k++) next(self);
          },
        },
        'request.completed': {
          actions: ({ self }) => {
            open--;
            if (!over) next(self);
            else if (open === 0) {
              const { user, system } = process.cpuUsage(cpu);
              resolve({ requests: handedIn, wallMs: performance.now() - start, cpuMs: (user + system) / 1_000 });
            }
          },
        },
      },
    });
    const client = createActor(machine).start();
    client.send({ type: 'begin' });
  });
}

/** The plainest actors that answer: a machine, and a function of XState's. */
const echoMachine = setup({ types: { events: {} as Ask } }).createMachine({
  on: { 'request.submit': { actions: ({ event }) => event.replyTo.send({ type: 'request.completed' }) } },
});
const echoBySendTo = setup({ types: { events: {} as Ask } }).createMachine({
  on: {
    'request.submit': {
      actions: sendTo(({ event }) => event.replyTo, { type: 'request.completed' } satisfies Answer),
    },
  },
});
const echoFunction = fromTransition((state: undefined, event: Ask) => {
  // it is told of its own end as well
  if (event.type === 'request.submit') event.replyTo.send({ type: 'request.completed' });
  return state;
}, undefined);

/** An actor that only answers, `execute`, and `request.submit` with `replyTo`. */
export async function openMessages(): Promise<Opened> {
  const options = {
    components: fleet(7, (request) => noop(request.payload)),
    maxQueueSize: QUEUE,
    logger: false as const,
  };
  const called = await LoadBalancer.start({ ...options, statePath: null });
  const balancer: BalancerRef = createActor(balancerLogic, { input: options });
  balancer.start();
  const echoes = [createActor(echoMachine), createActor(echoBySendTo), createActor(echoFunction)] as const;
  for (const echo of echoes) echo.start();
  const bySend = (name: string, to: { send(event: Ask): void }): Way => ({
    name,
    loop: (inFlight, ms) =>
      clientOf(
        (n, replyTo) => to.send({ type: 'request.submit', request: { type: 'GENERAL', payload: n }, replyTo }),
        inFlight,
        ms,
      ),
  });
  return {
    ways: [
      bySend('echo', echoes[0]),
      bySend('echo by sendTo', echoes[1]),
      bySend('echo of a function', echoes[2]),
      {
        name: 'execute',
        loop: (inFlight, ms) =>
          closedLoop({ run: (n) => called.execute({ type: 'GENERAL', payload: n }), stop: () => {} }, inFlight, ms),
      },
      bySend('request.submit', balancer),
    ],
    async close() {
      balancer.send({ type: 'balancer.stop', drain: false });
      for (const echo of echoes) echo.stop();
      await called.stopLoadBalancing();
    },
  };
}
