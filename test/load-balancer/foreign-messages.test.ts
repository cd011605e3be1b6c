import { describe, expect, it } from 'vitest';
import type { Fact } from '../../src/index.ts';
import { ManualHandler, quick, Rig } from '../support/rig.ts';

/** Sends what no type would allow. */
const throwIn = (rig: Rig, event: unknown): void => Reflect.apply(rig.balancer.actor.send, rig.balancer.actor, [event]);

const refusals = (rig: Rig): string[] =>
  rig
    .of('error.reported')
    .filter(({ code }) => code === 'EVENT_REFUSED')
    .map(({ cause }) => (cause instanceof Error ? cause.message : ''));

const unreadable = {
  get type(): string {
    throw new Error('mine');
  },
};

describe('what is sent to the balancer and is no event', () => {
  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a symbol', Symbol('x')],
    ['a number', 5],
    ['an object without a type', {}],
    ['an object whose type is no string', { type: 5 }],
    ['an object whose type throws', unreadable],
    ['a proxy that throws', new Proxy({}, { get: () => unreadable.type, has: () => true })],
  ])('is ignored and said: %s', async (_, event) => {
    const rig = await Rig.start({ components: [quick('a')] });
    throwIn(rig, event);
    expect(rig.balancer.actor.getSnapshot().status).toBe('active');
    const one = rig.execute();
    await rig.advance();
    expect(one.outcome).toBe('resolved');
    expect(refusals(rig)).toEqual([expect.stringContaining('has ignored it')]);
  });
});

describe('what only parts of the balancer send', () => {
  const forged: readonly object[] = [
    { type: 'timer.fired', processor: undefined },
    { type: 'load.sampled', alerts: 5 },
    { type: 'health.roundDue' },
    { type: 'optimizer.advised', advice: { weights: new Map([[0, Number.NaN]]), forecast: {}, scaling: undefined } },
    {
      type: 'component.stateReported',
      index: 0,
      incarnation: 1,
      status: 'Failed',
      state: 'x',
      reason: '',
      failures: 1,
    },
    { type: 'component.failoverRequested', index: 0, incarnation: 1, reason: 'mine' },
    { type: 'component.probeRequested', index: 0, incarnation: 1 },
    { type: 'component.commandRefused', index: 0, incarnation: 1, command: 'x', state: 'x', reason: 'x' },
    { type: 'check.completed', index: 0, serial: 1, healthy: false, reason: 'mine' },
    { type: 'child.crashed', child: 'request-processor', error: new Error('mine') },
    { type: 'components.addNext', from: 0 },
    { type: 'state.flushControl' },
    { type: 'pressure.shedding' },
    { type: 'failover.down' },
    { type: 'work.drained' },
    { type: 'xstate.stop' },
    { type: 'xstate.init' },
    { type: '*' },
  ];

  it('is refused from anybody else, and does nothing', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 1 }],
      requestTimeoutMs: 100,
      maxRetries: 0,
    });
    const running = rig.execute();
    const waiting = rig.execute();
    await rig.advance();
    const told: Fact[] = [];
    rig.balancer.on('*', (fact) => told.push(fact));
    const before = JSON.stringify(rig.balancer.actor.getSnapshot().value);
    for (const event of forged) throwIn(rig, event);
    await rig.advance();
    expect(JSON.stringify(rig.balancer.actor.getSnapshot().value)).toBe(before);
    expect(rig.balancer.getComponentCapacity('a')?.status).toBe('Overloaded');
    expect(refusals(rig)).toHaveLength(forged.length);
    expect(told.filter(({ type }) => type !== 'error.reported')).toEqual([]);
    // time-outs still come
    await rig.advance(100);
    expect(running.error?.code).toBe('REQUEST_TIMEOUT');
    for (const run of work.runs) run.resolve();
    await rig.advance(100);
    expect(waiting.outcome).toBeDefined();
  });

  it('may be sent from outside where it only hastens what is due', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    const one = rig.execute();
    throwIn(rig, { type: 'requests.submitted' });
    throwIn(rig, { type: 'attempts.settled' });
    await rig.advance();
    expect(one.outcome).toBe('resolved');
    expect(refusals(rig)).toEqual([]);
  });
});
