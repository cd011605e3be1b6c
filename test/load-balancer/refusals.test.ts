import { describe, expect, it } from 'vitest';
import { type ComponentSpec, type Handler, HandlerError, RateLimitedError } from '../../src/index.ts';
import { inspectable } from '../../src/load-balancer/inspectable.ts';
import { ManualHandler, quick, Rig } from '../support/rig.ts';

/** Allows so many calls in each stretch of that length, and answers 429 to the others. */
function provider(limit: number, perMs: number, serviceMs = 5) {
  const calls = { taken: 0, refused: 0 };
  let opened = Number.NEGATIVE_INFINITY;
  let used = 0;
  const handler: Handler = async (_, { clock }) => {
    const now = clock.now();
    if (now >= opened + perMs) {
      opened = now;
      used = 0;
    }
    if (used >= limit) {
      calls.refused++;
      throw new RateLimitedError('429 Too Many Requests', { retryAfterMs: opened + perMs - now });
    }
    used++;
    calls.taken++;
    await new Promise<void>((resolve) => clock.setTimeout(resolve, serviceMs));
  };
  return { handler, calls };
}

const refusing = (retryAfterMs: unknown): Handler => {
  return () => {
    throw Object.assign(new Error('429'), { retryAfterMs });
  };
};

const start = (spec: Partial<ComponentSpec> & Pick<ComponentSpec, 'handler'>, ...others: ComponentSpec[]) =>
  Rig.start({ components: [{ id: 'p', ...spec }, ...others] });

describe('a refusal', () => {
  it('lets the component rest, and the request goes elsewhere: no failure, no retry, nobody blamed', async () => {
    const rig = await start({ handler: refusing(2_000) }, { id: 'q', weight: 0.001, handler: () => 'q' });
    const tracked = rig.executeMany(3, { maxRetries: 0, idempotent: false });
    await rig.advance();
    expect(tracked.map(({ value }) => value)).toEqual(['q', 'q', 'q']);
    expect(rig.stateOf('p')).toBe('operational.resting');
    expect(rig.balancer.getComponentCapacity('p')).toMatchObject({
      status: 'Overloaded',
      restsForMs: 2_000,
      successRate: 1,
    });
    const { p } = rig.balancer.getLoadBalancingMetrics().components;
    expect(p).toMatchObject({ failed: 0, refused: 3 });
    expect(rig.of('component.resting')).toEqual([
      {
        type: 'component.resting',
        componentId: 'p',
        until: rig.clock.now() + 2_000,
        retryAfterMs: 2_000,
        reason: 'refused: 429',
      },
    ]);
    expect(rig.of('request.retrying')).toEqual([]);
  });

  it('makes work wait for the end of the rest where there is nobody else', async () => {
    const times: number[] = [];
    const rig: Rig = await start({
      handler: () => {
        times.push(rig.clock.now());
        if (times.length === 1) throw new RateLimitedError('slow down', { retryAfterMs: 500 });
        return 'done';
      },
    });
    const from = rig.clock.now();
    const tracked = rig.execute();
    await rig.advance(499);
    expect(tracked.outcome).toBeUndefined();
    await rig.advance(1);
    expect(tracked.value).toBe('done');
    expect(times.map((at) => at - from)).toEqual([0, 500]);
    expect(rig.stateOf('p')).toBe('operational.available');
  });

  it('is followed by one call, and the rest of the work when that was taken', async () => {
    const manual = new ManualHandler();
    const rig = await start({ handler: manual.handle, maxConcurrentTasks: 10 });
    rig.executeMany(20);
    await rig.advance();
    expect(manual.runs).toHaveLength(10);
    for (const run of manual.runs.slice(0, 5)) run.reject(new RateLimitedError('429', { retryAfterMs: 100 }));
    await rig.advance(100);
    expect(manual.runs).toHaveLength(11);
    expect(rig.stateOf('p')).toBe('operational.reopening');
    // what ran before ends: it says nothing of what the provider takes now
    for (const run of manual.runs.slice(5, 10)) run.resolve();
    await rig.advance(50);
    expect(manual.runs).toHaveLength(11);
    manual.last.resolve();
    await rig.advance();
    expect(manual.runs).toHaveLength(21);
    expect(rig.stateOf('p')).toMatch(/^operational\.(busy|overloaded)$/);
  });

  it('tries again with the next where its one call never began, or was given up', async () => {
    const manual = new ManualHandler();
    const rig = await start({ handler: manual.handle });
    const first = rig.execute();
    await rig.advance();
    manual.last.reject(new RateLimitedError('429', { retryAfterMs: 100 }));
    await rig.advance();
    rig.executeMany(3);
    await rig.advance(100);
    expect(manual.runs).toHaveLength(2);
    rig.balancer.cancel(manual.last.context.requestId);
    expect(manual.runs).toHaveLength(2);
    // its handler does not heed the signal, and its slot is freed after a second
    await rig.advance(1_000);
    expect(manual.runs).toHaveLength(5);
    expect(first.outcome).toBe('rejected');
  });

  it('rests longer each time, up to 30 s, until a call is taken', async () => {
    let refuses = true;
    const times: number[] = [];
    const rig: Rig = await start({
      handler: () => {
        times.push(rig.clock.now());
        if (refuses) throw new RateLimitedError('429', { retryAfterMs: 0 });
      },
    });
    const [feed] = [() => rig.execute({ deadline: rig.clock.now() + 1e9, maxRetries: 0 })];
    for (let k = 0; k < 40; k++) {
      feed();
      await rig.advance(5_000);
    }
    const gaps = times.slice(1).map((at, k) => at - times[k]!);
    expect(gaps.slice(0, 11)).toEqual([10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120, 10_240]);
    expect(Math.max(...gaps)).toBe(30_000);
    refuses = false;
    await rig.advance(31_000);
    refuses = true;
    times.length = 0;
    feed();
    await rig.advance(100);
    expect(times.slice(1, 3).map((at, k) => at - times[k]!)).toEqual([10, 20]);
  });

  it('is free for a request eight times, then each spends a retry', async () => {
    const rig = await start({ handler: refusing(10) });
    const tracked = rig.execute({ maxRetries: 2, deadline: rig.clock.now() + 1e9 });
    await rig.advance(600_000);
    expect(tracked.error).toBeInstanceOf(HandlerError);
    expect(tracked.error).toMatchObject({ reason: 'attemptsExhausted' });
    expect(rig.balancer.getLoadBalancingMetrics().components.p?.refused).toBe(11);
  });

  it('of a probe proves nothing', async () => {
    let mode: 'fail' | 'refuse' | 'work' = 'fail';
    const rig = await start({
      handler: () => {
        if (mode === 'fail') throw new Error('down');
        if (mode === 'refuse') throw new RateLimitedError('429', { retryAfterMs: 50 });
      },
    });
    rig.balancer.fail('p');
    mode = 'refuse';
    for (let k = 0; k < 30; k++) {
      rig.execute();
      await rig.advance(100);
    }
    const failures = rig.balancer.getComponentCapacity('p')?.failuresInARow;
    expect(failures).toBe(1);
    mode = 'work';
    for (let k = 0; k < 300; k++) {
      rig.execute();
      await rig.advance(100);
    }
    expect(rig.stateOf('p')).toBe('operational.available');
  });

  it.each<[string, unknown]>([
    ['NaN', Number.NaN],
    ['less than 0', -1],
    ['a string', '5'],
  ])('with a time that is %s is a failure like any other', async (_, retryAfterMs) => {
    const rig = await start({ handler: refusing(retryAfterMs) });
    const tracked = rig.execute({ maxRetries: 0 });
    await rig.advance();
    expect(tracked.outcome).toBe('rejected');
    expect(rig.stateOf('p')).toBe('operational.available');
  });

  it('of a nested request by the balancer itself is a failure: it says nothing of the component', async () => {
    const rig = await Rig.start({
      maxQueueSize: 1,
      maxRetries: 0,
      components: [
        { id: 'outer', serves: ['OUTER'], handler: () => rig.balancer.execute({ type: 'INNER' }) },
        { id: 'inner', serves: ['INNER'], maxConcurrentTasks: 1, handler: () => new Promise(() => {}) },
      ],
    });
    rig.executeMany(2, { type: 'INNER' });
    await rig.advance();
    const tracked = rig.execute({ type: 'OUTER' });
    await rig.advance();
    expect(tracked.outcome).toBe('rejected');
    expect(rig.stateOf('outer')).toBe('operational.available');
  });

  it('outlasts maintenance', async () => {
    const manual = new ManualHandler();
    const rig = await start({ handler: manual.handle });
    rig.execute();
    await rig.advance();
    manual.last.reject(new RateLimitedError('429', { retryAfterMs: 60_000 }));
    await rig.advance();
    rig.balancer.drain('p');
    await rig.advance(10);
    rig.balancer.resume('p');
    await rig.advance();
    expect(rig.stateOf('p')).toBe('operational.resting');
    expect(manual.runs).toHaveLength(1);
    await rig.advance(59_990);
    expect(rig.stateOf('p')).toBe('operational.reopening');
  });

  it('shows in decisions and in the preview', async () => {
    const rig = await Rig.start({
      explain: true,
      algorithm: 'round-robin',
      components: [{ id: 'p', handler: refusing(1_000) }, quick('q')],
    });
    rig.executeMany(2);
    await rig.advance();
    rig.execute({ id: 'later' });
    await rig.advance();
    const [decision] = rig.balancer.explain('later');
    expect(decision?.candidates.find(({ componentId }) => componentId === 'p')?.exclusion).toBe('resting');
    const { considered } = inspectable(rig.balancer.actor).previewSelection({ type: 'GENERAL' });
    expect(considered.find(({ componentId }) => componentId === 'p')?.excluded).toBe(
      'resting after a refusal for 1000 ms',
    );
  });
});

describe('a provider that answers 429 with Retry-After', () => {
  it('of 2 s at twice its limit loses nothing, is asked hardly once too often a rest, and gives all it allows', async () => {
    const { handler, calls } = provider(20, 2_000);
    const rig = await start({ handler, maxConcurrentTasks: 4 });
    const deadline = rig.clock.now() + 1e9;
    for (let k = 0; k < 60 * 20; k++) {
      rig.execute({ deadline });
      await rig.advance(50);
    }
    const rests = rig.of('component.resting').length;
    const { p } = rig.balancer.getLoadBalancingMetrics().components;
    expect(p).toMatchObject({ failed: 0 });
    expect(rig.counts).toMatchObject({ failed: 0, shed: 0, timedOut: 0 });
    expect(rig.of('failover.started')).toEqual([]);
    expect(calls.taken).toBeGreaterThanOrEqual(0.95 * 10 * 60);
    expect(calls.refused).toBeLessThanOrEqual(rests + 3);
  });

  it('starves nobody where it refuses synchronously, with a time of 0', async () => {
    const rig = await start({ handler: refusing(0) }, { id: 'q', serves: ['OTHER'], handler: () => 'q' });
    rig.executeMany(100, { deadline: rig.clock.now() + 1e9 });
    const others = rig.executeMany(100, { type: 'OTHER' });
    await rig.advance(10);
    expect(others.every(({ outcome }) => outcome === 'resolved')).toBe(true);
    expect(rig.balancer.getLoadBalancingMetrics().components.p?.refused).toBeLessThan(25);
  });
});
