import { describe, expect, it } from 'vitest';
import { ManualHandler, Rig } from '../support/rig.ts';

async function one(): Promise<{ rig: Rig; work: ManualHandler; efficiency: () => number | undefined }> {
  const work = new ManualHandler();
  const rig = await Rig.start({ components: [{ id: 'c', handler: work.handle }] });
  return { rig, work, efficiency: () => rig.balancer.getLoadBalancingMetrics().components.c?.efficiency };
}

describe('the efficiency of a component', () => {
  it('is 1 before it has spent any time', async () => {
    const { efficiency } = await one();
    expect(efficiency()).toBe(1);
  });

  it('is the share of its time whose results were used', async () => {
    const { rig, work, efficiency } = await one();
    rig.execute();
    await rig.advance(30);
    work.last.resolve('used');
    await rig.advance();
    expect(efficiency()).toBe(1);
    rig.execute({ maxRetries: 0 });
    await rig.advance(70);
    work.last.reject(new Error('wasted'));
    await rig.advance();
    expect(efficiency()).toBeCloseTo(0.3);
    rig.execute({ timeoutMs: 50, maxRetries: 0 });
    await rig.advance(50);
    work.last.resolve('too late');
    await rig.advance();
    expect(efficiency()).toBeCloseTo(30 / 150);
  });

  it('begins anew with the next component in its place', async () => {
    const { rig, work, efficiency } = await one();
    rig.execute({ maxRetries: 0 });
    await rig.advance(10);
    work.last.reject(new Error('wasted'));
    await rig.advance();
    expect(efficiency()).toBe(0);
    rig.balancer.deregister('c');
    await rig.advance();
    rig.balancer.register({ id: 'c', handler: work.handle });
    await rig.advance();
    expect(efficiency()).toBe(1);
    rig.execute();
    await rig.advance(10);
    work.last.resolve('used');
    await rig.advance();
    expect(efficiency()).toBe(1);
  });
});
