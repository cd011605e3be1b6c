import {
  type BalancerInput,
  balancerLogic,
  balancerOf,
  type FactOfType,
  isTerminal,
  stopBalancer,
  submitFrom,
  subscribeFrom,
  type TerminalFact,
  type WorkloadRequest,
} from 'plimsoll/machines';
import { describe, expect, it, vi } from 'vitest';
import { assign, createActor, setup } from 'xstate';
import { VirtualClock } from '../../../src/testing/clock/virtual-clock.ts';
import { component, input } from './hosts.ts';

type StatusChanged = FactOfType<'component.statusChanged'>;
type HostEvent =
  | { readonly type: 'submit'; readonly request: WorkloadRequest }
  | { readonly type: 'listen' | 'deafen' }
  | TerminalFact
  | StatusChanged;

/** A host that submits what it is told to and keeps the answers. Its events include just the facts that it takes. */
const host = setup({
  types: {
    input: {} as BalancerInput,
    context: {} as {
      balancer: BalancerInput;
      ids: string[];
      answers: TerminalFact[];
      changes: StatusChanged[];
      deafen: (() => void) | undefined;
    },
    events: {} as HostEvent,
  },
  actors: { balancer: balancerLogic },
}).createMachine({
  context: ({ input: balancer }) => ({ balancer, ids: [], answers: [], changes: [], deafen: undefined }),
  invoke: { src: 'balancer', systemId: 'balancer', input: ({ context }) => context.balancer },
  on: {
    submit: {
      actions: ({ self, event, context }) => {
        context.ids.push(submitFrom(self)(event.request));
      },
    },
    listen: { actions: assign({ deafen: ({ self }) => subscribeFrom(self, ['component.statusChanged']) }) },
    deafen: { actions: ({ context }) => context.deafen?.() },
    'request.*': {
      actions: assign({
        answers: ({ context, event }) => (isTerminal(event) ? [...context.answers, event] : context.answers),
      }),
    },
    'component.statusChanged': { actions: assign({ changes: ({ context, event }) => [...context.changes, event] }) },
  },
});

const start = (changes: Partial<BalancerInput> = {}) => {
  const clock = new VirtualClock();
  const actor = createActor(host, { clock, input: input(changes) }).start();
  const kept = () => actor.getSnapshot().context;
  return { actor, clock, kept, balancer: balancerOf(actor.system, 'balancer') };
};

describe('submitFrom', () => {
  it('answers each request once, by its id and metadata', async () => {
    const { actor, clock, kept } = start();
    actor.send({ type: 'submit', request: { id: 'mine', type: 'GENERAL', payload: 30, metadata: { order: 1 } } });
    actor.send({ type: 'submit', request: { type: 'GENERAL', payload: 20, metadata: { order: 2 } } });
    await clock.advance(100);
    const [mine, given] = kept().ids;
    expect(mine).toBe('mine');
    expect(given).toMatch(/./);
    expect(kept().answers).toMatchObject([
      { type: 'request.completed', requestId: given, metadata: { order: 2 }, result: 20 },
      { type: 'request.completed', requestId: 'mine', metadata: { order: 1 }, result: 30 },
    ]);
  });

  it('keeps id and metadata across retries and a failover, and answers once all the same', async () => {
    let calls = 0;
    const { actor, clock, kept, balancer } = start({
      components: ['a', 'b', 'c'].map((id) =>
        component(id, {
          handler: async (_, { clock: time, componentId }) => {
            if (++calls <= 2) throw new Error('not yet');
            await new Promise<void>((resolve) => time.setTimeout(resolve, 500));
            return componentId;
          },
        }),
      ),
    });
    actor.send({ type: 'submit', request: { id: 'r1', type: 'GENERAL', metadata: { order: 7 } } });
    await clock.advance(100);
    expect(calls).toBe(3);
    for (const componentId of ['a', 'b', 'c']) balancer.send({ type: 'component.fail', componentId });
    await clock.advance(10);
    balancer.send({ type: 'component.recover', componentId: 'a' });
    await clock.advance(20_000);
    expect(kept().answers).toHaveLength(1);
    expect(kept().answers[0]).toMatchObject({ type: 'request.completed', requestId: 'r1', metadata: { order: 7 } });
    expect(kept().answers[0]?.attempts).toBeGreaterThan(3);
  });

  it('is answered for what is not valid, in a way that the sender knows again', async () => {
    const { actor, clock, kept } = start();
    actor.send({ type: 'submit', request: { id: 'bad', type: '', metadata: { order: 1 } } });
    actor.send({ type: 'submit', request: JSON.parse('null') });
    await clock.advance(0);
    expect(kept().ids).toEqual(['bad', '']);
    expect(kept().answers).toMatchObject([
      { type: 'request.rejected', requestId: 'bad', metadata: { order: 1 }, error: { code: 'INVALID_REQUEST' } },
      { type: 'request.rejected', requestId: '', error: { code: 'INVALID_REQUEST' } },
    ]);
  });

  it('is answered by a balancer that has stopped, and where there is none', async () => {
    const { actor, clock, kept, balancer } = start();
    const stopped = stopBalancer(balancer);
    await clock.advance(0);
    await stopped;
    actor.send({ type: 'submit', request: { id: 'late', type: 'GENERAL' } });
    await clock.advance(0);
    expect(kept().answers).toMatchObject([
      { type: 'request.rejected', requestId: 'late', error: { code: 'NOT_RUNNING', reason: 'noBalancer' } },
    ]);
    const received = vi.fn();
    submitFrom({ send: received, system: actor.system }, balancer)({ id: 'later', type: 'GENERAL' });
    await clock.advance(0);
    expect(received).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ type: 'request.rejected', requestId: 'later' }),
    );
  });

  it('is answered for a balancer that never ran, and an actor that is none', async () => {
    const refused = createActor(balancerLogic, { input: { components: [] } });
    refused.subscribe({ error: () => undefined });
    refused.start();
    const received = vi.fn();
    const system = { get: (id: string) => (id === 'other' ? createActor(host, { input: input() }) : undefined) };
    submitFrom({ send: received, system }, refused)({ id: 'r1', type: 'GENERAL' });
    submitFrom({ send: received, system }, 'other')({ id: 'r2', type: 'GENERAL' });
    expect(received.mock.calls.map(([fact]) => fact)).toMatchObject([
      { type: 'request.rejected', requestId: 'r1', error: { code: 'NOT_RUNNING', reason: 'refused' } },
      { type: 'request.rejected', requestId: 'r2', error: { code: 'INVALID_CONFIG', reason: 'notABalancer' } },
    ]);
    expect(() => subscribeFrom({ send: received, system }, ['alert.raised'], 'other')).toThrow(/not a balancer/);
  });

  it('answers what still waits in the mailbox of a balancer that is stopped', async () => {
    const { actor, clock, balancer } = start();
    await clock.advance(0);
    const received = vi.fn();
    const from = { send: received, system: actor.system };
    // a raw observer runs inside the balancer's own transition, so that what it sends has to wait
    const subscription = balancer.subscribe(() => {
      subscription.unsubscribe();
      submitFrom(from, balancer)({ id: 'early', type: 'GENERAL' });
      actor.stop();
    });
    balancer.send({ type: 'balancer.pause' });
    await clock.advance(0);
    expect(received).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ type: 'request.rejected', requestId: 'early', error: expect.any(Error) }),
    );
  });

  it('answers what a listener submits while the balancer is being stopped', async () => {
    const { actor, clock, balancer } = start();
    await clock.advance(0);
    const received = vi.fn();
    const submit = submitFrom({ send: received, system: actor.system }, balancer);
    balancer.on('request.cancelled', () => void submit({ id: 'late', type: 'GENERAL' }));
    submitFrom({ send: () => {}, system: actor.system }, balancer)({ id: 'early', type: 'GENERAL', payload: 1_000 });
    actor.stop();
    await clock.advance(0);
    expect(received).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ type: 'request.rejected', requestId: 'late', error: expect.any(Error) }),
    );
  });
});

describe('subscribeFrom', () => {
  it('sends the facts that were asked for, until it is ended', async () => {
    const { actor, clock, kept, balancer } = start();
    actor.send({ type: 'listen' });
    balancer.send({ type: 'component.drain', componentId: 'a' });
    await clock.advance(0);
    expect(kept().changes).toMatchObject([{ componentId: 'a', to: 'Maintenance' }]);
    actor.send({ type: 'deafen' });
    balancer.send({ type: 'component.resume', componentId: 'a' });
    await clock.advance(0);
    expect(kept().changes).toHaveLength(1);
  });

  it('subscribes to nothing when the balancer does not run', async () => {
    const { actor, clock, kept, balancer } = start();
    balancer.send({ type: 'balancer.stop' });
    await clock.advance(0);
    actor.send({ type: 'listen' });
    await clock.advance(0);
    actor.send({ type: 'deafen' });
    expect(kept().changes).toEqual([]);
    expect(subscribeFrom({ send: vi.fn(), system: actor.system }, ['alert.raised'], balancer)).toBeUndefined();
  });

  it('checks that an actor takes the facts it asks for', () => {
    const { actor } = start();
    // @ts-expect-error the host knows no alerts
    subscribeFrom(actor, ['alert.raised']);
    actor.stop();
  });
});

describe('in the entry of a state that invokes the balancer', () => {
  it.for(['first', 'later'] as const)('both work, where that state is the %s one', async (order) => {
    const told: unknown[] = [];
    const clock = new VirtualClock();
    const embedding = setup({
      types: {
        events: {} as { readonly type: 'go' } | TerminalFact | StatusChanged,
        context: {} as { off: (() => void) | undefined },
      },
      actors: { balancer: balancerLogic },
    }).createMachine({
      context: { off: undefined },
      initial: order === 'first' ? 'balancing' : 'idle',
      on: {
        'request.*': { actions: ({ event }) => told.push(event.type) },
        'component.statusChanged': { actions: ({ event }) => told.push(event.type) },
      },
      states: {
        idle: { on: { go: 'balancing' } },
        balancing: {
          invoke: { src: 'balancer', systemId: 'balancer', input: input() },
          entry: [
            assign({ off: ({ self }) => subscribeFrom(self, ['component.statusChanged']) }),
            ({ self }) => {
              const request = { id: 'r', type: 'GENERAL' };
              submitFrom(self)(request);
              request.type = '';
            },
          ],
        },
      },
    });
    const actor = createActor(embedding, { clock }).start();
    actor.send({ type: 'go' });
    await clock.advance(1_000);
    expect(told).toEqual(['request.completed']);
    const balancer = balancerOf(actor.system, 'balancer');
    balancer.send({ type: 'component.drain', componentId: 'a' });
    await clock.advance(0);
    expect(told).toEqual(['request.completed', 'component.statusChanged']);
    actor.getSnapshot().context.off?.();
    balancer.send({ type: 'component.resume', componentId: 'a' });
    await clock.advance(0);
    expect(told).toHaveLength(2);
    actor.stop();
  });

  it('a subscription that is ended before the step is over is never made', async () => {
    const { actor, clock } = start();
    await clock.advance(0);
    const system = { get: vi.fn(() => undefined as unknown) };
    const received = vi.fn();
    const off = subscribeFrom({ send: received, system }, ['component.statusChanged'], 'b');
    system.get.mockReturnValue(balancerOf(actor.system, 'balancer'));
    off?.();
    await clock.advance(0);
    balancerOf(actor.system, 'balancer').send({ type: 'component.drain', componentId: 'a' });
    await clock.advance(0);
    expect(received).not.toHaveBeenCalled();
    actor.stop();
  });
});
