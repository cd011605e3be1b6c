import { type BalancerInput, balancerLogic, type Fact, type TerminalFact } from 'plimsoll/machines';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createActor, fromCallback, fromTransition } from 'xstate';
import { conservationError } from '../../../src/domain/outcome.ts';
import { EventBus } from '../../../src/engine/events/event-bus.ts';
import { VirtualClock } from '../../../src/testing/clock/virtual-clock.ts';
import { component, input } from './hosts.ts';

const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
afterEach(() => {
  vi.clearAllMocks();
});

const start = async (changes: Partial<BalancerInput> = {}) => {
  const clock = new VirtualClock();
  const balancer = createActor(balancerLogic, { clock, input: input({ logger, ...changes }) });
  balancer.start();
  await clock.advance(0);
  return { clock, balancer };
};

/** An actor that keeps the types of the facts that it is sent. */
const listener = () => {
  const heard: string[] = [];
  const actor = createActor(fromCallback<Fact>(({ receive }) => receive(({ type }) => heard.push(type)))).start();
  return { actor, heard };
};

describe('facts by message', () => {
  it('reach a subscriber: all, or those it asked for; until it unsubscribes', async () => {
    const { balancer, clock } = await start();
    const [all, some] = [listener(), listener()];
    balancer.send({ type: 'facts.subscribe', subscriber: all.actor });
    balancer.send({ type: 'facts.subscribe', subscriber: some.actor, types: ['request.completed'] });
    balancer.send({ type: 'request.submit', request: { type: 'GENERAL' } });
    await clock.advance(1);
    expect(all.heard).toEqual(['request.accepted', 'request.assigned', 'request.completed']);
    expect(some.heard).toEqual(['request.completed']);
    balancer.send({ type: 'facts.unsubscribe', subscriber: all.actor });
    balancer.send({ type: 'request.submit', request: { type: 'GENERAL' } });
    await clock.advance(1);
    expect(all.heard).toHaveLength(3);
    expect(some.heard).toHaveLength(2);
  });

  it('reach the subscriber of the input from the very start', async () => {
    const { actor, heard } = listener();
    const components = [component('a', { check: () => false })];
    const { clock } = await start({ subscriber: actor, components, healthCheckIntervalMs: 100 });
    await clock.advance(500);
    expect(heard).toContain('component.statusChanged');
    expect(heard).toContain('failover.started');
  });

  it('are not even made when nobody wants their type', () => {
    const { actor } = listener();
    const bus = new EventBus(actor, vi.fn(), vi.fn());
    const [one, two] = [{ send: vi.fn() }, { send: vi.fn() }];
    bus.subscribe(one, ['alert.raised']);
    expect([bus.isObserved('alert.raised'), bus.isObserved('request.completed')]).toEqual([true, false]);
    bus.subscribe(two, undefined);
    expect(bus.isObserved('request.completed')).toBe(true);
    bus.unsubscribe(two);
    bus.unsubscribe(one);
    expect([bus.isObserved('alert.raised'), bus.isObserved('request.completed')]).toEqual([false, false]);
  });

  it('are not sent to a subscriber that has stopped, and it is forgotten', async () => {
    const { balancer, clock } = await start();
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { actor, heard } = listener();
    balancer.send({ type: 'facts.subscribe', subscriber: actor });
    actor.stop();
    for (let k = 0; k < 2; k++) balancer.send({ type: 'request.submit', request: { type: 'GENERAL' }, replyTo: actor });
    await clock.advance(1);
    expect(heard).toEqual([]);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('are told to the others when a subscriber throws, which is logged', async () => {
    const { balancer, clock } = await start();
    const { actor, heard } = listener();
    const replies = vi.fn((_: TerminalFact) => {
      throw new Error('a bad reply address');
    });
    const bad = {
      send: () => {
        throw new Error('a bad subscriber');
      },
    };
    balancer.send({ type: 'facts.subscribe', subscriber: bad });
    balancer.send({ type: 'facts.subscribe', subscriber: actor });
    balancer.send({ type: 'request.submit', request: { type: 'GENERAL' }, replyTo: { send: replies } });
    await clock.advance(1);
    expect(heard).toEqual(['request.accepted', 'request.assigned', 'request.completed']);
    expect(replies).toHaveBeenCalledOnce();
    const logged = logger.error.mock.calls.map(([fields]) => String(Reflect.get(Object(fields), 'err')));
    expect(new Set(logged)).toEqual(new Set(['Error: a bad subscriber', 'Error: a bad reply address']));
  });

  it('hurt nobody when a subscriber crashes of them', async () => {
    const { balancer, clock } = await start();
    const crashing = createActor(
      fromTransition((): number => {
        throw new Error('a bug of the subscriber');
      }, 0),
    );
    crashing.subscribe({ error: () => undefined });
    crashing.start();
    balancer.send({ type: 'facts.subscribe', subscriber: crashing });
    const replyTo = { send: vi.fn() };
    for (let k = 0; k < 3; k++) balancer.send({ type: 'request.submit', request: { type: 'GENERAL' }, replyTo });
    await clock.advance(1);
    expect(crashing.getSnapshot().status).toBe('error');
    expect(replyTo.send).toHaveBeenCalledTimes(3);
  });

  it('may be answered with a flood of commands: each is refused or done, and every request settles', async () => {
    const { balancer, clock } = await start();
    const flooding = createActor(
      fromCallback<Fact>(({ receive }) => {
        receive(({ type }) => {
          if (type === 'command.refused') return;
          for (let k = 0; k < 10; k++) balancer.send({ type: 'component.resume', componentId: 'a' });
          balancer.send({ type: 'request.cancel', requestId: 'none' });
        });
      }),
    ).start();
    balancer.send({ type: 'facts.subscribe', subscriber: flooding });
    const replyTo = { send: vi.fn() };
    for (let k = 0; k < 200; k++) balancer.send({ type: 'request.submit', request: { type: 'GENERAL' }, replyTo });
    await clock.advance(100);
    expect(replyTo.send).toHaveBeenCalledTimes(200);
    balancer.send({ type: 'balancer.stop' });
    await clock.advance(0);
    expect(conservationError(balancer.getSnapshot().output!.requests)).toBe(0);
  });

  it('are refused to what is no subscriber, and for what are no types', async () => {
    const { balancer, clock } = await start();
    const replyTo = { send: vi.fn() };
    const { actor } = listener();
    // @ts-expect-error not a subscriber
    balancer.send({ type: 'facts.subscribe', subscriber: 'me', replyTo });
    // @ts-expect-error not a list
    balancer.send({ type: 'facts.subscribe', subscriber: actor, types: 'alert.raised', replyTo });
    await clock.advance(0);
    expect(replyTo.send).toHaveBeenCalledTimes(2);
    expect(replyTo.send).toHaveBeenCalledWith(
      expect.objectContaining({ type: 'command.refused', command: 'facts.subscribe' }),
    );
  });

  it('are emitted, for those who listen to the actor itself', async () => {
    const { balancer, clock } = await start();
    const completed = vi.fn();
    balancer.on('request.completed', ({ result, requestId }) => completed(result, requestId));
    balancer.send({ type: 'request.submit', request: { id: 'r', type: 'GENERAL', payload: 3 } });
    await clock.advance(3);
    expect(completed).toHaveBeenCalledExactlyOnceWith(3, 'r');
  });
});
