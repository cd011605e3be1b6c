import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { inspectable } from '../../src/runtime/inspectable.ts';
import { balancerLogic } from '../../src/runtime/machines.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { ManualHandler, quick, Rig } from '../support/rig.ts';

describe('explain', () => {
  it('says who was asked for a request, why some were not, and who was chosen', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      explain: true,
      algorithm: 'adaptive',
      components: [
        { id: 'a', handler: work.handle, maxConcurrentTasks: 1 },
        { id: 'b', handler: work.handle, maxConcurrentTasks: 4 },
        quick('c', { serves: ['OTHER'] }),
        quick('d'),
      ],
    });
    rig.execute({ preferredComponents: ['a'] });
    await rig.advance();
    rig.balancer.drain('d');
    await rig.advance(10);
    rig.execute({ id: 'asked', priority: 'HIGH', excludedComponents: [] });
    await rig.advance();
    const [decision, ...others] = rig.balancer.explain('asked');
    expect(others).toEqual([]);
    expect(decision).toMatchObject({
      requestId: 'asked',
      workload: 'GENERAL',
      priority: 'HIGH',
      at: 1_000_010,
      attempt: 1,
      algorithm: 'adaptive',
      strategy: 'performance-based',
      chosen: 'b',
      probe: false,
      waiting: 0,
    });
    // in the order of the route's ring, which is drawn
    expect(decision!.candidates.toSorted((x, y) => x.componentId.localeCompare(y.componentId))).toMatchObject([
      { componentId: 'a', exclusion: 'full', slotsTaken: 1, slots: 1 },
      { componentId: 'b', exclusion: undefined, slotsTaken: 0, slots: 4 },
      { componentId: 'd', exclusion: 'status' },
    ]);
    expect(JSON.parse(JSON.stringify(decision))).toBeTruthy();
  });

  it('says that a request was held', async () => {
    const rig = await Rig.start({
      explain: true,
      algorithm: { name: 'miser', select: (candidates) => (candidates.count === 2 ? 0 : -1) },
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

  it('keeps the last N, of retries each attempt', async () => {
    let fails = 1;
    const rig = await Rig.start({
      explain: 3,
      components: [
        quick('a', {
          handler: () => {
            if (fails-- > 0) throw new Error('no');
          },
        }),
      ],
    });
    rig.execute({ id: 'twice' });
    await rig.advance(1_000);
    expect(rig.balancer.explain('twice').map(({ attempt }) => attempt)).toEqual([1, 2]);
    rig.execute({ id: 'x' });
    await rig.advance();
    expect(rig.balancer.explain('twice')).toHaveLength(2);
    rig.execute({ id: 'y' });
    await rig.advance();
    expect(rig.balancer.explain('twice').map(({ attempt }) => attempt)).toEqual([2]);
    expect(rig.balancer.explain('nobody')).toEqual([]);
  });

  it('knows nothing when it is off', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    rig.execute({ id: 'x' });
    await rig.advance();
    expect(rig.balancer.explain('x')).toEqual([]);
  });
});

describe('a balancer that is an actor', () => {
  it('can be inspected and steered as a LoadBalancer can', async () => {
    const clock = new VirtualClock(1_000);
    const actor = createActor(balancerLogic, {
      clock,
      input: { components: [quick('a'), quick('b')], logger: false, explain: true, clock },
    });
    actor.start();
    await clock.advance(0);
    const seen = inspectable(actor);
    const statuses: string[] = [];
    const stop = seen.on('component.statusChanged', ({ componentId, to }) => statuses.push(`${componentId} ${to}`));
    actor.send({ type: 'request.submit', request: { id: 'r', type: 'GENERAL' } });
    await clock.advance(0);
    expect(seen.explain('r')).toMatchObject([{ requestId: 'r' }]);
    expect(seen.latencyOf('a')?.count).toBeDefined();
    expect(seen.latencyOf('nobody')).toBeUndefined();
    expect(seen.glance()).toBeDefined();
    expect(seen.whatIf({ type: 'GENERAL' })).toBeDefined();

    expect(seen.drain('a')).toBe(true);
    expect(seen.drain('nobody')).toBe(false);
    expect(seen.resume('a')).toBe(true);
    expect(seen.fail('b', 'to see it')).toBe(true);
    expect(seen.recover('b')).toBe(true);
    expect(seen.resumeDispatch()).toBe(false);
    expect(seen.pause()).toBe(true);
    expect(seen.resumeDispatch()).toBe(true);
    expect(seen.selectAlgorithm('round-robin')).toBe(true);
    await clock.advance(0);
    expect(statuses).toEqual(expect.arrayContaining(['a Maintenance', 'a Available', 'b Failed']));
    stop();
    seen.drain('a');
    await clock.advance(0);
    expect(statuses.filter((one) => one === 'a Maintenance')).toHaveLength(1);
    actor.send({ type: 'balancer.stop', drain: false });
    await clock.advance(20_000);
    expect(seen.drain('b')).toBe(false);
    expect(seen.explain('nobody')).toEqual([]);
  });
});
