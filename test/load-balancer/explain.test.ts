import { describe, expect, it } from 'vitest';
import { HOLD } from '../../src/index.ts';
import { quick, Rig } from '../support/rig.ts';

const components = [quick('a'), quick('b', { serves: ['PRICE_UPDATE'] })];

async function decide(rig: Rig, from: number, to: number): Promise<void> {
  for (let k = from; k <= to; k++) await rig.balancer.execute({ id: `r${k}`, type: 'GENERAL' });
}

describe('explain', () => {
  it('tells of a decision: who was asked, why others were not, what it would have cost', async () => {
    const rig = await Rig.start({ components: [...components, quick('c')], algorithm: 'adaptive', explain: true });
    rig.balancer.drain('c');
    await rig.balancer.execute({ id: 'one', type: 'PRICE_UPDATE', priority: 'HIGH', excludedComponents: ['a'] });
    const [decision, ...more] = rig.balancer.explain('one');
    expect(more).toEqual([]);
    expect(decision).toMatchObject({
      requestId: 'one',
      workload: 'PRICE_UPDATE',
      priority: 'HIGH',
      attempt: 1,
      algorithm: 'adaptive',
      strategy: 'performance-based',
      chosen: 'b',
      probe: false,
      waiting: 0,
    });
    const exclusions = decision!.candidates.map(({ componentId, exclusion }) => [componentId, exclusion]);
    expect(Object.fromEntries(exclusions)).toEqual({ a: 'excluded', b: undefined, c: 'status' });
    expect(decision!.candidates.every(({ expectedCost }) => expectedCost > 0)).toBe(true);
  });

  it('says that a request was held', async () => {
    const rig = await Rig.start({
      explain: true,
      algorithm: { name: 'miser', select: (candidates) => (candidates.count === 2 ? 0 : HOLD) },
      components: [
        { id: 'a', handler: () => new Promise(() => {}), maxConcurrentTasks: 1 },
        { id: 'b', handler: () => new Promise(() => {}), maxConcurrentTasks: 1 },
      ],
    });
    rig.execute();
    rig.execute({ id: 'held' });
    await rig.advance();
    const decisions = rig.balancer.explain('held');
    expect(decisions.length).toBeGreaterThan(0);
    expect(decisions[0]).toMatchObject({ algorithm: 'miser', strategy: undefined, chosen: undefined });
  });

  it('gives no reason against whoever was chosen, as a probe neither', async () => {
    const rig = await Rig.start({ components: [quick('a'), quick('b')], explain: true });
    rig.balancer.fail('b');
    await rig.advance(60_000);
    const requests = await Promise.all(
      Array.from({ length: 5 }, async (_, k) => {
        await rig.balancer.execute({ id: `r${k}`, type: 'GENERAL' });
        return rig.balancer.explain(`r${k}`).at(-1)!;
      }),
    );
    expect(requests.some(({ probe }) => probe)).toBe(true);
    for (const { chosen, candidates } of requests)
      expect(candidates.find(({ componentId }) => componentId === chosen)?.exclusion).toBeUndefined();
  });

  it('keeps the last 1,000 decisions when it is simply on', async () => {
    const rig = await Rig.start({ components, explain: true });
    await decide(rig, 1, 1_001);
    expect(rig.balancer.explain('r1')).toEqual([]);
    expect(rig.balancer.explain('r2')).toHaveLength(1);
    expect(rig.balancer.explain('r1001')).toHaveLength(1);
  });

  it('keeps as many as it is told to', async () => {
    const rig = await Rig.start({ components, explain: 3 });
    await decide(rig, 1, 5);
    expect([1, 2, 3, 4, 5].map((k) => rig.balancer.explain(`r${k}`).length)).toEqual([0, 0, 1, 1, 1]);
  });

  it('tells each attempt of a request by itself', async () => {
    let failed = false;
    const handler = (): string => {
      if (failed) return 'done';
      failed = true;
      throw new Error('once');
    };
    const rig = await Rig.start({
      components: [
        { id: 'a', handler },
        { id: 'b', handler },
      ],
      explain: true,
    });
    const request = rig.balancer.execute({ id: 'twice', type: 'GENERAL' });
    await rig.clock.advance(1_000);
    await request;
    const [first, second] = rig.balancer.explain('twice');
    expect([first?.attempt, second?.attempt]).toEqual([1, 2]);
    const there = second!.candidates.find(({ componentId }) => componentId === first!.chosen);
    expect(there?.exclusion).toBe('failedThere');
    expect(second?.chosen).not.toBe(first?.chosen);
  });

  it('knows nothing when it is off, as by default', async () => {
    const rig = await Rig.start({ components });
    await decide(rig, 1, 2);
    expect(rig.balancer.explain('r1')).toEqual([]);
    expect(rig.state.selection.decisions).toBeUndefined();
  });

  it('agrees with shadow evaluation about what was done, and does not disturb it', async () => {
    const rig = await Rig.start({ components, explain: true, shadow: true });
    await decide(rig, 1, 50);
    const { decisions, algorithms } = rig.balancer.getLoadBalancingMetrics().shadow!;
    expect(decisions).toBe(50);
    expect(algorithms.adaptive).toMatchObject({ agreement: 1, picks: { a: 50, b: 0 } });
  });
});
