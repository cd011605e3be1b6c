import { describe, expect, it } from 'vitest';
import { seededRandom, VirtualClock } from '../../src/testing.ts';
import { ManualHandler, quick, Rig } from '../support/rig.ts';

const CYCLE_MS = 1_000;

/** Components that take so many ms each. */
async function fleet(times: Readonly<Record<string, number>>, slots = 2): Promise<Rig> {
  const clock = new VirtualClock(1_000_000);
  const taking = (ms: number) => () => new Promise((resolve) => clock.setTimeout(() => resolve(ms), ms));
  return Rig.start({
    clock,
    components: Object.entries(times).map(([id, ms]) => ({ id, handler: taking(ms), maxConcurrentTasks: slots })),
    algorithm: 'weighted-round-robin',
    optimizationIntervalMs: CYCLE_MS,
    shedding: { targetMs: 100_000 },
  });
}

/** Sends a request every `gapMs` for so long. */
async function stream(rig: Rig, gapMs: number, forMs: number): Promise<void> {
  for (let t = 0; t < forMs; t += gapMs) {
    rig.execute();
    await rig.advance(gapMs);
  }
}

describe('an optimization cycle', () => {
  it('moves weights towards what was measured, a step at a time, and tells', async () => {
    const rig = await fleet({ fast: 20, slow: 60 });
    await stream(rig, 25, 10 * CYCLE_MS);
    const told = rig.of('weights.adjusted');
    expect(told.length).toBeGreaterThan(2);
    let before = 1;
    for (const { weights } of told) {
      const { slow = before } = weights;
      expect(Math.abs(slow - before)).toBeLessThanOrEqual(0.1 + 1e-9);
      before = slow;
    }
    const weightOf = (id: string) => rig.balancer.getComponentCapacity(id)!.weight;
    expect(weightOf('slow')).toBe(before);
    expect(weightOf('fast') / weightOf('slow')).toBeGreaterThan(1.3);
  });

  it('leaves weights alone while nothing is known, and of equal components', async () => {
    const idle = await fleet({ a: 20, b: 60 });
    await idle.advance(5 * CYCLE_MS);
    expect(idle.of('weights.adjusted')).toEqual([]);
    const equal = await fleet({ a: 30, b: 30 });
    await stream(equal, 25, 5 * CYCLE_MS);
    expect(equal.of('weights.adjusted')).toEqual([]);
  });

  it('advises more capacity when the load will not fit, less when there is far too much', async () => {
    // 4 slots of 100 ms do 40 a second
    const tight = await fleet({ a: 100, b: 100 });
    await stream(tight, 27, 8 * CYCLE_MS);
    expect(tight.of('scaling.recommended').at(-1)).toMatchObject({ direction: 'up', horizonMs: CYCLE_MS });
    const { forecast } = tight.balancer.getLoadBalancingMetrics();
    expect(forecast.arrivalsPerSecond).toBeGreaterThan(30);
    expect(forecast.upperPerSecond).toBeGreaterThanOrEqual(forecast.arrivalsPerSecond);

    const roomy = await fleet({ a: 100, b: 100 });
    await stream(roomy, 500, 12 * CYCLE_MS);
    expect(roomy.of('scaling.recommended').at(-1)).toMatchObject({ direction: 'down' });
  });

  it('survives that a component leaves between its cycles', async () => {
    const rig = await fleet({ fast: 20, slow: 60, other: 20 });
    await stream(rig, 25, 2 * CYCLE_MS);
    rig.balancer.deregister('slow');
    await stream(rig, 25, 3 * CYCLE_MS);
    expect(rig.balancer.getComponentCapacity('slow')).toBeUndefined();
  });
});

describe('adaptive', () => {
  it('follows the evidence away from a strategy that feeds a slow component, and tells', async () => {
    const clock = new VirtualClock(1_000_000);
    const random = seededRandom(4);
    const taking = (ms: number) => () =>
      new Promise((resolve) => clock.setTimeout(() => resolve(ms), -Math.log(1 - random()) * ms));
    const rig = await Rig.start({
      clock,
      algorithm: 'adaptive',
      // what was learned on another day is wrong here
      store: {
        load: async () => ({
          version: 1,
          savedAt: 1,
          weights: {},
          algorithmPerformance: {},
          strategyByPriority: { NORMAL: 'least-connections' },
        }),
        save: async () => {},
      },
      components: [
        { id: 'quick', handler: taking(10), maxConcurrentTasks: 8 },
        { id: 'slow', handler: taking(200), maxConcurrentTasks: 8 },
      ],
    });
    // nothing is set: a minute is enough, and no optimisation cycle has passed
    await stream(rig, 5, 55_000);
    expect(rig.of('strategy.changed')).toContainEqual(
      expect.objectContaining({ priority: 'NORMAL', from: 'least-connections' }),
    );
    const { to } = rig.of('strategy.changed').findLast(({ priority }) => priority === 'NORMAL')!;
    expect(rig.balancer.getLoadBalancingMetrics().strategyByPriority.NORMAL).toBe(to);
  });
});

describe('whatIf', () => {
  it('says of each component how likely it is, or why it is none', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [
        quick('free'),
        quick('other', { serves: ['OTHER'] }),
        { id: 'full', handler: work.handle, maxConcurrentTasks: 1 },
        quick('small', { limits: { cpu: 5 } }),
        quick('drained'),
        quick('failed'),
        quick('excluded'),
        { id: 'busy', handler: work.handle, maxConcurrentTasks: 10 },
      ],
    });
    rig.execute({ preferredComponents: ['full'] });
    rig.executeMany(9, { preferredComponents: ['busy'] });
    rig.balancer.drain('drained');
    rig.balancer.fail('failed');
    await rig.advance();
    const { considered, held, algorithm, sampled } = rig.balancer.previewSelection({
      type: 'GENERAL',
      priority: 'LOW',
      resources: { cpu: 10 },
      excludedComponents: ['excluded'],
    });
    expect({ held, algorithm, sampled }).toEqual({ held: false, algorithm: 'least-connections', sampled: false });
    expect(Object.fromEntries(considered.map(({ componentId, excluded }) => [componentId, excluded]))).toEqual({
      free: undefined,
      other: 'does not serve GENERAL',
      full: 'no free slot',
      small: 'not enough resources',
      drained: 'in maintenance: drained',
      failed: 'failed: isolated',
      excluded: 'the request excludes it',
      busy: 'overloaded; others are not',
    });
    expect(considered.find(({ componentId }) => componentId === 'free')).toMatchObject({ score: 1, slotsFree: 10 });

    const wish = rig.balancer.previewSelection({ type: 'GENERAL', preferredComponents: ['small'] });
    expect(wish.considered.find(({ componentId }) => componentId === 'free')?.excluded).toBe('others are preferred');
  });

  it('says that a policy would hold, and bears with one that talks nonsense', async () => {
    const answers = [-1, 7, Number.NaN];
    for (const answer of answers) {
      const rig = await Rig.start({
        algorithm: { name: 'odd', select: () => answer },
        components: [quick('a'), quick('b')],
      });
      expect(rig.balancer.previewSelection({ type: 'GENERAL' })).toMatchObject({ held: true });
    }
    const rig = await Rig.start({
      algorithm: {
        name: 'broken',
        select: () => {
          throw new Error('no');
        },
      },
      components: [quick('a'), quick('b')],
    });
    expect(rig.balancer.previewSelection({ type: 'GENERAL' })).toMatchObject({ held: true });
  });
});
