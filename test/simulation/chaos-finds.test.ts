import { LoadBalancer, type LoadBalancerConfig } from 'plimsoll';
import { seededRandom, VirtualClock } from 'plimsoll/testing';
import { describe, expect, it } from 'vitest';
import { HOLD } from '../../src/selection/policy.ts';

/** A balancer on a virtual clock; its components wait for ever until their signal aborts, unless they say otherwise. */
async function balancerOf(config: Partial<LoadBalancerConfig>) {
  const clock = new VirtualClock(1_000);
  const components = config.components ?? [{ id: 'a', handler: () => 'done' }];
  const balancer = await LoadBalancer.start({
    logger: false,
    statePath: null,
    random: seededRandom(1),
    ...config,
    clock,
    components,
  });
  return { clock, balancer };
}

describe('what chaos has found, each in its shortest form', () => {
  it('a switch of the algorithm gives out at once what the former one held', async () => {
    const { clock, balancer } = await balancerOf({
      algorithm: { name: 'miser', select: (candidates) => (candidates.count === 2 ? 0 : HOLD) },
      components: [
        { id: 'a', maxConcurrentTasks: 1, handler: () => new Promise(() => {}) },
        { id: 'b', maxConcurrentTasks: 1, handler: () => new Promise(() => {}) },
      ],
    });
    void balancer.execute({ type: 'GENERAL' }).catch(() => {});
    void balancer.execute({ type: 'GENERAL' }).catch(() => {});
    await clock.advance(0);
    expect(balancer.getLoadBalancingMetrics().requests).toMatchObject({ inFlight: 1, queued: 1 });
    balancer.selectAlgorithm('round-robin');
    await clock.advance(0);
    expect(balancer.getLoadBalancingMetrics().requests).toMatchObject({ inFlight: 2, queued: 0 });
    const stopped = balancer.stop({ drain: false });
    await clock.advance(0);
    await stopped;
  });
});
