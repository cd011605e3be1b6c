import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { inspectable } from '../../src/load-balancer/inspectable.ts';
import { balancerLogic } from '../../src/machines.ts';
import { VirtualClock } from '../../src/testing.ts';
import { quick } from '../support/rig.ts';

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
    expect(seen.liveStats()).toBeDefined();
    expect(seen.previewSelection({ type: 'GENERAL' })).toBeDefined();

    expect(seen.drain('a')).toBe(true);
    expect(seen.drain('nobody')).toBe(false);
    expect(seen.resume('a')).toBe(true);
    expect(seen.fail('b', 'to see it')).toBe(true);
    expect(seen.recover('b')).toBe(true);
    expect(seen.resumeDispatch()).toBe(false);
    expect(seen.pauseDispatch()).toBe(true);
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
