import { describe, expect, it } from 'vitest';
import type { ComponentSpec, Handler } from '../../src/index.ts';
import { ManualHandler, quick, Rig, type RigConfig } from '../support/rig.ts';

const failing: Handler = () => Promise.reject(new Error('mine'));
const config = { recovery: { jitter: 0 }, algorithm: 'round-robin', retry: { baseMs: 0 } } as const;

const failures = (rig: Rig): string[] =>
  rig.of('component.statusChanged').flatMap(({ componentId, to }) => (to === 'Failed' ? [componentId] : []));

const start = (components: readonly ComponentSpec[], more: Partial<RigConfig> = {}): Promise<Rig> =>
  Rig.start({ components, ...config, ...more });

async function feed(rig: Rig, count: number, request: Parameters<Rig['execute']>[0] = {}, everyMs = 10): Promise<void> {
  for (let k = 0; k < count; k++) {
    rig.execute(request);
    await rig.advance(everyMs);
  }
}

/** Fails what is `bad`, wherever it runs. */
const reads: Handler = ({ payload }) => (payload === 'bad' ? Promise.reject(new Error('unreadable')) : payload);

describe('a request that nobody can do', () => {
  it('is nobody’s fault: it is tried on two, and ejects nobody', async () => {
    const rig = await start(['a', 'b'].map((id) => ({ id, handler: reads })));
    for (let k = 0; k < 60; k++) await feed(rig, 1, { payload: k % 3 === 0 ? 'bad' : k });
    await rig.advance(1_000);
    expect(failures(rig)).toEqual([]);
    const bad = rig.of('request.failed');
    expect(bad).toHaveLength(20);
    expect(bad.every(({ attempts }) => attempts === 2)).toBe(true);
    expect(bad[0]?.error).toMatchObject({ code: 'HANDLER_FAILED', reason: 'nobodyCan' });
    for (const i of [0, 1])
      expect(rig.state.fleet.performance.recentBad(i, rig.state.scheduler.now())).toBeCloseTo(0, 9);
  });

  it('is retried where nobody has tried it, and counts again when it is done there', async () => {
    const rig = await start([{ id: 'a', handler: failing }, { id: 'b', handler: failing }, quick('c')]);
    const one = rig.execute();
    await rig.advance(100);
    expect(one.value).toBe('c');
    const {
      fleet: { performance, components },
    } = rig.state;
    const tries = rig.of('request.completed')[0]?.attempts ?? 0;
    const bad = ['a', 'b'].map((id) => performance.recentBad(components.indexOf(id), rig.state.scheduler.now()));
    expect(bad.filter((n) => n > 0.9)).toHaveLength(tries - 1);
  });

  it('that has ejected somebody has them probed at once', async () => {
    const a = new ManualHandler();
    const b = new ManualHandler();
    const rig = await start(
      [
        { id: 'a', handler: a.handle },
        { id: 'b', handler: b.handle },
      ],
      { outlier: { consecutiveFailures: 1 } },
    );
    rig.executeMany(10, { preferredComponents: ['b'] });
    await rig.advance();
    for (const run of b.runs) run.resolve();
    await rig.advance();
    for (let k = 0; k < 6; k++) rig.execute({ preferredComponents: ['a'] });
    await rig.advance();
    for (const run of a.runs) run.reject(new Error('bad'));
    await rig.advance();
    expect(rig.stateOf('a')).toBe('failed.isolated');
    await rig.advance(1);
    for (const run of b.runs) run.reject(new Error('bad as well'));
    await rig.advance();
    expect(rig.stateOf('a')).toBe('failed.probing');
  });
});

describe('an outlier', () => {
  it('is ejected by its route, and told with its peers’ share', async () => {
    const rig = await start([{ id: 'a', handler: failing }, quick('b'), quick('c')]);
    await feed(rig, 30);
    expect(failures(rig)).toEqual(['a']);
    expect(rig.of('component.statusChanged')[0]?.reason).toMatch(
      /^(consecutive failures|failure ratio): \d+ \(\*, where its peers fail \d %\)$/,
    );
  });

  it('that is the last of another route is avoided: by others where they can, not by its own', async () => {
    let ill = true;
    const shaky: Handler = (_request, { componentId }) => (ill ? Promise.reject(new Error('mine')) : componentId);
    const rig = await start(
      [
        { id: 'both', handler: shaky, serves: ['COMMON', 'RARE'], maxConcurrentTasks: 2 },
        quick('c', { serves: ['COMMON'] }),
      ],
      { maxRetries: 0, explain: true },
    );
    rig.execute({ type: 'RARE', id: 'rare' });
    await rig.advance();
    await feed(rig, 16, { type: 'COMMON' });
    expect(failures(rig)).toEqual([]);
    expect(rig.balancer.getComponentCapacity('both')?.avoided).toBe(true);
    expect(rig.of('alert.raised').map(({ kind }) => kind)).toContain('componentAvoided');
    const common = rig.execute({ type: 'COMMON', id: 'common' });
    await rig.advance();
    expect(common.value).toBe('c');
    const [decision] = rig.balancer.explain('common');
    expect(decision?.candidates.find(({ componentId }) => componentId === 'both')?.exclusion).toBe('avoided');
    ill = false;
    const rare = rig.execute({ type: 'RARE' });
    await rig.advance();
    expect(rare.value).toBe('both');
    // trials of the others' work, one a time, then it is trusted again
    await feed(rig, 60, { type: 'COMMON' }, 100);
    expect(rig.balancer.getComponentCapacity('both')?.avoided).toBe(false);
  });

  it('that is avoided is used where nobody else is free', async () => {
    const work = new ManualHandler();
    const rig = await start(
      [
        {
          id: 'both',
          handler: ({ payload }) => (payload === 'ok' ? 'both' : Promise.reject(new Error())),
          serves: ['COMMON', 'RARE'],
        },
        { id: 'c', handler: work.handle, serves: ['COMMON'], maxConcurrentTasks: 1 },
      ],
      { maxRetries: 0 },
    );
    rig.execute({ type: 'RARE', payload: 'ok' });
    await rig.advance();
    for (let k = 0; k < 12; k++) {
      rig.execute({ type: 'COMMON' });
      await rig.advance(10);
      work.runs.at(-1)?.resolve();
      await rig.advance();
    }
    expect(rig.balancer.getComponentCapacity('both')?.avoided).toBe(true);
    const [first, second] = rig.executeMany(2, { type: 'COMMON', payload: 'ok' });
    await rig.advance();
    expect([first?.outcome, second?.value]).toEqual([undefined, 'both']);
  });

  it('that is the only one of its route is down after ten failures in a row, and probed every second while work waits', async () => {
    let ill = true;
    const rig = await start(
      [{ id: 'a', handler: () => (ill ? Promise.reject(new Error('mine')) : 'a') }, quick('x', { serves: ['OTHER'] })],
      {
        maxRetries: 0,
        recovery: { jitter: 0, baseDelayMs: 20_000 },
      },
    );
    await feed(rig, 9);
    expect(failures(rig)).toEqual([]);
    await feed(rig, 2);
    expect(rig.stateOf('a')).toBe('failed.isolated');
    expect(rig.of('route.down')).toHaveLength(1);
    const waiting = rig.executeMany(3);
    await rig.advance(900);
    expect(rig.stateOf('a')).toBe('failed.isolated');
    ill = false;
    await rig.advance(300);
    expect(waiting.map(({ value }) => value)).toEqual(['a', 'a', 'a']);
    expect(rig.of('route.restored')).toHaveLength(1);
  });

  it('of two that are both down does not keep the route waiting for its cooldown when it is back', async () => {
    let ill = ['a', 'b'];
    const rig = await start(
      ['a', 'b'].map((id) => ({ id, handler: () => (ill.includes(id) ? Promise.reject(new Error(id)) : id) })),
      { maxRetries: 0, recovery: { jitter: 0, baseDelayMs: 30_000 } },
    );
    rig.balancer.fail('a');
    await feed(rig, 40, {}, 50);
    ill = ['b'];
    const before = rig.counts.completed;
    await feed(rig, 60, {}, 50);
    await feed(rig, 20, {}, 50);
    expect(rig.counts.completed - before).toBeGreaterThan(50);
  });
});

describe('a run that is cut short', () => {
  const hangs: Handler = (_request, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

  it('is a failure where its type would have been done by then', async () => {
    let ill = false;
    const a: Handler = (request, context) => (ill ? hangs(request, context) : 'a');
    const rig = await start([{ id: 'a', handler: a }, quick('b'), quick('c')]);
    await feed(rig, 60);
    ill = true;
    for (let k = 0; k < 40; k++) {
      rig.execute({ deadline: rig.clock.now() + 500 });
      await rig.advance(50);
    }
    expect(failures(rig)).toEqual(['a']);
  });

  it('is none where it had no time, and nothing is known of the type', async () => {
    const rig = await start([
      { id: 'a', handler: hangs },
      { id: 'b', handler: hangs },
    ]);
    const stop = new AbortController();
    for (let k = 0; k < 30; k++) rig.execute({}, { signal: stop.signal });
    await rig.advance(900);
    stop.abort();
    await rig.advance(100);
    expect(rig.state.fleet.performance.recentBad(0, rig.state.scheduler.now())).toBe(0);
  });

  it('as a probe is a bad one, or waits for the cooldown: it does not swallow one caller after the other', async () => {
    const rig = await start([{ id: 'a', handler: hangs }, quick('b')], { recovery: { jitter: 0, baseDelayMs: 5_000 } });
    rig.balancer.fail('a');
    let lost = 0;
    for (let k = 0; k < 200; k++) {
      const caller = new AbortController();
      const tracked = rig.execute({}, { signal: caller.signal });
      await rig.advance(100);
      caller.abort();
      await rig.advance();
      if (tracked.outcome === 'rejected') lost++;
    }
    expect(lost).toBeLessThanOrEqual(5);
  });
});

describe('a component that has recovered', () => {
  it('is not held to what began before', async () => {
    const work = new ManualHandler();
    const rig = await start([{ id: 'a', handler: work.handle, check: () => true }, quick('b')], { maxRetries: 0 });
    const money = rig.executeMany(6, { preferredComponents: ['a'], idempotent: false });
    await rig.advance();
    rig.balancer.fail('a');
    await rig.advance(1_100);
    expect(rig.stateOf('a')).toContain('operational');
    for (const run of work.runs) run.reject(new Error('of before'));
    await rig.advance();
    expect(money.every(({ outcome }) => outcome === 'rejected')).toBe(true);
    expect(failures(rig)).toEqual(['a']);
  });

  it('by a check that lies waits longer each time; ten good executions are forgotten for', async () => {
    let ill = true;
    const rig = await start(
      [
        { id: 'a', handler: () => (ill ? Promise.reject(new Error('mine')) : 'a'), check: () => true },
        quick('b'),
        quick('c'),
      ],
      { maxRetries: 0 },
    );
    await feed(rig, 600, {}, 50);
    const k = rig.balancer.getComponentCapacity('a')?.failuresInARow;
    expect(k).toBeGreaterThan(3);
    expect(failures(rig)).toHaveLength(k!);
    ill = false;
    await feed(rig, 900, {}, 50);
    expect(rig.balancer.getComponentCapacity('a')).toMatchObject({ failuresInARow: 0, status: 'Available' });
    ill = true;
    await feed(rig, 15, {}, 50);
    expect(rig.balancer.getComponentCapacity('a')?.failuresInARow).toBe(1);
  });
});
