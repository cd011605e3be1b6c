// A balancer that nobody stops, in one of several situations: `node --import tsx leaving-process.ts <situation>`. Prints what happened,
// and `left` where nothing is left to be done. What handlers and stores wait for holds no process.
import { setTimeout as nodeTimeout } from 'node:timers';
import { createActor, setup } from 'xstate';
import { backgroundClock, LoadBalancer, type LoadBalancerConfig } from '../../../src/index.ts';
import { type BalancerLogic, balancerLogic } from '../../../src/machines.ts';
import { VirtualClock } from '../../../src/testing.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const pause = (ms: number): Promise<void> => new Promise((resolve) => nodeTimeout(resolve, ms).unref());

const quiet: Omit<LoadBalancerConfig, 'components'> = { statePath: null, logger: false };
const worker = (id: string, ms: number) => ({ id, maxConcurrentTasks: 1, check: () => true, handler: () => pause(ms) });

const situations: Record<string, () => Promise<void>> = {
  async idle() {
    const balancer = await LoadBalancer.start({
      ...quiet,
      components: [worker('a', 5), worker('b', 5)],
      recovery: { baseDelayMs: 20_000 },
    });
    balancer.metrics$(1_000).subscribe();
    balancer.events$.subscribe();
    await Promise.all([1, 2, 3].map(() => balancer.execute({ type: 'GENERAL' })));
    balancer.fail('b'); // a cooldown of 20 s begins
    balancer.pauseDispatch();
    say('left');
  },

  async 'open work'() {
    let attempts = 0;
    const balancer = await LoadBalancer.start({
      ...quiet,
      components: [
        worker('slow', 250),
        {
          id: 'flaky',
          maxConcurrentTasks: 1,
          serves: ['FLAKY'],
          handler: () => {
            if (++attempts < 3) throw new Error('not yet');
          },
        },
      ],
      maxRetries: 3,
    });
    balancer.on('request.completed', ({ requestId }) => say(requestId));
    balancer.on('request.failed', ({ requestId }) => say(`${requestId} failed`));
    balancer.submitRequest({ type: 'GENERAL', id: 'first' });
    balancer.submitRequest({ type: 'GENERAL', id: 'behind it' });
    balancer.submitRequest({ type: 'FLAKY', id: 'retried' });
  },

  async 'nobody to serve it'() {
    const balancer = await LoadBalancer.start({
      ...quiet,
      components: [worker('a', 5)],
      recovery: { baseDelayMs: 500 },
    });
    balancer.on('request.completed', ({ requestId }) => say(requestId));
    balancer.fail('a');
    balancer.submitRequest({ type: 'GENERAL', id: 'after the cooldown' });
  },

  async stopping() {
    const balancer = await LoadBalancer.start({
      components: [worker('a', 200)],
      logger: false,
      store: { load: () => pause(200), save: () => pause(200) },
    });
    say('started');
    balancer.submitRequest({ type: 'GENERAL' });
    void balancer.stop().then(() => say('left'));
  },

  async 'work again'() {
    const balancer = await LoadBalancer.start({ ...quiet, components: [worker('a', 5)] });
    balancer.on('request.completed', ({ requestId }) => say(requestId));
    await balancer.execute({ type: 'GENERAL', id: 'first' });
    // long enough for the balancer to have let the process go
    nodeTimeout(() => balancer.submitRequest({ type: 'GENERAL', id: 'second' }), 400);
  },

  async 'clock of its own'() {
    const balancer = await LoadBalancer.start({
      ...quiet,
      components: [worker('a', 200)],
      clock: {
        now: () => performance.now(),
        setTimeout: (callback, ms) => nodeTimeout(callback, ms),
        clearTimeout: (id) => clearTimeout(id as NodeJS.Timeout),
      },
    });
    await balancer.execute({ type: 'GENERAL' });
    say('done');
    nodeTimeout(() => void balancer.stop().then(() => say('left')), 300).unref();
  },

  async 'virtual clock'() {
    const balancer = new LoadBalancer({ ...quiet, components: [worker('a', 5)], clock: new VirtualClock() });
    await balancer.start();
    balancer.submitRequest({ type: 'GENERAL' });
    say('left');
  },

  async embedded() {
    const components = [worker('a', 200)];
    const host = setup({ actors: { balancer: balancerLogic } }).createMachine({
      initial: 'on',
      states: { on: { invoke: { src: 'balancer', id: 'balancer', input: { components, logger: false } } } },
    });
    const actor = createActor(host, { clock: backgroundClock }).start();
    const balancer = actor.getSnapshot().children.balancer as ReturnType<typeof createActor<BalancerLogic>>;
    balancer.send({ type: 'request.submit', request: { type: 'GENERAL' }, replyTo: { send: ({ type }) => say(type) } });
  },
};

await situations[process.argv[2]!]!();
