import {
  balancerLogic,
  balancerOf,
  type HealthRoundDue,
  healthCheckerLogic,
  type LoadSampled,
  loadMonitorLogic,
  type OptimizerAdvised,
  optimizerLogic,
  requestProcessorLogic,
  type TimersDue,
} from 'plimsoll/machines';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { assign, createActor, type EmittedFrom, setup } from 'xstate';
import { InvalidConfigError, NotRunningError } from '../../../src/domain/errors.ts';
import { VirtualClock } from '../../../src/testing/clock/virtual-clock.ts';
import { component, input } from './hosts.ts';

type Told = LoadSampled | HealthRoundDue | OptimizerAdvised;

/** A host with a balancer and three monitors of its own beside it. */
const host = setup({
  types: { context: {} as { told: Told[] }, events: {} as Told },
  actors: { balancer: balancerLogic, load: loadMonitorLogic, health: healthCheckerLogic, optimizer: optimizerLogic },
}).createMachine({
  context: { told: [] },
  invoke: {
    src: 'balancer',
    systemId: 'balancer',
    input: input({
      components: [component('a', { maxConcurrentTasks: 10 }), component('b', { maxConcurrentTasks: 40 })],
    }),
  },
  on: { '*': { actions: assign({ told: ({ context, event }) => [...context.told, event] }) } },
  initial: 'watching',
  states: {
    watching: {
      invoke: [
        { src: 'load', input: ({ self }) => ({ balancer: 'balancer', everyMs: 1_000, subscriber: self }) },
        { src: 'health', input: ({ self }) => ({ balancer: 'balancer', subscriber: self }) },
        { src: 'optimizer', input: ({ self }) => ({ balancer: 'balancer', everyMs: 15_000, subscriber: self }) },
      ],
    },
  },
});

describe('the monitors as actors of a host', () => {
  it('tell what they find, each with its own period, and change nothing', async () => {
    const clock = new VirtualClock();
    const actor = createActor(host, { clock }).start();
    const balancer = balancerOf(actor.system, 'balancer');
    const adjusted = vi.fn();
    balancer.on('weights.adjusted', adjusted);
    const told = <T extends Told['type']>(type: T) =>
      actor.getSnapshot().context.told.filter((one): one is Extract<Told, { type: T }> => one.type === type);
    for (let k = 0; k < 10; k++)
      balancer.send({
        type: 'request.submit',
        request: { type: 'GENERAL', payload: 1_500, preferredComponents: ['a'] },
      });
    await clock.advance(1_000);
    expect(told('load.sampled')).toEqual([
      { type: 'load.sampled', alerts: [expect.objectContaining({ kind: 'overload', componentId: 'a' })] },
    ]);
    await clock.advance(1_000);
    expect(told('load.sampled')[1]).toEqual({ type: 'load.sampled', alerts: [] });
    // one of two components is five times as slow
    for (let k = 0; k < 120; k++) {
      for (const [id, ms] of [
        ['a', 500],
        ['b', 100],
      ] as const)
        balancer.send({
          type: 'request.submit',
          request: { type: 'GENERAL', payload: ms, preferredComponents: [id] },
        });
      await clock.advance(100);
    }
    expect(told('health.roundDue')).toHaveLength(1);
    await clock.advance(1_000);
    const [advice] = told('optimizer.advised');
    expect(advice?.weights).toEqual({ a: expect.any(Number), b: expect.any(Number) });
    expect(advice?.weights.a).toBeLessThan(1);
    expect(advice?.weights.b).toBeGreaterThan(1);
    expect(advice?.forecast.arrivalsPerSecond).toBeGreaterThan(0);
    expect(adjusted).not.toHaveBeenCalled();
    actor.stop();
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });

  it('wake once when what was armed is due, by the host’s clock', async () => {
    const clock = new VirtualClock(7_000);
    const due = vi.fn();
    const subscriber = { send: due };
    const actor = createActor(requestProcessorLogic, { clock, input: { subscriber } }).start();
    expect(due).toHaveBeenCalledTimes(1);
    actor.send({ type: 'timer.set', dueAt: 500 });
    actor.send({ type: 'timer.set', dueAt: 300 });
    await clock.advance(299);
    expect(due).toHaveBeenCalledTimes(1);
    await clock.advance(1_000);
    expect(due).toHaveBeenCalledTimes(2);
    expect(due).toHaveBeenLastCalledWith({ type: 'timer.fired' });
    actor.send({ type: 'timer.set', dueAt: 9_000 });
    actor.send({ type: 'timer.set', dueAt: Number.POSITIVE_INFINITY });
    await clock.advance(20_000);
    expect(due).toHaveBeenCalledTimes(2);
  });

  it.for([
    ['no balancer', {}, InvalidConfigError],
    ['nobody under the id', { balancer: 'absent' }, NotRunningError],
    ['something else under the id', { balancer: 'me' }, InvalidConfigError],
    ['no period', { balancer: 'balancer', everyMs: 0 }, InvalidConfigError],
    ['no subscriber', { balancer: 'balancer', subscriber: 'me' }, InvalidConfigError],
    ['no object', null, InvalidConfigError],
  ] as const)('give the host’s onError a typed error for %s', ([, given, errorClass]) => {
    const broken = JSON.parse(JSON.stringify(given));
    for (const logic of [loadMonitorLogic, healthCheckerLogic, optimizerLogic]) {
      const parent = setup({
        types: { context: {} as { error?: unknown } },
        actors: { balancer: balancerLogic, monitor: logic },
      }).createMachine({
        invoke: [
          { src: 'balancer', systemId: 'balancer', input: input() },
          { src: 'monitor', input: broken, onError: { actions: assign({ error: ({ event }) => event.error }) } },
        ],
      });
      const actor = createActor(parent, { clock: new VirtualClock(), systemId: 'me' }).start();
      expect(actor.getSnapshot().context.error).toBeInstanceOf(errorClass);
      actor.stop();
    }
  });

  it('survive a subscriber that throws', async () => {
    const clock = new VirtualClock();
    const balancer = createActor(balancerLogic, { clock, input: input() }).start();
    const send = vi.fn(() => {
      throw new Error('boom');
    });
    const monitor = createActor(healthCheckerLogic, { clock, input: { balancer, everyMs: 10, subscriber: { send } } });
    monitor.start();
    await clock.advance(30);
    expect(send).toHaveBeenCalledTimes(3);
    expect(monitor.getSnapshot().value).toBe('waiting');
  });

  it('have types of our own', () => {
    expectTypeOf<EmittedFrom<typeof loadMonitorLogic>>().toEqualTypeOf<LoadSampled>();
    expectTypeOf<EmittedFrom<typeof healthCheckerLogic>>().toEqualTypeOf<HealthRoundDue>();
    expectTypeOf<EmittedFrom<typeof optimizerLogic>>().toEqualTypeOf<OptimizerAdvised>();
    expectTypeOf<EmittedFrom<typeof requestProcessorLogic>>().toEqualTypeOf<TimersDue>();
    // @ts-expect-error which balancer?
    expect(() => createActor(loadMonitorLogic, { input: {} }).getSnapshot().status).not.toThrow();
  });
});
