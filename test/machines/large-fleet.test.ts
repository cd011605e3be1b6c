import { describe, expect, it } from 'vitest';
import type { InspectionEvent } from 'xstate';
import { LoadBalancer } from '../../src/index.ts';
import { VirtualClock } from '../../src/testing.ts';
import { ManualHandler, Rig } from '../support/rig.ts';

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
      if (event.type === '@xstate.snapshot' && event.event.type === 'component.stateReported') heard++;
      most = Math.max(most, made - heard);
    });
    await balancer.start();
    expect(made).toBe(COMPONENTS);
    expect(heard).toBe(COMPONENTS);
    expect(most).toBeLessThanOrEqual(64);
  });
});

describe('a tick in which much settles in a large fleet', () => {
  it('accounts for each on its own component, and for nothing on one that has left meanwhile', async () => {
    const { handle, runs } = new ManualHandler();
    const ids = Array.from({ length: 300 }, (_, k) => `c${k}`);
    const rig = await Rig.start({ components: ids.map((id) => ({ id, handler: handle })), requestTimeoutMs: 5_000 });
    const gone = rig.execute({ preferredComponents: ['c0'], idempotent: false });
    await rig.advance();
    rig.balancer.deregister('c0');
    await rig.advance(6_000);
    expect(rig.balancer.getComponentCapacity('c0')).toBeUndefined();
    const stay = ids.slice(1, 100).map((id) => rig.execute({ preferredComponents: [id] }));
    await rig.advance(3);
    for (const { resolve } of runs) resolve('done');
    await rig.advance();
    expect(gone.error?.code).toBe('REQUEST_TIMEOUT');
    expect(stay.map(({ value }) => value)).toEqual(stay.map(() => 'done'));
    const { components, attempts } = rig.balancer.getLoadBalancingMetrics();
    expect(attempts.settledLate).toBe(1);
    const used = Object.entries(components).filter(([, { latency }]) => latency.count > 0);
    expect(used.map(([id, { latency }]) => [id, latency.count, latency.maxMs])).toEqual(
      ids.slice(1, 100).map((id) => [id, 1, 3]),
    );
  });
});
