import { describe, expect, it } from 'vitest';
import { ALGORITHMS, type StateStore } from '../../src/index.ts';
import { firstOf, quick, Rig } from '../support/rig.ts';

const never = (): Promise<never> => new Promise(() => {});
const hanging: StateStore = { load: never, save: never };

type Command = 'pauseDispatch' | 'resumeDispatch' | 'stop';

async function made(spec: { store?: StateStore; handler?: () => unknown } = {}): Promise<Rig> {
  const { store, handler = () => 1 } = spec;
  const rig = new Rig({ components: [quick('a', { handler })], ...(store === undefined ? {} : { store }) });
  rig.balancer.start().catch(() => {});
  return rig;
}

const phases: Readonly<Record<string, () => Promise<Rig>>> = {
  starting: () => made({ store: hanging }),
  async 'starting, paused'() {
    const rig = await made({ store: hanging });
    rig.balancer.pauseDispatch();
    return rig;
  },
  running: () => made(),
  async 'running, paused'() {
    const rig = await made();
    rig.balancer.pauseDispatch();
    return rig;
  },
  async draining() {
    const rig = await made({ handler: never });
    rig.execute();
    await rig.advance();
    rig.balancer.actor.send({ type: 'balancer.stop' });
    return rig;
  },
  async saving() {
    const rig = await made({ store: { load: async () => undefined, save: never } });
    await rig.advance();
    rig.balancer.actor.send({ type: 'balancer.stop' });
    return rig;
  },
};

/** `phase dispatch` after the command, or what a refusal names as the state. */
const table: Readonly<Record<string, Readonly<Record<Command, string | { readonly refused: string }>>>> = {
  starting: { pauseDispatch: 'starting paused', resumeDispatch: { refused: 'flowing' }, stop: 'draining flowing' },
  'starting, paused': {
    pauseDispatch: { refused: 'paused' },
    resumeDispatch: 'starting flowing',
    stop: 'draining flowing',
  },
  running: { pauseDispatch: 'running paused', resumeDispatch: { refused: 'flowing' }, stop: 'stopped' },
  'running, paused': { pauseDispatch: { refused: 'paused' }, resumeDispatch: 'running flowing', stop: 'stopped' },
  draining: {
    pauseDispatch: { refused: 'draining' },
    resumeDispatch: { refused: 'flowing' },
    stop: { refused: 'draining' },
  },
  saving: {
    pauseDispatch: { refused: 'draining' },
    resumeDispatch: { refused: 'flowing' },
    stop: { refused: 'draining' },
  },
};

const cases = Object.entries(table).flatMap(([phase, row]) =>
  (['pauseDispatch', 'resumeDispatch', 'stop'] as const).map((command) => ({ phase, command, outcome: row[command] })),
);

/** Phase and dispatch as the statechart shows them, which must agree with the engine's state. */
function regionsOf(rig: Rig): string {
  const { value } = rig.balancer.actor.getSnapshot();
  if (value === 'stopped') return 'stopped';
  const { phase, dispatch } = value.active;
  const name = typeof phase === 'string' ? phase : Object.keys(Object(phase))[0];
  expect(rig.state.mode.phase).toBe(name);
  return `${name} ${String(dispatch)}`;
}

describe('every command in every state of the balancer', () => {
  it.for(cases)('$phase: $command', async ({ phase, command, outcome }) => {
    const rig = await phases[phase]!();
    await rig.advance();
    rig.facts.length = 0;
    const before = regionsOf(rig);
    const { balancer } = rig;
    if (command === 'stop') balancer.actor.send({ type: 'balancer.stop' });
    else expect(balancer[command]()).toBe(typeof outcome === 'string');
    if (typeof outcome === 'string') {
      expect(rig.of('command.refused')).toEqual([]);
      if (!outcome.startsWith('draining')) await rig.advance();
      expect(regionsOf(rig)).toBe(outcome);
      return;
    }
    await rig.advance();
    expect(regionsOf(rig)).toBe(before);
    expect(rig.of('command.refused')).toMatchObject([
      { state: outcome.refused, reason: expect.stringMatching(/.{10}/) },
    ]);
  });

  it.for(['starting', 'running', 'draining'])('%s: components can be changed', async (phase) => {
    const rig = await phases[phase]!();
    await rig.advance();
    rig.balancer.register(quick('b'));
    rig.balancer.updateComponent('b', { weight: 3 });
    rig.balancer.updateConfig({ maxRetries: 1 });
    expect(rig.balancer.drain('b')).toBe(true);
    expect(rig.balancer.deregister('b')).toBe(true);
    await rig.advance();
    expect(rig.of('component.registered')).toMatchObject([{ componentId: 'b' }]);
    expect(rig.of('component.deregistered')).toMatchObject([{ componentId: 'b' }]);
  });

  it('after its end none is heard, and none is an error', async () => {
    const rig = await phases.running!();
    await Promise.all([rig.balancer.stop(), rig.advance()]);
    const { balancer } = rig;
    expect([balancer.pauseDispatch(), balancer.resumeDispatch(), balancer.selectAlgorithm('round-robin')]).toEqual([
      false,
      false,
      false,
    ]);
    expect([balancer.drain('a'), balancer.fail('a'), balancer.deregister('a')]).toEqual([false, false, false]);
  });
});

describe('the algorithm', () => {
  it('can be any of the seven, visible as a state and a fact', async () => {
    const rig = await Rig.start({ components: [quick('a'), quick('b')], algorithm: 'round-robin' });
    for (const name of ALGORITHMS) {
      expect(rig.balancer.selectAlgorithm(name)).toBe(true);
      expect(rig.balancer.getLoadBalancingMetrics().regions.algorithm).toBe(name);
      expect(await rig.balancer.execute({ type: 'x' })).toMatch(/[ab]/);
    }
    await rig.advance();
    // to select the one in use changes nothing
    expect(rig.of('algorithm.switched')).toHaveLength(ALGORITHMS.length - 1);
    expect(rig.of('algorithm.switched')[0]).toEqual({
      type: 'algorithm.switched',
      from: 'round-robin',
      to: 'weighted-round-robin',
    });
    const { algorithms } = rig.balancer.getLoadBalancingMetrics();
    for (const name of ALGORITHMS) expect(algorithms[name]).toMatchObject({ picks: 1, completed: 1, failed: 0 });
  });

  it('of the user can be left and come back to', async () => {
    const rig = await Rig.start({ components: [quick('a')], algorithm: firstOf });
    const regionOf = (): unknown => rig.balancer.getLoadBalancingMetrics().regions.algorithm;
    expect(regionOf()).toBe('custom');
    rig.balancer.selectAlgorithm('least-connections');
    expect(regionOf()).toBe('least-connections');
    rig.balancer.actor.send({ type: 'algorithm.select', algorithm: JSON.parse('"custom"') });
    expect(regionOf()).toBe('custom');
    await rig.execute().promise;
    expect(rig.balancer.getLoadBalancingMetrics().algorithms.first).toMatchObject({ picks: 1, completed: 1 });
  });

  it('that does not exist is refused', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    expect(rig.balancer.selectAlgorithm(JSON.parse('"fastest"'))).toBe(false);
    expect(rig.balancer.selectAlgorithm(JSON.parse('"custom"'))).toBe(false);
    await rig.advance();
    expect(rig.of('command.refused')).toMatchObject([
      { command: 'algorithm.select', state: 'least-connections' },
      { command: 'algorithm.select', state: 'least-connections' },
    ]);
  });
});

describe('a refusal', () => {
  it('is a fact, a log line, and an answer to whoever asked', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    const told: unknown[] = [];
    rig.balancer.actor.send({
      type: 'component.resume',
      componentId: 'a',
      replyTo: { send: (fact) => told.push(fact) },
    });
    await rig.advance();
    expect(told).toEqual(rig.of('command.refused'));
    expect(told).toHaveLength(1);
    expect(rig.log.lines.filter(({ message }) => message === 'plimsoll: refused a command')).toHaveLength(1);
  });

  it('is an exception where a call promises an effect', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    const { balancer } = rig;
    expect(() => balancer.register(quick('a'))).toThrow(/component.register was refused.*"a" is taken/);
    expect(() => balancer.register(JSON.parse('{}'))).toThrow(/handler/);
    expect(() => balancer.updateComponent('nobody', { weight: 1 })).toThrow(/nobody/);
    expect(() => balancer.updateComponent('a', { weight: -1 })).toThrow(/weight/);
    expect(() => balancer.updateComponent('a', JSON.parse('{"wait": 1}'))).toThrow(/wait/);
    expect(() => balancer.updateConfig({ maxQueueSize: 0 })).toThrow(/maxQueueSize/);
  });
});
