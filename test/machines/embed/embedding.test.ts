import { type BalancerInput, balancerLogic, balancerOf, stopBalancer } from 'plimsoll/machines';
import { describe, expect, it, vi } from 'vitest';
import { assign, createActor, setup, spawnChild, toPromise } from 'xstate';
import type { BalancerOutput } from '../../../src/domain/balancer.ts';
import { InvalidConfigError, NotRunningError } from '../../../src/domain/errors.ts';
import { conservationError } from '../../../src/domain/outcome.ts';
import { VirtualClock } from '../../../src/testing/clock/virtual-clock.ts';
import { component, input, timersOnly } from './hosts.ts';

/** A host that invokes a balancer while it works, and keeps what comes of it. */
const host = setup({
  types: {
    input: {} as BalancerInput,
    context: {} as { balancer: BalancerInput; output?: BalancerOutput; failure?: unknown },
    events: {} as { type: 'rest' } | { type: 'work' },
  },
  actors: { balancer: balancerLogic },
}).createMachine({
  context: ({ input: balancer }) => ({ balancer }),
  initial: 'working',
  states: {
    working: {
      invoke: {
        src: 'balancer',
        systemId: 'balancer',
        input: ({ context }) => context.balancer,
        onDone: { target: 'resting', actions: assign({ output: ({ event }) => event.output }) },
        onError: { target: 'failed', actions: assign({ failure: ({ event }) => event.error }) },
      },
      on: { rest: 'resting' },
    },
    resting: { on: { work: 'working' } },
    failed: {},
  },
});

describe('a balancer in a host machine', () => {
  it('is invoked with typed input, runs on the host’s clock, and stops with an output', async () => {
    const clock = new VirtualClock(5000);
    const actor = createActor(host, { clock, input: input() }).start();
    const balancer = balancerOf(actor.system, 'balancer');
    const completed = vi.fn();
    balancer.on('request.completed', completed);
    balancer.send({ type: 'request.submit', request: { type: 'GENERAL', payload: 250 } });
    await clock.advance(249);
    expect(completed).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(completed).toHaveBeenCalledWith(expect.objectContaining({ result: 250, totalMs: 250 }));
    balancer.send({ type: 'balancer.stop' });
    await clock.advance(0);
    expect(actor.getSnapshot().value).toBe('resting');
    const { output } = actor.getSnapshot().context;
    expect(output?.requests).toMatchObject({ submitted: 1, completed: 1 });
    expect(output?.metrics).toMatchObject({ at: 5250, uptimeMs: 250, regions: { phase: 'stopped' } });
  });

  it.for([
    ['no components', { components: [] }],
    ['an unknown key', { speed: 9 }],
    ['a wrong type', { maxQueueSize: 'many' }],
    ['no object', null],
  ] as const)('gives the host’s onError a typed error for %s', ([, given]) => {
    const broken = given === null ? null : { ...input(), ...given };
    // @ts-expect-error what is tried here does not fit the type
    const actor = createActor(host, { input: broken }).start();
    expect(actor.getSnapshot().value).toBe('failed');
    expect(actor.getSnapshot().context.failure).toBeInstanceOf(InvalidConfigError);
    expect(() => balancerOf(actor.system, 'balancer')).toThrow(NotRunningError);
  });

  it('settles everything when the host leaves the state in mid-work, and can be invoked anew', async () => {
    const clock = new VirtualClock();
    const aborted = vi.fn();
    const components = [
      component('a', {
        maxConcurrentTasks: 2,
        handler: (_, { signal }) =>
          new Promise((_resolve, reject) =>
            signal.addEventListener('abort', () => {
              aborted();
              reject(signal.reason);
            }),
          ),
      }),
    ];
    const actor = createActor(host, { clock, input: input({ components }) }).start();
    const first = balancerOf(actor.system, 'balancer');
    const told: string[] = [];
    const replyTo = {
      send: ({ type, requestId }: { type: string; requestId: string }) => told.push(`${requestId} ${type}`),
    };
    for (const id of ['r1', 'r2', 'r3', 'r4']) {
      first.send({ type: 'request.submit', request: { id, type: 'GENERAL' }, replyTo });
    }
    await clock.advance(10);
    actor.send({ type: 'rest' });
    // at once: nothing is left for a timer or a turn of the event loop
    expect(told.sort()).toEqual(['r1', 'r2', 'r3', 'r4'].map((id) => `${id} request.cancelled`));
    expect(aborted).toHaveBeenCalledTimes(2);
    await clock.advance(0);
    expect(clock.pending).toBe(0);
    actor.send({ type: 'work' });
    const second = balancerOf(actor.system, 'balancer');
    expect(second).not.toBe(first);
    await clock.advance(0);
    second.send({ type: 'balancer.stop', drain: false });
    await clock.advance(0);
    expect(actor.getSnapshot().context.output?.requests.submitted).toBe(0);
  });

  it('is spawned, several in one system, each with components of its own', async () => {
    const clock = new VirtualClock();
    const parent = createActor(
      setup({ actors: { balancer: balancerLogic } }).createMachine({
        entry: [
          spawnChild('balancer', { id: 'one', systemId: 'one', input: input() }),
          spawnChild('balancer', { id: 'two', systemId: 'two', input: input({ components: [component('a')] }) }),
          spawnChild('balancer', { id: 'three', input: input() }),
        ],
      }),
      { clock },
    ).start();
    const [one, two] = ['one', 'two'].map((id) => balancerOf(parent.system, id));
    one?.send({ type: 'component.fail', componentId: 'a' });
    one?.send({ type: 'request.submit', request: { type: 'GENERAL', payload: 5 } });
    two?.send({ type: 'request.submit', request: { type: 'GENERAL', payload: 5 } });
    await clock.advance(10);
    const outputs = Promise.all([stopBalancer(one!), stopBalancer(two!)]);
    await clock.advance(0);
    const [first, second] = await outputs;
    expect(first?.metrics.components.a?.status).toBe('Failed');
    expect(first?.metrics.components.b?.succeeded).toBe(1);
    expect(second?.metrics.components).toEqual({ a: expect.objectContaining({ status: 'Available', succeeded: 1 }) });
    parent.stop();
  });

  it('is a root actor, with a clock of its own where the system’s cannot tell the time', async () => {
    const clock = new VirtualClock(1000);
    const actor = createActor(balancerLogic, { clock: timersOnly(clock), input: input({ clock }) });
    const output = toPromise(actor);
    actor.start();
    for (let k = 0; k < 5; k++) actor.send({ type: 'request.submit', request: { type: 'GENERAL', payload: 10 } });
    await clock.advance(20);
    actor.send({ type: 'balancer.stop' });
    await clock.advance(0);
    const { requests } = await output;
    expect(requests).toMatchObject({ submitted: 5, completed: 5 });
    expect(conservationError(requests)).toBe(0);
  });

  it('lives under the host’s clock, logger and inspector', async () => {
    const clock = new VirtualClock();
    const logger = vi.fn();
    const seen = new Set<string>();
    const actor = createActor(host, {
      clock,
      logger,
      input: input(),
      inspect: (event) => {
        if (event.type === '@xstate.microstep') seen.add(`${Reflect.get(event.actorRef, 'id')} ${event.event.type}`);
      },
    }).start();
    const balancer = balancerOf(actor.system, 'balancer');
    balancer.send({ type: 'component.drain', componentId: 'a' });
    await clock.advance(0);
    expect([...seen]).toContain('component:a component.drain');
    expect(actor.system.get('balancer/a')).toBeDefined();
    const completed = vi.fn();
    balancer.on('request.completed', completed);
    balancer.send({ type: 'request.submit', request: { type: 'GENERAL', payload: 5 } });
    await clock.advance(5);
    expect(completed).toHaveBeenCalledOnce();
    balancer.send({ type: 'balancer.stop' });
    await clock.advance(0);
    expect(actor.getSnapshot().value).toBe('resting');
    expect(logger).not.toHaveBeenCalled();
  });

  it('tells its state to those who look at its snapshot', async () => {
    const clock = new VirtualClock();
    const actor = createActor(balancerLogic, { clock, input: input() }).start();
    await clock.advance(0);
    expect(actor.getSnapshot().value).toMatchObject({
      active: { phase: 'running', dispatch: 'flowing', pressure: 'normal', failover: 'steady', algorithm: 'adaptive' },
    });
    const stopped = stopBalancer(actor);
    await clock.advance(0);
    await stopped;
    expect(actor.getSnapshot().value).toBe('stopped');
  });
});

describe('balancerOf', () => {
  it('says what is the matter when there is none, or it is something else', () => {
    const parent = createActor(
      setup({ actors: { child: setup({}).createMachine({}) } }).createMachine({
        invoke: { src: 'child', systemId: 'other' },
      }),
    ).start();
    expect(() => balancerOf(parent.system, 'balancer')).toThrow(/No balancer runs under the systemId "balancer"/);
    expect(() => balancerOf(parent.system, 'other')).toThrow(/not a balancer/);
  });
});

describe('stopBalancer', () => {
  const start = () => {
    const clock = new VirtualClock();
    return { clock, actor: createActor(balancerLogic, { clock, input: input() }).start() };
  };

  it('waits for open requests, or does not, as told', async () => {
    for (const drain of [true, false]) {
      const { actor, clock } = start();
      actor.send({ type: 'request.submit', request: { type: 'GENERAL', payload: 100 } });
      await clock.advance(1);
      const stopped = stopBalancer(actor, { drain });
      await clock.advance(200);
      expect((await stopped)?.requests).toMatchObject(drain ? { completed: 1 } : { cancelled: 1 });
      expect(await stopBalancer(actor)).toEqual(await stopped);
    }
  });

  it('resolves for one that was stopped from outside, or never ran', async () => {
    const { actor, clock } = start();
    await clock.advance(0);
    const stopped = stopBalancer(actor);
    actor.stop();
    expect(await stopped).toBeUndefined();
    const refused = createActor(balancerLogic, { input: { components: [] } });
    refused.subscribe({ error: () => undefined });
    refused.start();
    expect(await stopBalancer(refused)).toBeUndefined();
  });

  it('ends the balancer of a host that crashed, which XState leaves running', async () => {
    // XState's development build warns of what a child tells a parent that is no more
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const clock = new VirtualClock();
    const crashing = setup({ actors: { balancer: balancerLogic } }).createMachine({
      invoke: { src: 'balancer', systemId: 'balancer', input: input() },
      on: {
        crash: {
          actions: () => {
            throw new Error('a bug of the host');
          },
        },
      },
    });
    const actor = createActor(crashing, { clock });
    actor.start();
    const balancer = balancerOf(actor.system, 'balancer');
    const told = vi.fn();
    balancer.send({
      type: 'request.submit',
      request: { type: 'GENERAL', payload: Number.POSITIVE_INFINITY },
      replyTo: { send: told },
    });
    await clock.advance(10);
    actor.subscribe({ error: () => void stopBalancer(balancer, { drain: false }) });
    actor.send({ type: 'crash' });
    expect(actor.getSnapshot().status).toBe('error');
    expect(balancer.getSnapshot().status).toBe('active');
    await clock.advance(0);
    expect(balancer.getSnapshot().status).toBe('done');
    expect(told).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ type: 'request.cancelled' }));
    warn.mockRestore();
  });
});
