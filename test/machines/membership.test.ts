import { describe, expect, it } from 'vitest';
import { ManualHandler, quick, Rig, type RigConfig } from '../support/rig.ts';

async function pair(config: Partial<RigConfig> = {}): Promise<{ rig: Rig; work: ManualHandler }> {
  const work = new ManualHandler();
  const rig = await Rig.start({
    components: [{ id: 'c', handler: work.handle, maxConcurrentTasks: 2 }, quick('spare', { maxConcurrentTasks: 8 })],
    ...config,
  });
  return { rig, work };
}

const atC = { preferredComponents: ['c'] };

describe('a component that is deregistered', () => {
  it('finishes its work, takes nothing new, keeps its id, and leaves', async () => {
    const { rig, work } = await pair();
    const running = rig.execute(atC);
    await rig.advance();
    expect(rig.balancer.deregister('c')).toBe(true);
    expect(await rig.balancer.execute({ type: 'x', ...atC })).toBe('spare');
    expect(() => rig.balancer.register(quick('c'))).toThrow(/is taken until/);
    expect(rig.of('component.deregistered')).toEqual([]);
    work.last.resolve('done');
    await rig.advance();
    expect(running.value).toBe('done');
    expect(rig.balancer.getComponentCapacity('c')).toBeUndefined();
    expect(rig.of('component.deregistered')).toMatchObject([{ componentId: 'c' }]);
    // the last fact of its work still knows where it ran
    expect(rig.of('request.completed').find(({ result }) => result === 'done')).toMatchObject({ componentId: 'c' });
    rig.balancer.register(quick('c'));
    expect(await rig.balancer.execute({ type: 'x', ...atC })).toBe('c');
  });

  it('by force fails over what it may at once, and waits for the rest', async () => {
    const { rig, work } = await pair();
    const twice = rig.execute(atC);
    const once = rig.execute({ ...atC, idempotent: false });
    await rig.advance();
    expect(rig.balancer.deregister('c', { force: true })).toBe(true);
    await rig.advance();
    expect(twice.value).toBe('spare');
    expect(work.runs[0]?.context.signal.aborted).toBe(true);
    expect(rig.of('failover.started')).toMatchObject([{ reason: 'deregistered', rerouted: 1, awaiting: 1 }]);
    expect(rig.balancer.getComponentCapacity('c')?.slotsTaken).toBe(2);
    await rig.advance(1_000);
    expect(rig.balancer.getComponentCapacity('c')?.slotsTaken).toBe(1);
    work.runs[1]?.resolve('signed');
    await rig.advance();
    expect(once.value).toBe('signed');
    expect(rig.balancer.getComponentCapacity('c')).toBeUndefined();
  });

  it('by force before its handlers have begun is gone at once', async () => {
    const { rig, work } = await pair();
    const tracked = rig.executeMany(2, { ...atC, idempotent: false });
    expect(rig.counts.inFlight).toBe(2);
    expect(rig.balancer.deregister('c', { force: true })).toBe(true);
    expect(rig.balancer.getComponentCapacity('c')).toBeUndefined();
    await rig.advance();
    expect(tracked.map(({ value }) => value)).toEqual(['spare', 'spare']);
    expect(work.runs).toEqual([]);
    expect(rig.of('component.deregistered')).toHaveLength(1);
    expect(rig.state.fleet.components.count).toBe(1);
  });

  it('first gently, then by force', async () => {
    const { rig } = await pair();
    const tracked = rig.execute(atC);
    await rig.advance();
    expect(rig.balancer.deregister('c')).toBe(true);
    expect(rig.balancer.deregister('c')).toBe(false);
    expect(rig.balancer.deregister('c', { force: true })).toBe(true);
    await rig.advance();
    expect(tracked.value).toBe('spare');
    await rig.advance(1_000);
    expect(rig.balancer.getComponentCapacity('c')).toBeUndefined();
  });

  it('after it failed, with handlers that never settle, leaves when its grace is over', async () => {
    const { rig, work } = await pair({ requestTimeoutMs: 5_000 });
    rig.execute(atC);
    const once = rig.execute({ ...atC, idempotent: false });
    await rig.advance();
    rig.balancer.fail('c');
    rig.balancer.deregister('c');
    await rig.advance(4_999);
    expect(rig.balancer.getComponentCapacity('c')?.slotsTaken).toBe(1);
    await rig.advance(1);
    expect(once.error?.code).toBe('REQUEST_TIMEOUT');
    await rig.advance(999);
    expect(rig.balancer.getComponentCapacity('c')).toBeDefined();
    await rig.advance(1);
    expect(rig.balancer.getComponentCapacity('c')).toBeUndefined();
    // zombies that wake up find nothing to hurt
    rig.balancer.register(quick('new'));
    for (const run of work.runs) run.resolve('late');
    await rig.advance();
    expect(rig.of('request.settledLate').map(({ componentId }) => componentId)).toEqual(['c', 'c']);
    expect(rig.balancer.getComponentCapacity('new')?.slotsTaken).toBe(0);
  });

  it('while it waits for its probe leaves no wish behind', async () => {
    const { rig } = await pair();
    rig.balancer.fail('c');
    rig.balancer.recover('c');
    expect(rig.state.fleet.components.awaitingProbeCount).toBe(1);
    rig.balancer.deregister('c');
    await rig.advance();
    expect(rig.state.fleet.components.awaitingProbeCount).toBe(0);
    expect(await rig.balancer.execute({ type: 'x' })).toBe('spare');
  });

  it('does not count as ejected for ever', async () => {
    const failing = (): never => {
      throw new Error('mine');
    };
    const rig = await Rig.start({
      components: [
        { id: 'bad', handler: failing, maxConcurrentTasks: 8 },
        { id: 'worse', handler: failing, maxConcurrentTasks: 8 },
        quick('spare', { maxConcurrentTasks: 90 }),
      ],
      maxRetries: 0,
    });
    rig.executeMany(8, { preferredComponents: ['bad'] });
    await rig.advance();
    expect(rig.stateOf('bad')).toBe('failed.isolated');
    rig.balancer.deregister('bad');
    rig.executeMany(8, { preferredComponents: ['worse'] });
    await rig.advance();
    expect(rig.stateOf('worse')).toBe('failed.isolated');
  });

  it('takes its row in every table with it: a hundred comings and goings leave nothing', async () => {
    const { rig } = await pair();
    for (let k = 0; k < 100; k++) {
      rig.balancer.register(quick(`n${k}`, { serves: [`T${k % 3}`, 'GENERAL'] }));
      expect(await rig.balancer.execute({ type: `T${k % 3}` })).toBeDefined();
      rig.balancer.deregister(`n${k}`);
      await rig.advance();
    }
    expect(rig.state.fleet.components.high).toBeLessThanOrEqual(3);
    expect(rig.state.fleet.routes.routes.size).toBeLessThanOrEqual(4);
    expect(Reflect.get(rig.state.queue, 'partitions').size).toBeLessThanOrEqual(4);
    expect(rig.state.fleet.records.filter((record) => record !== undefined)).toHaveLength(2);
  });
});

describe('queued work', () => {
  it('follows its type to the components that serve it now', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [
        { id: 'one', handler: work.handle, serves: ['A', 'B'], maxConcurrentTasks: 1 },
        { id: 'two', handler: work.handle, serves: ['B'], maxConcurrentTasks: 1 },
      ],
    });
    rig.execute({ type: 'A' });
    rig.execute({ type: 'B' });
    await rig.advance();
    const a = rig.execute({ type: 'A' });
    const b = rig.execute({ type: 'B' });
    rig.balancer.updateComponent('two', { serves: ['A'] });
    expect(rig.counts.queued).toBe(2);
    rig.balancer.register(quick('three', { serves: ['B'] }));
    await rig.advance();
    expect(b.value).toBe('three');
    rig.balancer.updateComponent('three', { serves: null });
    await rig.advance();
    expect(a.value).toBe('three');
    for (const run of work.runs) run.resolve();
    await rig.advance();
    for (const route of rig.state.fleet.routes.routes) expect([route.openJobs, route.queued]).toEqual([0, 0]);
  });

  it('of which nobody is left who serves it waits for somebody, or for its end', async () => {
    const { rig } = await pair({ queueTimeoutMs: 1_000 });
    rig.balancer.register({
      id: 'wallet',
      handler: () => new Promise(() => {}),
      serves: ['WALLET'],
      maxConcurrentTasks: 1,
    });
    rig.balancer.updateComponent('c', { serves: ['OTHER'] });
    rig.balancer.updateComponent('spare', { serves: ['OTHER'] });
    rig.execute({ type: 'WALLET' });
    const [first, second] = rig.executeMany(2, { type: 'WALLET' });
    rig.balancer.deregister('wallet', { force: true });
    await rig.advance(500);
    expect(first?.outcome).toBeUndefined();
    rig.balancer.register(quick('wallet2', { serves: ['WALLET'], maxConcurrentTasks: 1 }));
    await rig.advance();
    expect([first?.value, second?.value]).toEqual(['wallet2', 'wallet2']);
  });

  it('goes on when capacity is raised at run time, and is held when it is lowered', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({ components: [{ id: 'c', handler: work.handle, maxConcurrentTasks: 2 }] });
    rig.executeMany(6);
    await rig.advance();
    expect(work.runs).toHaveLength(2);
    rig.balancer.updateComponent('c', { maxConcurrentTasks: 4 });
    await rig.advance();
    expect(work.runs).toHaveLength(4);
    rig.balancer.updateComponent('c', { maxConcurrentTasks: 1 });
    for (const run of work.runs.slice(0, 3)) run.resolve();
    await rig.advance();
    expect(work.runs).toHaveLength(4);
    work.runs[3]?.resolve();
    await rig.advance();
    expect(work.runs).toHaveLength(5);
    expect(rig.balancer.getComponentCapacity('c')).toMatchObject({ slotsTaken: 1, maxConcurrentTasks: 1 });
  });

  it('knows exclusions and preferences by name, not by place', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [{ id: 'c', handler: work.handle, maxConcurrentTasks: 1 }, quick('old')],
    });
    rig.balancer.pauseDispatch();
    const tracked = rig.execute({ excludedComponents: ['old', 'later'] });
    rig.balancer.deregister('old');
    await rig.advance();
    rig.balancer.register(quick('new'));
    rig.balancer.register(quick('later'));
    rig.balancer.drain('c');
    rig.balancer.resumeDispatch();
    await rig.advance();
    expect(tracked.value).toBe('new');
  });

  it('waits while all are in maintenance, and is refused nothing', async () => {
    const { rig } = await pair({ queueTimeoutMs: 5_000 });
    rig.balancer.drain('c');
    rig.balancer.drain('spare');
    const [first] = rig.executeMany(2);
    await rig.advance(4_000);
    expect(rig.counts).toMatchObject({ queued: 2, rejected: 0 });
    expect(rig.of('route.down')).toMatchObject([{ members: 2 }]);
    rig.balancer.resume('spare');
    await rig.advance();
    expect(first?.value).toBe('spare');
    rig.balancer.drain('spare');
    const last = rig.execute();
    await rig.advance(5_000);
    expect(last.error).toMatchObject({ reason: 'queueTimeout' });
  });
});
