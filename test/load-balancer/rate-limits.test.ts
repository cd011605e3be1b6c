import { describe, expect, it } from 'vitest';
import { type ComponentSpec, InvalidConfigError, NoEligibleComponentError, type RateLimit } from '../../src/index.ts';
import { inspectable } from '../../src/load-balancer/inspectable.ts';
import { Provider } from '../support/provider.ts';
import { Rig } from '../support/rig.ts';

const single = async (rateLimit: ComponentSpec['rateLimit'], config: Partial<ComponentSpec> = {}) => {
  const provider = new Provider();
  const rig = await Rig.start({ components: [provider.spec('p', { rateLimit, ...config })], maxQueueSize: 100_000 });
  return { provider, rig };
};

describe('a rate limit', () => {
  it('is kept, and work that waits starts in the instant in which it may', async () => {
    const { provider, rig } = await single({ limit: 2, perMs: 1_000, marginMs: 0 });
    const start = rig.clock.now();
    const tracked = rig.executeMany(5);
    await rig.advance(2_000);
    expect(provider.calls.map(({ at }) => at - start)).toEqual([0, 0, 1_000, 1_000, 2_000]);
    expect(tracked.every(({ outcome }) => outcome === 'resolved')).toBe(true);
  });

  it('has a margin of 1 % for jitter on the way, of 50 ms at most', async () => {
    for (const [perMs, margin] of [
      [1_000, 10],
      [60_000, 50],
    ] as const) {
      const { provider, rig } = await single({ limit: 1, perMs }, {});
      rig.executeMany(2, { deadline: rig.clock.now() + 2 * perMs });
      await rig.advance(perMs + margin - 1);
      expect(provider.calls).toHaveLength(1);
      await rig.advance(1);
      expect(provider.calls).toHaveLength(2);
    }
  });

  it.each([1, 10, 100, 1_000, 10_000])('of %i a second lets at least 0.97 of it through', async (limit) => {
    const { provider, rig } = await single({ limit, perMs: 1_000 });
    const seconds = limit >= 1_000 ? 5 : 100;
    const from = rig.clock.now();
    rig.executeMany(limit * seconds * 2, { deadline: from + 1e9 });
    await rig.advance(seconds * 1_000 - 1);
    expect(provider.mostIn(1_000)).toBeLessThanOrEqual(limit);
    expect(provider.calls.length).toBeGreaterThanOrEqual(0.97 * limit * seconds);
  });

  it('may be several at once, and each is kept', async () => {
    const { provider, rig } = await single([
      { limit: 10, perMs: 1_000, marginMs: 0 },
      { limit: 25, perMs: 10_000, marginMs: 0 },
    ]);
    rig.executeMany(100, { deadline: rig.clock.now() + 1e9 });
    await rig.advance(30_000 - 1);
    expect(provider.mostIn(1_000)).toBe(10);
    expect(provider.mostIn(10_000)).toBe(25);
    expect(provider.calls).toHaveLength(75);
  });

  it('sends work elsewhere while it has no room', async () => {
    const limited = new Provider();
    const free = new Provider();
    const rig = await Rig.start({
      components: [limited.spec('limited', { rateLimit: { limit: 1, perMs: 1_000 } }), free.spec('free', {})],
    });
    rig.executeMany(10);
    await rig.advance();
    expect(limited.calls).toHaveLength(1);
    expect(free.calls).toHaveLength(9);
  });

  it('counts retries and what failed', async () => {
    const provider = new Provider();
    const fails = (): never => {
      throw new Error('down');
    };
    const rig = await Rig.start({
      components: [provider.spec('p', { rateLimit: { limit: 3, perMs: 1_000 } }, fails)],
      outlier: { consecutiveFailures: 1_000, minFailures: 1_000 },
      retryBudget: { ratio: 1, perSecond: 1_000 },
    });
    rig.executeMany(20, { maxRetries: 5 });
    await rig.advance(20_000);
    expect(provider.calls.length).toBeGreaterThan(40);
    expect(provider.mostIn(1_000)).toBeLessThanOrEqual(3);
  });

  it('counts probes', async () => {
    const provider = new Provider();
    const rig = await Rig.start({
      components: [provider.spec('p', { rateLimit: { limit: 1, perMs: 5_000, marginMs: 0 } })],
    });
    rig.execute();
    await rig.advance(1);
    rig.balancer.fail('p');
    await rig.advance(1);
    rig.executeMany(5);
    await rig.advance(29_000);
    expect(provider.mostIn(5_000)).toBe(1);
    // nothing but the limit has kept it: the first, and one every five seconds
    expect(provider.calls).toHaveLength(6);
    expect(rig.stateOf('p')).toBe('operational.available');
  });

  it('changes while it runs, and what has started of late counts for the new one', async () => {
    const { provider, rig } = await single({ limit: 10, perMs: 1_000, marginMs: 0 });
    const from = rig.clock.now();
    rig.executeMany(100, { deadline: from + 1e9 });
    await rig.advance(500);
    rig.balancer.updateComponent('p', { rateLimit: { limit: 4, perMs: 1_000, marginMs: 0 } });
    await rig.advance(2_499);
    expect(provider.calls.map(({ at }) => at - from)).toEqual([
      ...Array(10).fill(0),
      ...Array(4).fill(1_000),
      ...Array(4).fill(2_000),
    ]);
    rig.balancer.updateComponent('p', { rateLimit: { limit: 6, perMs: 1_000, marginMs: 0 } });
    await rig.advance();
    // room for two more at once
    expect(provider.calls).toHaveLength(20);
    rig.balancer.updateComponent('p', { rateLimit: null });
    await rig.advance();
    expect(provider.calls).toHaveLength(100);
  });

  it('is kept when the event loop is busy between the pick and the call', async () => {
    const provider = new Provider();
    const rig = await Rig.start({
      components: [
        provider.spec('p', { rateLimit: { limit: 2, perMs: 100, marginMs: 0 } }, () => {
          // as if the first handler of the batch had worked for 60 ms before it returned
          if (provider.calls.length === 1) rig.clock.jump(60);
        }),
      ],
    });
    rig.executeMany(6);
    await rig.advance(1_000);
    expect(provider.calls).toHaveLength(6);
    expect(provider.mostIn(100)).toBeLessThanOrEqual(2);
  });

  it('is kept when the clock is set back or leaps', async () => {
    const { provider, rig } = await single({ limit: 5, perMs: 1_000, marginMs: 0 });
    rig.executeMany(50, { deadline: rig.clock.now() + 1e9 });
    await rig.advance(1_200);
    rig.clock.jump(700);
    await rig.advance(10_000);
    expect(provider.calls).toHaveLength(50);
    expect(provider.mostIn(1_000)).toBeLessThanOrEqual(5);
  });
});

describe('the cost of a request', () => {
  it('is what its start takes', async () => {
    const { provider, rig } = await single({ limit: 10, perMs: 1_000, marginMs: 0 });
    const from = rig.clock.now();
    for (const cost of [4, 4, 4, 0, 1]) rig.execute({ cost });
    await rig.advance(1_000);
    expect(provider.calls.map(({ at, cost }) => [at - from, cost])).toEqual([
      [0, 4],
      [0, 4],
      [1_000, 4],
      [1_000, 0],
      [1_000, 1],
    ]);
  });

  it('that no component allows is refused, and says so', async () => {
    const { rig } = await single({ limit: 10, perMs: 1_000 });
    const tracked = rig.execute({ cost: 11 });
    await rig.advance();
    expect(tracked.error).toBeInstanceOf(NoEligibleComponentError);
    expect(tracked.error).toMatchObject({
      reason: 'costAboveLimit',
      value: 11,
      message: expect.stringContaining('11'),
    });
  });

  it('that only one component allows leads there', async () => {
    const small = new Provider();
    const large = new Provider();
    const rig = await Rig.start({
      components: [
        small.spec('small', { rateLimit: { limit: 5, perMs: 1_000 } }),
        large.spec('large', { rateLimit: { limit: 50, perMs: 1_000 } }),
      ],
    });
    rig.executeMany(10, { cost: 10 });
    await rig.advance(1_100);
    expect([small.calls.length, large.calls.length]).toEqual([0, 10]);
  });

  it('does not keep dear and urgent work waiting beside cheap work that fills the limit', async () => {
    const { provider, rig } = await single({ limit: 100, perMs: 1_000 });
    for (let k = 0; k < 400; k++) {
      rig.executeMany(3);
      await rig.advance(10);
    }
    const dear = Array.from({ length: 3 }, () => rig.execute({ cost: 100, priority: 'CRITICAL' }));
    for (let k = 0; k < 202; k++) {
      rig.executeMany(3);
      await rig.advance(10);
      if (k === 201) expect(dear[0]!.outcome).toBe('resolved');
    }
    await rig.advance(3_000);
    expect(dear.map(({ outcome }) => outcome)).toEqual(['resolved', 'resolved', 'resolved']);
    expect(provider.mostIn(1_000)).toBeLessThanOrEqual(100);
  });

  it('of one class is not passed for ever by what is cheaper', async () => {
    const { provider, rig } = await single({ limit: 10, perMs: 100, marginMs: 0 });
    rig.executeMany(10);
    const dear = rig.execute({ cost: 10 });
    const cheap = rig.executeMany(100);
    await rig.advance(100);
    expect(dear.outcome).toBe('resolved');
    await rig.advance(1_000);
    expect(cheap.every(({ outcome }) => outcome === 'resolved')).toBe(true);
    expect(provider.mostIn(100)).toBe(10);
  });

  it('of a head that waits leaves to others what it cannot use', async () => {
    const small = new Provider();
    const large = new Provider();
    const rig = await Rig.start({
      components: [
        small.spec('small', { rateLimit: { limit: 5, perMs: 1_000 } }),
        large.spec('large', { rateLimit: { limit: 50, perMs: 1_000 } }),
      ],
    });
    rig.execute({ cost: 50 });
    await rig.advance();
    const waits = rig.execute({ cost: 50 });
    const cheap = rig.executeMany(5);
    await rig.advance();
    expect(small.calls).toHaveLength(5);
    expect(cheap.every(({ outcome }) => outcome === 'resolved')).toBe(true);
    await rig.advance(1_100);
    expect(waits.outcome).toBe('resolved');
  });
});

describe('what is said of a rate limit', () => {
  it('is in the capacity, in the decisions and in the preview', async () => {
    const provider = new Provider();
    const rig = await Rig.start({
      components: [
        provider.spec('p', { rateLimit: { limit: 2, perMs: 1_000, marginMs: 0 } }),
        new Provider().spec('q', {}),
      ],
      explain: true,
      algorithm: 'round-robin',
    });
    rig.executeMany(2, { cost: 2 });
    await rig.advance(250);
    expect(rig.balancer.getComponentCapacity('p')?.rateLimits).toEqual([
      { limit: 2, perMs: 1_000, tokens: 0, readyInMs: 750 },
    ]);
    expect(rig.balancer.getComponentCapacity('q')?.rateLimits).toEqual([]);
    rig.execute({ id: 'later' });
    await rig.advance();
    const [decision] = rig.balancer.explain('later');
    expect(decision?.candidates.find(({ componentId }) => componentId === 'p')?.exclusion).toBe('rateLimited');
    const preview = inspectable(rig.balancer.actor).previewSelection({ type: 'GENERAL' });
    expect(preview.considered.find(({ componentId }) => componentId === 'p')?.excluded).toBe(
      'its rate limit (2 per 1s) has no room for a cost of 1: in 750 ms',
    );
  });

  it.each<[RateLimit | RateLimit[], string]>([
    [{ limit: 0, perMs: 1_000 }, 'limit'],
    [{ limit: 1, perMs: 0 }, 'perMs'],
    [{ limit: 1, perMs: 1_000, burst: 2 }, 'burst'],
    [{ limit: 1, perMs: 1_000, marginMs: -1 }, 'marginMs'],
    [[], 'rateLimit'],
    [
      [
        { limit: 1, perMs: 1_000 },
        { limit: 2, perMs: 1_000 },
      ],
      'perMs',
    ],
  ])('is refused where it makes no sense: %j', (rateLimit, word) => {
    expect(() => new Rig({ components: [new Provider().spec('p', { rateLimit })] })).toThrow(InvalidConfigError);
    expect(() => new Rig({ components: [new Provider().spec('p', { rateLimit })] })).toThrow(word);
  });
});
