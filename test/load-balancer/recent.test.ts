import { describe, expect, it } from 'vitest';
import { dashboardSchema } from '../../src/index.ts';
import { ManualHandler, quick, Rig } from '../support/rig.ts';

/** A component that takes as long as the test says. */
const paced = (id: string, pace: { ms: number; fails?: boolean }, rig: () => Rig) => ({
  id,
  handler: () =>
    new Promise((resolve, reject) => {
      rig().clock.setTimeout(() => (pace.fails ? reject(new Error('mine')) : resolve(id)), pace.ms);
    }),
  maxConcurrentTasks: 1_000,
});

const send = async (rig: Rig, seconds: number, perSecond: number, request: object = {}): Promise<void> => {
  for (let k = 0; k < seconds * perSecond; k++) {
    rig.execute(request);
    await rig.advance(1_000 / perSecond);
  }
};

describe('recent figures', () => {
  it('are null, not 0, where nothing happened, in every view', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    await rig.advance(20_000);
    const nothing = { successRate: null, throughputPerSecond: 0, p50Ms: null, p99Ms: null, queueP99Ms: null };
    expect(rig.balancer.getLoadBalancingMetrics().recent).toMatchObject(nothing);
    expect(rig.balancer.getLoadBalancerDashboardData().recent).toMatchObject(nothing);
    expect(rig.balancer.liveStats().recent).toMatchObject(nothing);
    expect(dashboardSchema.safeParse(rig.balancer.getLoadBalancerDashboardData()).success).toBe(true);
  });

  it('are the same in every view, beside totals that go back to the start', async () => {
    const pace = { ms: 10 };
    const rig: Rig = await Rig.start({ components: [paced('a', pace, () => rig)] });
    await send(rig, 60, 10);
    pace.ms = 500;
    await send(rig, 12, 10);
    const metrics = rig.balancer.getLoadBalancingMetrics();
    expect(rig.balancer.liveStats().recent).toEqual(metrics.recent);
    expect(rig.balancer.getLoadBalancerDashboardData().recent).toEqual(metrics.recent);
    expect(rig.balancer.liveStats()).toMatchObject({ p50Ms: metrics.recent.p50Ms, p99Ms: metrics.recent.p99Ms });
    expect(metrics.recent.p50Ms).toBeCloseTo(500, -1);
    expect(metrics.responseTime.p50Ms).toBeCloseTo(10, 0);
    expect(metrics.recent.windowMs).toBeGreaterThanOrEqual(5_000);
    expect(metrics.recent.windowMs).toBeLessThanOrEqual(10_000);
  });

  it('of a component that has become slow are its own after ten seconds', async () => {
    const pace = { ms: 10 };
    const rig: Rig = await Rig.start({ components: [paced('a', pace, () => rig)] });
    await send(rig, 60, 30);
    pace.ms = 500;
    await send(rig, 11, 2);
    expect(rig.balancer.getComponentCapacity('a')?.responseTimeMs).toBeCloseTo(500, -1);
    expect(rig.balancer.liveStats().components[0]?.responseTimeMs).toBeCloseTo(500, -1);
  });

  it('tell no rate of a component that has done nothing for ten seconds', async () => {
    const pace = { ms: 10 };
    const rig: Rig = await Rig.start({ components: [paced('a', pace, () => rig), quick('b')] });
    await send(rig, 20, 30, { preferredComponents: ['a'] });
    expect(rig.balancer.getComponentCapacity('a')?.throughputPerSecond).toBeCloseTo(30, 0);
    rig.balancer.fail('a', 'unplugged');
    await rig.advance(10_000);
    expect(rig.balancer.getComponentCapacity('a')?.throughputPerSecond).toBe(0);
    expect(rig.balancer.getLoadBalancingMetrics().components.a?.throughputPerSecond).toBe(0);
  });

  it('count as throughput what was completed, not what was refused, shed, failed or cancelled', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 1, serves: ['X'] }],
      maxQueueSize: 1,
    });
    for (let k = 0; k < 100; k++) rig.execute({ type: k % 2 === 0 ? 'X' : 'Y' });
    await rig.advance();
    work.last.resolve();
    await rig.advance();
    work.last.reject(Object.assign(new Error('mine'), { retryable: false }));
    await rig.advance(2_000);
    const { recent, throughputPerSecond } = rig.balancer.getLoadBalancingMetrics();
    expect(recent.throughputPerSecond).toBeCloseTo(0.5);
    expect(throughputPerSecond).toBe(recent.throughputPerSecond);
    expect(recent.successRate).toBeCloseTo(0.01);
  });

  it('of one that has left are not those of the next in its place', async () => {
    const rig = await Rig.start({ components: [quick('a'), quick('b')] });
    await send(rig, 12, 10, { preferredComponents: ['a'] });
    rig.balancer.deregister('a');
    rig.balancer.register(quick('c'));
    await send(rig, 1, 2, { preferredComponents: ['c'] });
    const rate = rig.balancer.getComponentCapacity('c')?.throughputPerSecond ?? -1;
    expect(rate).toBeGreaterThan(0);
    expect(rate).toBeLessThan(1);
  });
});

describe('a load', () => {
  it('is never above 1, also where the slots have been lowered under what runs', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({ components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 10 }] });
    rig.executeMany(10);
    await rig.advance();
    rig.balancer.updateComponent('a', { maxConcurrentTasks: 5 });
    const { components, queue } = rig.balancer.getLoadBalancingMetrics();
    expect(components.a).toMatchObject({ slotsTaken: 10, utilization: 1 });
    expect(queue.routes[0]?.utilization).toBe(1);
    expect(rig.balancer.getLoadBalancerDashboardData().components[0]?.utilization).toBe(1);
  });
});
