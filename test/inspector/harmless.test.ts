import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LoadBalancer } from '../../src/index.ts';
import { type Inspector, inspect } from '../../src/inspector.ts';
import { VirtualClock } from '../../src/testing.ts';
import { quietBalancer, TestViewer, until } from '../support/inspecting.ts';

describe('the inspector of a balancer', () => {
  const clock = new VirtualClock(1_000_000);
  let balancer: LoadBalancer;
  let inspector: Inspector | undefined;
  /** Observers of the actor system that are attached now, and the most that ever were. */
  let attached = 0;
  let everAttached = 0;

  const frame = async (viewer: TestViewer): Promise<void> => {
    const before = viewer.events.length;
    while (viewer.events.length < before + 2) await clock.advance(250);
  };

  beforeEach(async () => {
    attached = everAttached = 0;
    balancer = await quietBalancer(['a', 'b'], { clock });
    const { system } = balancer.actor;
    const inspectAs = system.inspect.bind(system);
    vi.spyOn(system, 'inspect').mockImplementation((observer) => {
      const subscription = inspectAs(observer);
      attached++;
      everAttached++;
      let here = true;
      return {
        unsubscribe: () => {
          if (here) attached--;
          here = false;
          subscription.unsubscribe();
        },
      };
    });
  });
  afterEach(async () => {
    await inspector?.close();
    inspector = undefined;
    const stopped = balancer.stop({ drain: false });
    await clock.advance(0);
    await stopped;
  });

  it('is attached to the actor system only while somebody looks at messages', async () => {
    inspector = await inspect(balancer, { clock });
    const viewer = await new TestViewer(inspector.url).open();
    await frame(viewer);
    expect(everAttached).toBe(0);
    await viewer.post('/api/view', { messages: true });
    expect(attached).toBe(1);
    await viewer.post('/api/view', { visible: false });
    expect(attached).toBe(0);
    await viewer.post('/api/view', { visible: true });
    expect(attached).toBe(1);
    viewer.close();
    await until(async () => {
      await clock.advance(1_000);
      return attached === 0;
    });
  });

  it('lets go after 250 messages until the next frame', async () => {
    inspector = await inspect(balancer, { clock });
    const viewer = await new TestViewer(inspector.url).open('?messages=1');
    await frame(viewer);
    expect(attached).toBe(1);
    await Promise.all(Array.from({ length: 300 }, () => balancer.execute({ type: 'GENERAL' })));
    expect(attached).toBe(0);
    await frame(viewer);
    expect(attached).toBe(1);
    viewer.close();
  });

  it('survives events that break whoever looks at them', async () => {
    inspector = await inspect(balancer, { clock, reveal: { event: ['request', 'reason'] } });
    const viewer = await new TestViewer(inspector.url).open('?messages=1');
    await frame(viewer);
    const trap = new Proxy(
      {},
      {
        get() {
          throw new Error('a trap');
        },
        has() {
          throw new Error('a trap');
        },
      },
    );
    expect(await balancer.execute({ type: 'GENERAL', payload: trap })).toBeUndefined();
    await frame(viewer);
    expect(viewer.known?.summary.requests.completed).toBe(1);
    viewer.close();
  });

  it('tells its viewers when it cannot make a frame, rather than end the process', async () => {
    let broken = false;
    const breakable = new Proxy(balancer, {
      get(target, key) {
        if (key === 'liveStats' && broken) throw new Error('a defect');
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    inspector = await inspect(breakable, { clock });
    const viewer = await new TestViewer(inspector.url).open();
    broken = true;
    while (!viewer.ended) await clock.advance(250);
    expect(viewer.bye).toContain('could not make a frame');
    broken = false;
    const again = await new TestViewer(inspector.url).open();
    await frame(again);
    expect(again.known?.rows.size).toBe(2);
    again.close();
  });

  it('leaves nothing attached, and no timer, once it is closed', async () => {
    const timers = clock.pending;
    const closing = await inspect(balancer, { clock });
    const viewer = await new TestViewer(closing.url).open('?messages=1');
    expect(attached).toBe(1);
    await closing.close();
    expect(attached).toBe(0);
    expect(clock.pending).toBe(timers);
    await until(() => viewer.ended);
  });
});
