import { describe, expect, it } from 'vitest';
import { ManualHandler, quick, Rig, type RigConfig } from '../support/rig.ts';

async function fleet(config: Partial<RigConfig> = {}): Promise<{ rig: Rig; work: ManualHandler }> {
  const work = new ManualHandler();
  const rig = await Rig.start({
    components: [{ id: 'c', handler: work.handle, maxConcurrentTasks: 10 }, quick('spare', { maxConcurrentTasks: 90 })],
    recovery: { jitter: 0 },
    ...config,
  });
  return { rig, work };
}

const atC = { preferredComponents: ['c'] };
const failoverOf = (rig: Rig): string => rig.balancer.getLoadBalancingMetrics().regions.failover;

describe('a failover', () => {
  it('re-routes what may run twice, at its old place and for free', async () => {
    const { rig, work } = await fleet({ maxRetries: 0, retryBudget: { ratio: 0, perSecond: 0 } });
    const tracked = rig.executeMany(3, atC);
    await rig.advance(100);
    rig.balancer.pauseDispatch();
    const later = rig.execute();
    rig.balancer.fail('c', 'smoke');
    await rig.advance();
    expect(rig.counts).toMatchObject({ queued: 4, inFlight: 0 });
    expect(rig.of('failover.started')).toMatchObject([{ componentId: 'c', reason: 'smoke', rerouted: 3, awaiting: 0 }]);
    expect(failoverOf(rig)).toBe('degraded');
    const order: string[] = [];
    rig.balancer.on('request.assigned', ({ requestId }) => order.push(requestId));
    rig.balancer.resumeDispatch();
    await rig.advance();
    expect(tracked.map(({ value }) => value)).toEqual(['spare', 'spare', 'spare']);
    expect(later.value).toBe('spare');
    expect(order.indexOf(rig.of('request.accepted')[3]!.requestId)).toBe(3);
    expect(rig.of('failover.completed')).toMatchObject([{ componentId: 'c', durationMs: 0 }]);
    for (const run of work.runs) expect(run.context.signal.reason).toMatchObject({ reason: 'failover' });
    expect(rig.balancer.getLoadBalancingMetrics().attempts).toMatchObject({ rerouted: 3, retried: 0 });
  });

  it('takes a result that the failed component delivers after all', async () => {
    const { rig, work } = await fleet();
    rig.balancer.drain('spare');
    const tracked = rig.execute(atC);
    await rig.advance();
    rig.balancer.fail('c');
    await rig.advance(500);
    expect(rig.counts.queued).toBe(1);
    work.last.resolve('after all');
    await rig.advance();
    expect(tracked.value).toBe('after all');
    expect(rig.counts).toMatchObject({ queued: 0, completed: 1 });
    expect(rig.of('failover.completed')).toMatchObject([{ durationMs: 500 }]);
  });

  it('awaits what may not run twice, until it settles or times out', async () => {
    const { rig, work } = await fleet({ requestTimeoutMs: 3_000 });
    const [first, second] = rig.executeMany(2, { ...atC, type: 'WALLET_OPERATION' });
    await rig.advance();
    rig.balancer.fail('c');
    await rig.advance(500);
    expect(work.runs.map(({ context }) => context.signal.aborted)).toEqual([false, false]);
    work.runs[0]?.resolve('signed');
    await rig.advance();
    expect(first?.value).toBe('signed');
    expect(rig.of('failover.completed')).toEqual([]);
    await rig.advance(2_500);
    expect(second?.error?.code).toBe('REQUEST_TIMEOUT');
    expect(rig.of('failover.completed')).toMatchObject([{ durationMs: 3_000 }]);
    expect(work.runs).toHaveLength(2);
  });

  it('twice is free, the third costs a retry', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: ['a', 'b', 'c', 'd'].map((id) => ({ id, handler: work.handle })),
      maxRetries: 0,
    });
    const tracked = rig.execute();
    for (let n = 0; n < 3; n++) {
      await rig.advance();
      expect(tracked.outcome).toBeUndefined();
      rig.balancer.fail(work.last.context.componentId);
    }
    await rig.advance();
    expect(tracked.error).toMatchObject({ code: 'HANDLER_FAILED', reason: 'failover' });
    expect(work.runs).toHaveLength(3);
    expect(rig.of('failover.started').map(({ rerouted }) => rerouted)).toEqual([1, 1, 1]);
    expect(rig.of('failover.completed')).toHaveLength(3);
    expect(rig.balancer.getLoadBalancingMetrics().failovers).toBe(3);
  });

  it('of a component that does nothing is over at once', async () => {
    const { rig } = await fleet();
    rig.balancer.fail('c');
    await rig.advance();
    expect(rig.of('failover.started')).toMatchObject([{ rerouted: 0, awaiting: 0 }]);
    expect(rig.of('failover.completed')).toHaveLength(1);
  });

  it('survives that its jobs are cancelled, expire or meet a stop', async () => {
    const { rig } = await fleet({ queueTimeoutMs: 900 });
    rig.balancer.drain('spare');
    for (const id of ['x', 'y', 'z']) rig.execute({ ...atC, id });
    await rig.advance();
    rig.balancer.fail('c');
    rig.balancer.cancel('x');
    await rig.advance(899);
    expect(rig.of('failover.completed')).toEqual([]);
    await rig.advance(1);
    expect(rig.of('failover.completed')).toHaveLength(1);
    expect(rig.counts).toMatchObject({ cancelled: 1, timedOut: 2 });
  });

  it('shows in the region: rerouting while jobs are open, steady when all is well', async () => {
    const { rig, work } = await fleet();
    rig.execute({ ...atC, idempotent: false });
    await rig.advance();
    rig.balancer.deregister('c', { force: true });
    await rig.advance();
    expect(failoverOf(rig)).toBe('rerouting');
    expect(rig.balancer.actor.getSnapshot().value).toMatchObject({ active: { failover: 'rerouting' } });
    work.last.resolve();
    await rig.advance();
    expect(failoverOf(rig)).toBe('steady');
    expect(rig.balancer.actor.getSnapshot().value).toMatchObject({ active: { failover: 'steady' } });
  });
});

describe('money', () => {
  it('is moved once at most, however its component fails', async () => {
    const moved = new Map<unknown, number>();
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [
        {
          id: 'wallet',
          maxConcurrentTasks: 4,
          handler: (request, context) => {
            moved.set(request.payload, (moved.get(request.payload) ?? 0) + 1);
            return work.handle(request, context);
          },
        },
      ],
      requestTimeoutMs: 2_000,
      recovery: { jitter: 0 },
    });
    const tracked = Array.from({ length: 40 }, (_, n) => rig.execute({ type: 'WALLET_OPERATION', payload: n }));
    const ends: ((n: number) => void)[] = [
      () => work.last.reject(new Error('failed')),
      () => work.last.resolve('signed'),
      () => rig.balancer.fail('wallet'),
      () => rig.balancer.recover('wallet'),
      () => {
        rig.balancer.drain('wallet');
        rig.balancer.resume('wallet');
      },
      () => {},
    ];
    await rig.advance();
    for (let n = 0; n < 240; n++) {
      ends[n % ends.length]?.(n);
      await rig.advance(300);
    }
    expect(Math.max(...moved.values())).toBe(1);
    expect(tracked.every(({ outcome }) => outcome !== undefined)).toBe(true);
  });
});

describe('a route with work and nobody for it', () => {
  it('is down, loudly, and only it: its work waits until somebody is back', async () => {
    const rig = await Rig.start({
      components: ['a', 'b'].map((id) => quick(id, { check: () => true })).concat(quick('x', { serves: ['OTHER'] })),
      recovery: { jitter: 0 },
    });
    await rig.execute({ type: 'OTHER' }).promise;
    rig.balancer.fail('a');
    await rig.execute().promise;
    expect(failoverOf(rig)).toBe('degraded');
    rig.balancer.fail('b');
    const tracked = rig.executeMany(5, { priority: 'CRITICAL' });
    await rig.advance(999);
    expect(rig.counts.queued).toBe(5);
    expect(failoverOf(rig)).toBe('down');
    expect(rig.of('route.down')).toMatchObject([{ route: ['*'], members: 2 }]);
    const [alert] = rig.of('alert.raised').filter(({ kind }) => kind === 'routeDown');
    expect(alert).toMatchObject({ severity: 'CRITICAL' });
    expect(alert?.message).toMatch(/^Nobody can do \*: [ab], [ab] are not operational/);
    await rig.execute({ type: 'OTHER' }).promise;
    expect(rig.counts.queued).toBe(5);
    await rig.advance(1);
    expect(tracked.every(({ outcome }) => outcome === 'resolved')).toBe(true);
    expect(failoverOf(rig)).toBe('steady');
    expect(rig.of('route.restored')).toMatchObject([{ route: ['*'], downMs: 1_000 }]);
  });

  it('is noticed when the work comes later, and told of for each route', async () => {
    const rig = await Rig.start({ components: ['ONE', 'TWO'].map((type) => quick(type, { serves: [type] })) });
    rig.balancer.drain('ONE');
    rig.balancer.drain('TWO');
    await rig.advance(120_000);
    expect(failoverOf(rig)).toBe('steady');
    rig.execute({ type: 'ONE' });
    await rig.advance(200);
    rig.execute({ type: 'TWO' });
    await rig.advance(200);
    expect(rig.of('route.down').map(({ route }) => route)).toEqual([['ONE'], ['TWO']]);
    expect(rig.of('alert.raised').filter(({ kind }) => kind === 'routeDown')).toHaveLength(2);
    rig.balancer.deregister('ONE', { force: true });
    rig.balancer.resume('TWO');
    await rig.advance();
    expect(failoverOf(rig)).toBe('steady');
    expect(rig.of('route.restored')).toHaveLength(2);
  });
});
