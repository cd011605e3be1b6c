import { take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ALGORITHMS, dashboardSchema, InvalidConfigError, type WorkloadRequest } from '../../src/index.ts';
import { ManualHandler, quick, Rig } from '../support/rig.ts';

/** What an observer hears, and how often it is told that there is no more. */
function listened<T>(): { heard: T[]; ends: () => number; observer: { next: (v: T) => void; complete: () => void } } {
  const heard: T[] = [];
  let completed = 0;
  return {
    heard,
    ends: () => completed,
    observer: { next: (value) => heard.push(value), complete: () => completed++ },
  };
}

describe('the streams', () => {
  it('complete behind the last fact when the balancer has stopped, and for latecomers at once', async () => {
    const rig = await Rig.start({ components: [{ id: 'a', handler: () => new Promise(() => {}) }] });
    const { balancer } = rig;
    const events = listened<{ type: string }>();
    const status = listened<string>();
    const metrics = listened<object>();
    const alerts = listened<object>();
    balancer.events$.subscribe(events.observer);
    balancer.status$('a').subscribe(status.observer);
    balancer.metrics$(100).subscribe(metrics.observer);
    balancer.alerts$.subscribe(alerts.observer);
    rig.execute();
    await rig.advance(250);
    balancer.actor.stop();
    await rig.advance();
    expect(events.heard.map(({ type }) => type)).toEqual(['request.accepted', 'request.assigned', 'request.cancelled']);
    expect(status.heard).toEqual(['Available']);
    expect(metrics.heard).toHaveLength(3);
    expect([events, status, metrics, alerts].map(({ ends }) => ends())).toEqual([1, 1, 1, 1]);
    const late = listened<object>();
    balancer.events$.subscribe(late.observer);
    await rig.advance();
    expect(late.ends()).toBe(1);
  });

  it('of a status follow one component until it leaves', async () => {
    const rig = await Rig.start({ components: [quick('a'), quick('b')] });
    const status = listened<string>();
    const nobody = listened<string>();
    rig.balancer.status$('a').subscribe(status.observer);
    rig.balancer.status$('nobody').subscribe(nobody.observer);
    rig.balancer.drain('a');
    rig.balancer.drain('b');
    rig.balancer.resume('a');
    rig.balancer.deregister('a');
    await rig.advance();
    expect(status.heard).toEqual(['Available', 'Maintenance', 'Available']);
    expect([status.ends(), nobody.ends()]).toEqual([1, 0]);
  });

  it('of metrics go by the balancer’s clock and end with their subscriber', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    const first = listened<object>();
    rig.balancer.metrics$(1_000).pipe(take(3)).subscribe(first.observer);
    const subscription = rig.balancer.metrics$(1_000).subscribe(() => {});
    const pending = rig.clock.pending;
    await rig.advance(10_000);
    expect(first.heard).toHaveLength(3);
    expect(rig.clock.pending).toBe(pending - 1);
    subscription.unsubscribe();
    expect(rig.clock.pending).toBe(pending - 2);
    for (const period of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => rig.balancer.metrics$(period)).toThrow(InvalidConfigError);
  });

  it('cost nothing when nobody listens any more', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    const { events } = rig.state;
    const before = events.isObserved('queue.highWater');
    const off = rig.balancer.on('queue.highWater', () => {});
    off();
    off();
    expect(events.isObserved('queue.highWater')).toBe(before);
  });
});

describe('selectComponent', () => {
  it.for(ALGORITHMS)('changes nothing under %s', async (algorithm) => {
    const picksWith = async (peeks: number, count: number): Promise<string[]> => {
      const work = new ManualHandler();
      const rig = await Rig.start({
        components: Array.from({ length: count }, (_, n) => ({
          id: `c${n}`,
          handler: work.handle,
          weight: 1 + (n % 5),
          maxConcurrentTasks: 1 + (n % 3),
        })),
        algorithm,
      });
      const picks: string[] = [];
      rig.balancer.on('request.assigned', ({ componentId }) => picks.push(componentId));
      const requests: WorkloadRequest[] = [
        { type: 'x' },
        { type: 'x', priority: 'CRITICAL' },
        { type: 'x', resources: { cpu: 10 } },
        { type: 'x', affinityKey: 'k' },
      ];
      for (let n = 0; n < 60; n++) {
        for (let k = 0; k < peeks; k++) {
          rig.balancer.selectComponent(requests[(n + k) % 4]!);
          rig.balancer.previewSelection(requests[(n + k) % 4]!);
        }
        rig.execute({ ...requests[n % 4] });
        await rig.advance(7);
        if (n % 3 === 0) work.runs[n >> 1]?.resolve();
      }
      return picks;
    };
    for (const count of [5, 80]) expect(await picksWith(3, count)).toEqual(await picksWith(0, count));
  });

  it('says who would take it: nobody when nobody can', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({ components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 1 }] });
    const select = (request: object = {}): string | undefined =>
      rig.balancer.selectComponent({ type: 'x', ...request });
    expect(select()).toBe('a');
    expect(select({ excludedComponents: ['a'] })).toBeUndefined();
    expect(select({ resources: { cpu: 100 } })).toBe('a');
    rig.execute();
    await rig.advance();
    expect(select()).toBeUndefined();
    work.last.resolve();
    await rig.advance();
    rig.balancer.drain('a');
    expect(select()).toBeUndefined();
  });
});

describe('the views', () => {
  it('are plain JSON that agrees with itself', async () => {
    const rig = await Rig.start({
      components: [quick('a'), { id: 'b', handler: () => new Promise(() => {}), maxConcurrentTasks: 2 }],
      maxRetries: 0,
    });
    rig.executeMany(5, { preferredComponents: ['a'] });
    rig.executeMany(2, { preferredComponents: ['b'], priority: 'HIGH' });
    rig.balancer.fail('b');
    await rig.advance(300);
    const metrics = rig.balancer.getLoadBalancingMetrics();
    expect(JSON.parse(JSON.stringify(metrics))).toEqual(metrics);
    const dashboard = rig.balancer.getLoadBalancerDashboardData();
    expect(dashboardSchema.parse(JSON.parse(JSON.stringify(dashboard)))).toEqual(dashboard);
    expect(dashboard.requests).toMatchObject({ submitted: 7, completed: 7, conservationError: 0 });
    expect(dashboard.statuses).toEqual({ Available: 1, Busy: 0, Overloaded: 0, Maintenance: 0, Failed: 1 });
    const { requestsByPriority } = metrics;
    expect(requestsByPriority.NORMAL.submitted + requestsByPriority.HIGH.submitted).toBe(7);
    expect(rig.balancer.getComponentCapacity('nobody')).toBeUndefined();
  });

  it('are there before the start and after the end', async () => {
    const rig = new Rig({ components: [quick('a')] });
    expect(rig.balancer.getLoadBalancingMetrics().regions.phase).toBe('starting');
    await rig.balancer.start();
    await Promise.all([rig.balancer.stop(), rig.advance()]);
    expect(rig.balancer.getLoadBalancerDashboardData().regions.phase).toBe('stopped');
    expect(rig.balancer.liveStats()).toBeDefined();
  });
});
