import {
  type ComponentActorInput,
  type ComponentActorState,
  type ComponentFact,
  componentLogic,
} from 'plimsoll/machines';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import {
  type ActorRefFrom,
  assign,
  createActor,
  type EmittedFrom,
  type InputFrom,
  type SnapshotFrom,
  setup,
  spawnChild,
} from 'xstate';
import { InvalidConfigError } from '../../../src/domain/errors.ts';
import { VirtualClock } from '../../../src/testing/clock/virtual-clock.ts';
import { timersOnly } from './hosts.ts';

const NO_JITTER = { jitter: 0, baseDelayMs: 100, slowStartMs: 1_000 };

const start = (changes: Partial<ComponentActorInput> = {}) => {
  const clock = new VirtualClock();
  const told: ComponentFact[] = [];
  const input = { id: 'db', maxConcurrentTasks: 4, recovery: NO_JITTER, ...changes };
  const actor = createActor(componentLogic, { clock, input });
  actor.on('*', (fact) => told.push(fact));
  actor.start();
  return { actor, clock, told, value: () => actor.getSnapshot().value };
};

const take = (actor: ActorRefFrom<typeof componentLogic>, n: number): void => {
  for (let k = 0; k < n; k++) actor.send({ type: 'request.assign' });
};

describe('a component as an actor of its own', () => {
  it('follows its load: up at once, down after bandDwellMs', async () => {
    const { actor, clock, told, value } = start();
    expect(value()).toEqual({ operational: { load: 'available', ramp: 'steady', rate: 'open' } });
    take(actor, 3);
    await clock.advance(0);
    expect(value()).toEqual({ operational: { load: 'busy', ramp: 'steady', rate: 'open' } });
    take(actor, 1);
    await clock.advance(0);
    expect(value()).toEqual({ operational: { load: 'overloaded', ramp: 'steady', rate: 'open' } });
    for (let k = 0; k < 2; k++) actor.send({ type: 'request.released' });
    await clock.advance(200);
    // back above the edge: the time begins anew
    take(actor, 2);
    for (let k = 0; k < 2; k++) actor.send({ type: 'request.released' });
    await clock.advance(249);
    expect(value()).toMatchObject({ operational: { load: 'overloaded' } });
    await clock.advance(1);
    expect(value()).toMatchObject({ operational: { load: 'available' } });
    expect(told.map((fact) => 'to' in fact && fact.to)).toEqual(['Busy', 'Overloaded', 'Available']);
    expect(clock.pending).toBe(0);
  });

  it('sinks by one band and then by the next', async () => {
    const { actor, clock, told } = start({ maxConcurrentTasks: 10, bandDwellMs: 50 });
    take(actor, 10);
    for (let k = 0; k < 3; k++) actor.send({ type: 'request.released' });
    await clock.advance(50);
    for (let k = 0; k < 7; k++) actor.send({ type: 'request.released' });
    await clock.advance(50);
    expect(told.map((fact) => 'to' in fact && fact.to)).toEqual(['Busy', 'Overloaded', 'Busy', 'Available']);
  });

  it('fails, is probed after its cooldown, and comes back by a slow start', async () => {
    const { actor, clock, told, value } = start();
    actor.send({ type: 'component.fail', reason: 'refused connections' });
    actor.send({ type: 'request.assign' });
    await clock.advance(99);
    expect(value()).toEqual({ failed: 'isolated' });
    await clock.advance(1);
    expect(value()).toEqual({ failed: 'probing' });
    actor.send({ type: 'probe.bad', reason: 'still refused' });
    await clock.advance(199);
    expect(value()).toEqual({ failed: 'isolated' });
    await clock.advance(1);
    for (let k = 0; k < 3; k++) actor.send({ type: 'probe.good' });
    await clock.advance(500);
    expect(value()).toEqual({ operational: { load: 'available', ramp: 'warming', rate: 'open' } });
    // 4 slots, half of the slow start over: 3 of them
    take(actor, 4);
    await clock.advance(500);
    expect(value()).toMatchObject({ operational: { ramp: 'steady', rate: 'open' } });
    const probes = told.filter(({ type }) => type === 'component.probeRequested');
    expect(probes).toHaveLength(4);
    expect(told.filter(({ type }) => type !== 'component.probeRequested')).toMatchObject([
      { type: 'component.statusChanged', from: 'Available', to: 'Failed', reason: 'refused connections' },
      { type: 'command.refused', command: 'request.assign', state: 'failed.isolated' },
      { type: 'component.stateChanged', from: 'failed.isolated', to: 'failed.probing' },
      { type: 'component.stateChanged', to: 'failed.isolated', reason: 'still refused' },
      { type: 'component.stateChanged', to: 'failed.probing' },
      { type: 'component.statusChanged', from: 'Failed', to: 'Available' },
      { type: 'component.statusChanged', to: 'Busy' },
      { type: 'command.refused', command: 'request.assign', reason: 'none of its slots is free' },
    ]);
  });

  it('drains what runs, and refuses what does not fit to who asked', async () => {
    const { actor, clock, told, value } = start();
    take(actor, 1);
    actor.send({ type: 'component.drain' });
    await clock.advance(0);
    expect(value()).toEqual({ maintenance: 'draining' });
    actor.send({ type: 'request.released' });
    actor.send({ type: 'request.released' });
    await clock.advance(0);
    expect(value()).toEqual({ maintenance: 'drained' });
    const replyTo = { send: vi.fn() };
    actor.send({ type: 'component.recover', replyTo });
    await clock.advance(0);
    expect(replyTo.send).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ type: 'command.refused', command: 'component.recover', componentId: 'db' }),
    );
    expect(told).toContainEqual(expect.objectContaining({ type: 'command.refused', command: 'request.released' }));
    actor.send({ type: 'component.resume' });
    await clock.advance(0);
    expect(value()).toMatchObject({ operational: { load: 'available' } });
  });

  it('tells its host by message, is invoked and spawned under a systemId, and leaves no timer behind', async () => {
    const clock = new VirtualClock();
    const host = setup({
      types: { context: {} as { told: string[] }, events: {} as ComponentFact | { type: 'leave' } },
      actors: { component: componentLogic },
    }).createMachine({
      context: { told: [] },
      entry: spawnChild('component', { id: 'spare', systemId: 'spare', input: { id: 'spare' } }),
      on: { '*': { actions: assign({ told: ({ context, event }) => [...context.told, event.type] }) } },
      initial: 'guarding',
      states: {
        guarding: {
          invoke: {
            src: 'component',
            systemId: 'db',
            input: ({ self }) => ({ id: 'db', maxConcurrentTasks: 1, subscriber: self }),
          },
          on: { leave: 'left' },
        },
        left: {},
      },
    });
    const actor = createActor(host, { clock: timersOnly(clock) }).start();
    expect(actor.system.get('spare').getSnapshot().value).toMatchObject({ operational: {} });
    actor.system.get('db').send({ type: 'request.assign' });
    actor.system.get('db').send({ type: 'request.released' });
    await clock.advance(0);
    expect(actor.getSnapshot().context.told).toEqual(['component.statusChanged']);
    actor.send({ type: 'leave' });
    await clock.advance(0);
    expect(actor.system.get('db')).toBeUndefined();
    expect(clock.pending).toBe(0);
  });

  it('survives a subscriber and an address of replies that throw', async () => {
    const boom = {
      send: () => {
        throw new Error('boom');
      },
    };
    const clock = new VirtualClock();
    const logger = vi.fn();
    const actor = createActor(componentLogic, { clock, logger, input: { id: 'db', subscriber: boom } }).start();
    actor.send({ type: 'component.fail' });
    actor.send({ type: 'component.resume', replyTo: boom });
    await clock.advance(0);
    expect(actor.getSnapshot().value).toEqual({ failed: 'isolated' });
    expect(logger).toHaveBeenCalledWith('plimsoll: a subscriber threw', expect.any(Error));
  });

  it.for([
    ['no id', { id: undefined }],
    ['no slots', { maxConcurrentTasks: 0 }],
    ['an unknown key', { speed: 9 }],
    ['a key that is the balancer’s', { maxQueueSize: 9 }],
    ['thresholds the wrong way round', { highLoadThreshold: 0.9, overloadThreshold: 0.5 }],
    ['no clock', { clock: 5 }],
    ['no subscriber', { subscriber: 'me' }],
    ['no chance', { random: 0.5 }],
    ['no object', null],
  ] as const)('gives the host’s onError a typed error for %s', ([, given]) => {
    const host = setup({
      types: { context: {} as { error?: unknown } },
      actors: { component: componentLogic },
    }).createMachine({
      invoke: {
        src: 'component',
        input: given === null ? JSON.parse('null') : { id: 'db', ...JSON.parse(JSON.stringify(given)), ...given },
        onError: { actions: assign({ error: ({ event }) => event.error }) },
      },
    });
    expect(createActor(host).start().getSnapshot().context.error).toBeInstanceOf(InvalidConfigError);
  });

  it('has types of our own', () => {
    expectTypeOf<InputFrom<typeof componentLogic>>().toEqualTypeOf<ComponentActorInput>();
    expectTypeOf<EmittedFrom<typeof componentLogic>>().toEqualTypeOf<ComponentFact>();
    expectTypeOf<SnapshotFrom<typeof componentLogic>['value']>().toEqualTypeOf<ComponentActorState>();
    const { actor } = start();
    // @ts-expect-error there is no such command
    actor.send({ type: 'component.juggle' });
    expect(actor.getSnapshot().status).toBe('active');
  });
});
