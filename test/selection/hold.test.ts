import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServingState } from '../../src/fleet/component-table.ts';
import { Band } from '../../src/fleet/load-bands.ts';
import { PerformanceBased } from '../../src/selection/algorithms/performance-based.ts';
import { type HoldTarget, Pick, type SelectionRequest } from '../../src/selection/built-in-policy.ts';
import { ComponentSelector } from '../../src/selection/component-selector.ts';
import { Fleet } from '../support/fleet.ts';

const MEAN_MS = 100;

interface Scene {
  readonly fleet: Fleet;
  readonly fast: number;
  readonly slow: number;
  /** What the last hold was for. */
  readonly heldFor: HoldTarget;
  choose(changes?: Partial<SelectionRequest>, waiting?: number): number;
}

/**
 * A fast component whose ten slots are full, a slow one that is free, at t = 10 s, when rates have settled.
 * `startsPerSecond` went to the fast one, and `slowFactor` is how much longer the slow one takes.
 */
function scene({ slowFactor = 20, startsPerSecond = 20, meanMs = MEAN_MS } = {}): Scene {
  const fleet = new Fleet();
  const fast = fleet.add({ maxConcurrentTasks: 10 });
  const slow = fleet.add({ maxConcurrentTasks: 10 });
  for (let k = 0; k < startsPerSecond * 10; k++) {
    const t = (k * 1000) / startsPerSecond;
    fleet.performance.started(fast, t, meanMs);
    fleet.performance.stopped(fast, t, meanMs);
  }
  fleet.finish(fast, 10_000, 1, 500);
  fleet.finish(slow, 10_000, slowFactor, 10);
  fleet.take(fast, 10);
  for (let k = 0; k < 20; k++) fleet.kind().stats.finished(10_000, meanMs);
  const selector = new ComponentSelector(fleet, fleet.random);
  const policy = new PerformanceBased();
  return {
    fleet,
    fast,
    slow,
    heldFor: selector.eligibility.candidates.held,
    choose: (changes = {}, waiting = 0) => selector.select(fleet.request(changes), policy, 10_000, waiting),
  };
}

describe('hold', () => {
  it('waits for a fast component that is about to be free rather than take a slow one', () => {
    const { choose, fast, heldFor } = scene();
    expect(choose()).toBe(Pick.hold);
    expect(heldFor.component).toBe(fast);
    // R = 10 slots at about one mean service time each: the next is free after a tenth of one
    expect(heldFor.wait).toBeCloseTo(0.1, 1);
  });

  it('does not wait for a gain that is smaller than the wait', () => {
    const { choose, slow } = scene({ slowFactor: 1.05 });
    expect(choose()).toBe(slow);
  });

  it('does not wait when those behind would wait longer in sum', () => {
    const { choose, slow } = scene();
    expect(choose({}, 5)).toBe(Pick.hold);
    expect(choose({}, 500)).toBe(slow);
  });

  it('does not wait for what a rate limit lets through more slowly than slots are freed, or not at all', () => {
    const wide = scene();
    wide.fleet.rateLimits.set(wide.fast, [{ limit: 1_000, perMs: 1_000 }]);
    expect(wide.choose()).toBe(Pick.hold);
    const narrow = scene();
    narrow.fleet.rateLimits.set(narrow.fast, [{ limit: 5, perMs: 1_000 }]);
    expect(narrow.choose()).toBe(narrow.slow);
    const usedUp = scene();
    usedUp.fleet.rateLimits.set(usedUp.fast, [{ limit: 1_000, perMs: 1_000 }]);
    usedUp.fleet.rateLimits.take(usedUp.fast, 1_000, 10_000);
    expect(usedUp.choose()).toBe(usedUp.slow);
  });

  it('does not wait when the fast one cannot carry all the work', () => {
    // 100/s of 100 ms each fill ten slots
    expect(scene({ startsPerSecond: 90 }).choose()).toBe(Pick.hold);
    const overloaded = scene({ startsPerSecond: 110 });
    expect(overloaded.choose()).toBe(overloaded.slow);
  });

  it('counts work in ms, whatever its mean is', () => {
    expect(scene({ startsPerSecond: 9, meanMs: 1000 }).choose()).toBe(Pick.hold);
    const overloaded = scene({ startsPerSecond: 11, meanMs: 1000 });
    expect(overloaded.choose()).toBe(overloaded.slow);
  });

  it('weighs the gain of short work against the wait for long work', () => {
    const { fleet, choose, slow } = scene();
    fleet.add({ serves: ['SHORT'] });
    const short = fleet.kind('SHORT');
    for (let k = 0; k < 20; k++) short.stats.finished(10_000, 0.1);
    // its own service time is a thousandth: whatever it gains is less than the wait for a slot
    const workload = fleet.kind();
    expect(choose({ workload: workload })).toBe(Pick.hold);
    Object.assign(workload, { stats: short.stats });
    expect(choose({ workload: workload })).toBe(slow);
  });

  it('tells the wait in mean service times of the request', () => {
    const { fleet, choose, heldFor } = scene();
    fleet.add({ serves: ['LONG'] });
    const long = fleet.kind('LONG');
    for (let k = 0; k < 20; k++) long.stats.finished(10_000, 4 * MEAN_MS);
    const workload = fleet.kind();
    Object.assign(workload, { stats: long.stats });
    expect(choose({ workload: workload })).toBe(Pick.hold);
    // a tenth of the mean of what runs, which is a quarter of its own
    expect(heldFor.wait).toBeCloseTo(0.025, 3);
  });

  it('takes a type that is not known yet for average', () => {
    const { fleet, choose, heldFor } = scene();
    fleet.add({ serves: ['NEW'] });
    const workload = fleet.kind();
    Object.assign(workload, { stats: fleet.kind('NEW').stats });
    expect(choose({ workload: workload })).toBe(Pick.hold);
    expect(heldFor.wait).toBeCloseTo(0.1, 1);
  });

  it('needs 20 starts to know the rate, of types that are known', () => {
    const few = scene({ startsPerSecond: 1 });
    expect(few.choose()).toBe(few.slow);
    const unknown = scene({ meanMs: 0 });
    expect(unknown.choose()).toBe(unknown.slow);
  });

  it('counts starts that have only just been made in full', () => {
    for (const [starts, answers] of [
      [19, 'slow'],
      [20, 'held'],
    ] as const) {
      const { fleet, fast, slow, choose } = scene({ startsPerSecond: 0 });
      for (let k = 0; k < starts; k++) {
        fleet.performance.started(fast, 10_000, MEAN_MS);
        fleet.performance.stopped(fast, 10_000, MEAN_MS);
      }
      expect(choose()).toBe(answers === 'held' ? Pick.hold : slow);
    }
  });

  const cases: [string, (scene: Scene) => Partial<SelectionRequest>][] = [
    ['it is excluded', ({ fast }) => ({ excluded: [fast] })],
    ['the request just failed there', ({ fast }) => ({ lastFailed: fast })],
    ['the request prefers another', ({ slow }) => ({ preferred: [slow] })],
    ['an affinity leads elsewhere', () => ({ affinityKey: 'k' })],
  ];
  it.each(cases)('never waits for a component when %s', (_, changes) => {
    const one = scene();
    expect(one.choose(changes(one))).toBe(one.slow);
  });

  it('never waits for an overloaded component with LOW or MINIMAL work', () => {
    const { fleet, fast, slow, choose } = scene();
    fleet.components.setBand(fast, Band.overloaded);
    expect([0, 1, 2, 3, 4].map((cls) => choose({ cls }))).toEqual([Pick.hold, Pick.hold, Pick.hold, slow, slow]);
  });

  it('waits with LOW and MINIMAL work as well where it is not overloaded', () => {
    const { fleet, fast, choose } = scene();
    for (const band of [Band.available, Band.busy]) {
      fleet.components.setBand(fast, band);
      expect([3, 4].map((cls) => choose({ cls }))).toEqual([Pick.hold, Pick.hold]);
    }
  });

  it('never waits for a component that is not operational', () => {
    const { fleet, fast, slow, choose } = scene();
    fleet.components.setServingState(fast, ServingState.isolated);
    expect(choose()).toBe(slow);
  });

  it('never waits for a component that has a slot, but no resources for the request', () => {
    const { fleet, fast, slow, choose } = scene();
    fleet.release(fast);
    fleet.resources.reserve(fast, [80, 0, 0, 0]);
    expect(choose()).toBe(fast);
    expect(choose({ demand: [50, 0, 0, 0] })).toBe(slow);
  });

  it('never waits for a component that costs more than the one that is free', () => {
    const { fleet, fast, slow, choose } = scene();
    fleet.release(fast);
    fleet.fill(slow);
    expect(choose()).toBe(fast);
  });

  it.each([
    ['more', 40],
    ['as much', 20],
  ])('leaves full ones that cost %s out of the sum, however many slots they have', (_, factor) => {
    const { fleet, fast, choose, heldFor } = scene();
    const other = fleet.add({ maxConcurrentTasks: 1_000 });
    fleet.finish(other, 10_000, factor, 10);
    fleet.fill(other);
    expect(choose()).toBe(Pick.hold);
    expect(heldFor.component).toBe(fast);
    expect(heldFor.wait).toBeCloseTo(0.1, 1);
  });

  it.each([[[0.5, 0.7, 0.9]], [[0.7, 0.9, 0.5]], [[0.9, 0.5, 0.7]]])(
    'names the cheapest of those it waits for: of %j',
    (factors) => {
      const { fleet, choose, heldFor } = scene();
      const full = factors.map((factor) => {
        const i = fleet.add({ maxConcurrentTasks: 2 });
        fleet.finish(i, 10_000, factor, 200);
        fleet.fill(i);
        return i;
      });
      expect(choose()).toBe(Pick.hold);
      expect(heldFor.component).toBe(full[factors.indexOf(0.5)]);
    },
  );

  it('agrees with the formula of the docstring', () => {
    const scenes = fc.record({
      slowFactor: fc.double({ min: 1, max: 30, noNaN: true }),
      startsPerSecond: fc.integer({ min: 3, max: 120 }),
      waiting: fc.nat(100),
    });
    fc.assert(
      fc.property(scenes, ({ slowFactor, startsPerSecond, waiting }) => {
        const { fleet, fast, slow, choose } = scene({ slowFactor, startsPerSecond });
        const { performance } = fleet;
        const t = 10_000;
        // in mean service times, and per mean service time
        let starts = 0;
        for (let k = 0; k < startsPerSecond * 10; k++) starts += Math.exp(-(t - (k * 1000) / startsPerSecond) / t);
        const lambda = (starts * MEAN_MS) / (10_000 * (1 - 1 / Math.E));
        const cost = performance.attemptCost(slow, t);
        const s = performance.attemptCost(fast, t);
        const rate = 10 / performance.serviceTime(fast, t);
        const gain = cost - s - 1 / rate;
        const holds = starts >= 20 && s < cost && rate > lambda && gain > waiting / (rate - lambda);
        fc.pre(Math.abs(rate - lambda) > 1e-6 && Math.abs(gain - waiting / (rate - lambda)) > 1e-6);
        expect(choose({}, waiting)).toBe(holds ? Pick.hold : s < cost ? slow : expect.anything());
      }),
    );
  });
});
