import { describe, expect, it } from 'vitest';
import type { Priority } from '../../src/index.ts';
import { ManualHandler, quick, Rig, type Tracked } from '../support/rig.ts';

/** One slot that is taken until the test says otherwise; the queue is all there is. */
async function blocked(
  config: Partial<ConstructorParameters<typeof Rig>[0]> = {},
): Promise<{ rig: Rig; work: ManualHandler }> {
  const work = new ManualHandler();
  const rig = await Rig.start({ components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 1 }], ...config });
  rig.execute({ priority: 'CRITICAL', payload: 'blocks' });
  await rig.advance();
  return { rig, work };
}

/** Works off everything; the payloads in the order in which they were served. */
async function order({ rig, work }: { rig: Rig; work: ManualHandler }): Promise<unknown[]> {
  for (let left = rig.counts.queued + 1; left > 0; left--) {
    work.last.resolve();
    await rig.advance();
  }
  return work.runs.slice(1).map(({ request }) => request.payload);
}

describe('the queue', () => {
  it('serves by class, then by age', async () => {
    const it = await blocked();
    const classes: Priority[] = ['MINIMAL', 'NORMAL', 'CRITICAL', 'LOW', 'HIGH', 'NORMAL'];
    for (const [n, priority] of classes.entries()) it.rig.execute({ priority, payload: `${priority} ${n}` });
    await it.rig.advance();
    expect(await order(it)).toEqual(['CRITICAL 2', 'HIGH 4', 'NORMAL 1', 'NORMAL 5', 'LOW 3', 'MINIMAL 0']);
  });

  it('lets age outweigh class in the end, unless priorities are strict', async () => {
    for (const agingMs of [1_000, null]) {
      const it = await blocked({ agingMs });
      it.rig.execute({ priority: 'NORMAL', payload: 'old' });
      await it.rig.advance(2_500);
      it.rig.execute({ priority: 'CRITICAL', payload: 'new' });
      await it.rig.advance();
      expect(await order(it)).toEqual(agingMs === null ? ['new', 'old'] : ['old', 'new']);
    }
  });

  it('evicts the newest of the lowest class for something more important', async () => {
    const { rig } = await blocked({ maxQueueSize: 4 });
    const low = rig.executeMany(2, { priority: 'LOW' });
    const minimal = rig.executeMany(2, { priority: 'MINIMAL' });
    const high = rig.executeMany(3, { priority: 'HIGH' });
    const same = rig.execute({ priority: 'LOW' });
    await rig.advance();
    const ends = (tracked: readonly Tracked[]): unknown[] => tracked.map(({ error }) => error?.code);
    expect(ends(minimal)).toEqual(['LOAD_SHED', 'LOAD_SHED']);
    expect(ends(low)).toEqual([undefined, 'LOAD_SHED']);
    expect(ends(high)).toEqual([undefined, undefined, undefined]);
    expect(same.error).toMatchObject({ code: 'QUEUE_FULL', reason: 'queueFull' });
    expect(minimal[0]?.error?.reason).toBe('evicted');
    expect(rig.counts).toMatchObject({ shed: 3, rejected: 1, queued: 4 });
    expect(rig.balancer.getLoadBalancingMetrics().shedding.evicted).toBe(3);
  });

  it('evicts also what waits for resources, the newest first, for something more important', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 5, limits: { cpu: 50 } }],
      maxQueueSize: 2,
    });
    const big = { resources: { cpu: 40 } };
    rig.execute(big);
    await rig.advance();
    const [older, newer] = rig.executeMany(2, { ...big, priority: 'LOW' });
    await rig.advance();
    expect(rig.counts).toMatchObject({ inFlight: 1, queued: 2 });
    // neither can begin: both let others pass
    const urgent = rig.execute({ ...big, priority: 'HIGH' });
    await rig.advance();
    expect(urgent.outcome).toBeUndefined();
    expect(newer?.error).toMatchObject({ code: 'LOAD_SHED', reason: 'evicted' });
    expect(older?.outcome).toBeUndefined();
  });

  it('gives each route its share while more than one is in use', async () => {
    const works = new ManualHandler();
    const rig = await Rig.start({
      components: ['ONE', 'TWO'].map((type) => ({
        id: type,
        handler: works.handle,
        serves: [type],
        maxConcurrentTasks: 1,
      })),
      maxQueueSize: 40,
    });
    const one = rig.executeMany(60, { type: 'ONE' });
    await rig.advance();
    expect(one.filter(({ error }) => error?.code === 'QUEUE_FULL')).toHaveLength(19);
    // now the other route comes into use, and takes back its share, newest first
    const two = rig.executeMany(22, { type: 'TWO' });
    await rig.advance();
    expect(two.slice(0, 21).map(({ outcome }) => outcome)).toEqual(Array.from({ length: 21 }, () => undefined));
    expect(two[21]?.error).toMatchObject({ code: 'QUEUE_FULL', reason: 'routeFull' });
    expect(one.filter(({ error }) => error?.reason === 'evicted')).toHaveLength(20);
    const more = rig.execute({ type: 'ONE' });
    await rig.advance();
    expect(more.error).toMatchObject({ reason: 'routeFull' });
    const urgent = rig.execute({ type: 'ONE', priority: 'HIGH' });
    await rig.advance();
    expect(urgent.outcome).toBeUndefined();
    expect(rig.counts.queued).toBe(40);
  });

  it('leaves room for another route: one busy one of several gets half, two a third each', async () => {
    const works = new ManualHandler();
    const rig = await Rig.start({
      components: ['ONE', 'TWO', 'THREE'].map((type) => ({
        id: type,
        handler: works.handle,
        serves: [type],
        maxConcurrentTasks: 1,
      })),
      maxQueueSize: 60,
    });
    rig.execute({ type: 'THREE' });
    await rig.advance();
    const one = rig.executeMany(60, { type: 'ONE' });
    await rig.advance();
    expect(one.filter(({ error }) => error?.reason === 'routeFull')).toHaveLength(29);
    const two = rig.executeMany(60, { type: 'TWO' });
    await rig.advance();
    expect(two.filter(({ outcome }) => outcome === undefined)).toHaveLength(21);
    expect(one.filter(({ error }) => error?.reason === 'evicted')).toHaveLength(5);
    const three = rig.executeMany(10, { type: 'THREE' });
    await rig.advance();
    expect(three.every(({ outcome }) => outcome === undefined)).toBe(true);
  });

  it('lets work wait that can wait: a batch as large as the queue is done, however long the waits are', async () => {
    const rig = await Rig.start({
      components: [
        {
          id: 'a',
          maxConcurrentTasks: 10,
          handler: (_request, { clock }) => new Promise<void>((resolve) => void clock.setTimeout(resolve, 200)),
        },
      ],
    });
    const batch = rig.executeMany(1_000, { priority: 'NORMAL' });
    await rig.advance(25_000);
    expect(batch.filter(({ outcome }) => outcome === 'resolved')).toHaveLength(1_000);
  });

  it('bounds the wait by queueTimeoutMs only where there is no deadline', async () => {
    const { rig } = await blocked({ requestTimeoutMs: 300_000 });
    const patient = rig.execute({ deadline: rig.clock.now() + 120_000 });
    const other = rig.execute();
    await rig.advance(31_000);
    expect(other.error).toMatchObject({ reason: 'queueTimeout' });
    expect(patient.outcome).toBeUndefined();
    await rig.advance(90_000);
    expect(patient.error).toMatchObject({ reason: 'deadline' });
  });

  it('is passed by what can be served: one head that cannot never blocks the rest', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [
        { id: 'wallet', handler: work.handle, serves: ['WALLET_OPERATION'], maxConcurrentTasks: 1 },
        quick('b', { serves: ['GENERAL'] }),
      ],
    });
    rig.balancer.drain('wallet');
    const stuck = rig.execute({ type: 'WALLET_OPERATION', priority: 'CRITICAL' });
    const others = rig.executeMany(10, { priority: 'MINIMAL' });
    await rig.advance();
    expect(others.every(({ value }) => value === 'b')).toBe(true);
    expect(stuck.outcome).toBeUndefined();
    rig.balancer.resume('wallet');
    await rig.advance();
    work.last.resolve('signed');
    await rig.advance();
    expect(stuck.value).toBe('signed');
  });

  it('lets at most 16 pass a head that waits for resources', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({ components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 2 }] });
    rig.execute({ resources: { cpu: 60 }, payload: 'first' });
    const large = rig.execute({ resources: { cpu: 60 }, payload: 'large' });
    rig.executeMany(30, { resources: { cpu: 10 }, payload: 'small' });
    await rig.advance();
    for (let k = 0; k < 40; k++) {
      const small = work.runs.filter(({ request }) => request.payload === 'small').at(-1);
      small?.resolve();
      await rig.advance();
    }
    expect(work.runs.filter(({ request }) => request.payload === 'small')).toHaveLength(16);
    work.runs[0]?.resolve();
    await rig.advance();
    work.runs.find(({ request }) => request.payload === 'large')?.resolve('served');
    await rig.advance();
    expect(large.value).toBe('served');
  });
});

describe('resources', () => {
  it('bound what runs at a time, freshly reported usage as well, a stale report not', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [{ id: 'a', handler: work.handle, limits: { memory: 50 }, maxConcurrentTasks: 10 }],
      queueTimeoutMs: 60_000,
    });
    rig.executeMany(3, { resources: { memory: 20 } });
    await rig.advance();
    expect(work.runs).toHaveLength(2);
    expect(rig.balancer.getComponentCapacity('a')?.resources.memory).toEqual({
      limitPercent: 50,
      usedPercent: 40,
      freePercent: 10,
    });
    rig.balancer.actor.send({ type: 'component.reportUsage', componentId: 'a', usage: { memory: 45 } });
    work.runs[0]?.resolve();
    await rig.advance();
    expect(work.runs).toHaveLength(2);
    expect(rig.balancer.selectComponent({ type: 'x', resources: { memory: 1 } })).toBe('a');
    expect(rig.balancer.selectComponent({ type: 'x', resources: { memory: 6 } })).toBeUndefined();
    await rig.advance(10_001);
    rig.execute();
    await rig.advance();
    expect(work.runs).toHaveLength(4);
  });
});

describe('the watermarks', () => {
  it('are told once each, and ready() waits for the lower one', async () => {
    const it = await blocked({ maxQueueSize: 10 });
    const { rig, work } = it;
    let ready = 0;
    await rig.balancer.ready();
    rig.executeMany(8);
    void rig.balancer.ready().then(() => ready++);
    void rig.balancer.ready({ type: 'GENERAL' }).then(() => ready++);
    await rig.advance();
    expect(rig.of('queue.highWater').map(({ queued, bound }) => [queued, bound])).toEqual([
      [8, 10],
      [8, 10],
    ]);
    for (let k = 0; k < 2; k++) {
      work.last.resolve();
      await rig.advance();
    }
    expect([ready, rig.of('queue.lowWater').length]).toEqual([0, 0]);
    work.last.resolve();
    await rig.advance();
    expect(ready).toBe(2);
    expect(rig.of('queue.lowWater')).toHaveLength(2);
    await order(it);
    expect(rig.of('queue.lowWater')).toHaveLength(2);
  });

  it.for(['cancelled', 'expired'])('fall when work is %s rather than served', async (how) => {
    const { rig } = await blocked({ maxQueueSize: 10, queueTimeoutMs: 1_000 });
    for (let k = 0; k < 9; k++) rig.execute({ id: `r${k}` });
    let ready = false;
    void rig.balancer.ready({ type: 'GENERAL' }).then(() => {
      ready = true;
    });
    await rig.advance();
    expect(ready).toBe(false);
    if (how === 'expired') await rig.advance(1_000);
    else for (let k = 0; k < 9; k++) rig.balancer.cancel(`r${k}`);
    await rig.advance();
    expect(ready).toBe(true);
  });

  it('fall when the bound is raised', async () => {
    const { rig } = await blocked({ maxQueueSize: 10 });
    rig.executeMany(9);
    let ready = false;
    void rig.balancer.ready().then(() => {
      ready = true;
    });
    await rig.advance();
    rig.balancer.updateConfig({ maxQueueSize: 100 });
    await rig.advance();
    expect(ready).toBe(true);
  });

  it('do not keep anybody waiting for a route that has changed, nor for a balancer that has stopped', async () => {
    const { rig } = await blocked({ maxQueueSize: 10 });
    rig.executeMany(9);
    let ready = 0;
    void rig.balancer.ready({ type: 'GENERAL' }).then(() => ready++);
    await rig.advance();
    expect(ready).toBe(0);
    await Promise.all([rig.balancer.stop({ drain: false }), rig.advance()]);
    expect(ready).toBe(1);
    await rig.balancer.ready();
  });
});

describe('wishes', () => {
  it('exclude for certain, prefer softly, and keep a key where it was', async () => {
    const rig = await Rig.start({ components: ['a', 'b', 'c'].map((id) => quick(id)) });
    const run = (request: object): Promise<unknown> => rig.balancer.execute({ type: 'x', ...request });
    for (let k = 0; k < 5; k++) {
      expect(await run({ excludedComponents: ['a', 'b'] })).toBe('c');
      expect(await run({ preferredComponents: ['b', 'nobody'] })).toBe('b');
    }
    const home = await run({ affinityKey: 'k1' });
    for (let k = 0; k < 5; k++) expect(await run({ affinityKey: 'k1' })).toBe(home);
    rig.balancer.drain(String(home));
    const other = await run({ affinityKey: 'k1' });
    expect(other).not.toBe(home);
    expect(await run({ preferredComponents: [String(home)] })).not.toBe(home);
    rig.balancer.resume(String(home));
    expect(await run({ affinityKey: 'k1' })).toBe(home);
  });
});
