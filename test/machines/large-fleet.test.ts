import { describe, expect, it } from 'vitest';
import type { InspectionEvent } from 'xstate';
import { LoadBalancer } from '../../src/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';

const COMPONENTS = 1_000;

function fleetOf(count: number, inspect?: (event: InspectionEvent) => void): LoadBalancer {
  return new LoadBalancer({
    components: Array.from({ length: count }, (_, k) => ({
      id: `c${k}`,
      maxConcurrentTasks: 1,
      handler: () => k,
    })),
    clock: new VirtualClock(),
    statePath: null,
    logger: false,
    ...(inspect === undefined ? {} : { inspect }),
  });
}

const isComponent = (actor: object): boolean => 'id' in actor && String(actor.id).startsWith('component:');

describe('the start of a large fleet', () => {
  it('has all components, in their order, once the call returns', async () => {
    const balancer = fleetOf(COMPONENTS);
    const started = balancer.start();
    expect(Object.keys(balancer.getLoadBalancingMetrics().components)).toEqual(
      Array.from({ length: COMPONENTS }, (_, k) => `c${k}`),
    );
    await started;
    expect(await balancer.execute({ type: 'GENERAL', preferredComponents: [`c${COMPONENTS - 1}`] })).toBe(
      COMPONENTS - 1,
    );
  });

  it('hears a batch of components before it makes the next, so that no mailbox fills', async () => {
    let made = 0;
    let heard = 0;
    let most = 0;
    const balancer = fleetOf(COMPONENTS, (event) => {
      if (event.type === '@xstate.actor' && isComponent(event.actorRef)) made++;
      if (event.type === '@xstate.snapshot' && event.event.type === 'component.changed') heard++;
      most = Math.max(most, made - heard);
    });
    await balancer.start();
    expect(made).toBe(COMPONENTS);
    expect(heard).toBe(COMPONENTS);
    expect(most).toBeLessThanOrEqual(64);
  });
});
