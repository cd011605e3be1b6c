import { describe, expect, it } from 'vitest';
import { PerformanceBased } from '../../../src/selection/algorithms/performance-based.ts';
import { Pick } from '../../../src/selection/built-in-policy.ts';
import { ComponentSelector } from '../../../src/selection/component-selector.ts';
import { seededRandom } from '../../../src/testing/seeded-random.ts';
import { policySuite } from '../../contracts/policy.suite.ts';
import { Fleet } from '../../support/fleet.ts';

policySuite(() => new PerformanceBased(), { randomTies: true, unevenness: 150 });

const pick = (fleet: Fleet, t = 0, policy = new PerformanceBased()): number =>
  new ComponentSelector(fleet, fleet.random).select(fleet.request(), policy, t, 0);

describe('performance-based', () => {
  it('takes the fastest, by the prior of three executions at the mean', () => {
    const fleet = new Fleet();
    fleet.addMany(3);
    for (const [i, relative] of [1, 0.5, 1.5].entries()) fleet.finish(i, 0, relative, 20);
    expect(pick(fleet)).toBe(1);
  });

  it('sees a slow-down before the first completion', () => {
    const fleet = new Fleet();
    const [stuck, other] = fleet.addMany(2);
    fleet.finish(stuck!, 0, 0.5, 100);
    fleet.finish(other!, 0, 1, 100);
    expect(pick(fleet)).toBe(stuck);
    fleet.performance.started(stuck!, 0, 10);
    expect(pick(fleet, 2000)).toBe(other);
  });

  it('is not drawn into a black hole: errors cost more than their speed gains', () => {
    const fleet = new Fleet();
    const [good, failing] = fleet.addMany(2);
    fleet.finish(good!, 0, 1, 20);
    fleet.finish(failing!, 0, 0.2, 20, false);
    expect(pick(fleet)).toBe(good);
  });

  it('counts ramped slots, so that a warming component is not flooded', () => {
    const fleet = new Fleet();
    const [warming, steady] = fleet.addMany(2, { maxConcurrentTasks: 20 });
    fleet.finish(warming!, 0, 0.5, 200);
    fleet.finish(steady!, 0, 1, 200);
    fleet.components.setRamp(warming!, 0.1);
    // it has earned a tenth of a half with each pick of the other
    for (let k = 0; k < 60; k++) fleet.slowStart.picked(fleet.route(), steady!, 0);
    expect(pick(fleet)).toBe(warming);
    fleet.take(warming!);
    expect(pick(fleet)).toBe(warming);
    fleet.take(warming!); // a tenth of 20
    expect(pick(fleet)).toBe(steady);
  });

  describe('among costs within 10 %', () => {
    const alike = (fleet: Fleet, serves: (k: number) => string[] | undefined): number[] => {
      const members = [0, 1, 2].map((k) => fleet.add({ serves: serves(k) }));
      for (const [k, i] of members.entries()) fleet.finish(i, 0, [1, 1.08, 1.3][k]!, 50_000);
      fleet.take(members[0]!, 3);
      fleet.take(members[1]!, 2);
      return members;
    };

    it('takes turns, where they have other work to do', () => {
      const fleet = new Fleet();
      const [best, near] = alike(fleet, (k) => ['SHARED', `OWN ${k}`]);
      const request = fleet.request({ type: 'SHARED' });
      const policy = new PerformanceBased();
      const selector = new ComponentSelector(fleet, fleet.random);
      const picks = Array.from({ length: 100 }, () => selector.select(request, policy, 0, 0));
      expect(Math.abs(picks.filter((i) => i === best).length - 50)).toBeLessThanOrEqual(2);
      expect(Math.abs(picks.filter((i) => i === near).length - 50)).toBeLessThanOrEqual(2);
    });

    it('passes over whoever has less than half as much of its slots free', () => {
      const fleet = new Fleet();
      const [best, near] = alike(fleet, (k) => ['SHARED', `OWN ${k}`]);
      fleet.take(best!, 5);
      const request = fleet.request({ type: 'SHARED' });
      const policy = new PerformanceBased();
      const selector = new ComponentSelector(fleet, fleet.random);
      for (let k = 0; k < 20; k++) expect(selector.select(request, policy, 0, 0)).toBe(near);
    });

    it('takes the cheapest, where they have not', () => {
      const fleet = new Fleet();
      const [best] = alike(fleet, () => undefined);
      expect(pick(fleet)).toBe(best);
    });
  });

  it('keeps clear of scarce resources when it is sparing', () => {
    const fleet = new Fleet();
    const [busy, free] = fleet.addMany(2);
    fleet.finish(busy!, 0, 1, 1_000);
    fleet.finish(free!, 0, 1.3, 1_000);
    fleet.resources.report(busy!, { cpu: 90 }, 0);
    expect(pick(fleet)).toBe(busy);
    expect(pick(fleet, 0, new PerformanceBased({ sparing: true }))).toBe(free);
  });

  describe('among costs that cannot be told apart', () => {
    const picksOf = (fleet: Fleet, count: number): number[] => {
      const selector = new ComponentSelector(fleet, fleet.random);
      const policy = new PerformanceBased();
      const picks: number[] = Array(fleet.components.high).fill(0);
      for (let k = 0; k < count; k++) picks[selector.select(fleet.request(), policy, 0, 0)]!++;
      return picks;
    };

    it('takes turns in proportion to slots and weights', () => {
      const fleet = new Fleet();
      fleet.add({ maxConcurrentTasks: 20 });
      fleet.add({ maxConcurrentTasks: 12 });
      fleet.add({ maxConcurrentTasks: 4, weight: 2 });
      const [a, b, c] = picksOf(fleet, 400);
      expect(Math.abs(a! - 200)).toBeLessThanOrEqual(3);
      expect(Math.abs(b! - 120)).toBeLessThanOrEqual(3);
      expect(Math.abs(c! - 80)).toBeLessThanOrEqual(3);
    });

    it('begins at a random place, so that a thousand processes do not all begin with the same one', () => {
      const firsts = new Set(
        Array.from({ length: 50 }, (_, seed) => {
          const fleet = new Fleet(seededRandom(seed));
          fleet.addMany(3);
          return pick(fleet);
        }),
      );
      expect(firsts.size).toBe(3);
    });

    it('tells apart what many executions say, and not what few do', () => {
      const few = new Fleet();
      const many = new Fleet();
      for (const [fleet, count] of [
        [few, 10],
        [many, 1_000],
      ] as const) {
        for (const [k, i] of fleet.addMany(2).entries()) fleet.finish(i, 0, 1 + 0.3 * k, count);
      }
      expect(Math.min(...picksOf(few, 100))).toBeGreaterThanOrEqual(48);
      // but for a trial now and then
      expect(picksOf(many, 100)[1]).toBe(0);
    });

    it('leaves aside those that cost more, however empty', () => {
      const fleet = new Fleet();
      const [dear, full, roomy] = fleet.addMany(3);
      fleet.finish(dear!, 0, 3, 200);
      for (const i of [full!, roomy!]) fleet.finish(i, 0, 1, 200);
      fleet.take(full!, 7);
      fleet.take(roomy!);
      expect(pick(fleet)).toBe(roomy);
    });
  });

  describe('what seems slower', () => {
    const fleetWith = (relative: number): { fleet: Fleet; fast: number; slow: number } => {
      const fleet = new Fleet();
      const [fast, slow] = fleet.addMany(2);
      fleet.finish(slow!, 0, relative, 100);
      fleet.finish(fast!, 0, 1, 100);
      return { fleet, fast: fast!, slow: slow! };
    };

    it('is tried, at a cost of 1 % of the work', () => {
      const { fleet, fast, slow } = fleetWith(4);
      const policy = new PerformanceBased();
      const selector = new ComponentSelector(fleet, fleet.random);
      // long enough after, so that nothing is known of the last seconds
      const t = 40_000;
      fleet.finish(fast, t, 1, 100);
      const picks = Array.from({ length: 3_000 }, () => selector.select(fleet.request(), policy, t, 0));
      const trials = picks.filter((i) => i === slow).length;
      // each costs three more than the fast one: once in 300 and some, by what is believed of both
      expect(trials).toBeGreaterThanOrEqual(8);
      expect(trials).toBeLessThanOrEqual(20);
    });

    it('is found faster within a few trials', () => {
      const { fleet, slow } = fleetWith(10);
      for (let k = 0; k < 6; k++) fleet.finish(slow, 40_000 + 6_000 * k, 0.5);
      const { performance } = fleet;
      // three executions of the fleet's mean, 1, are part of it
      expect(performance.serviceTime(slow, 70_000)).toBeLessThan(1.2);
    });

    it('is not tried while one that is full is worth waiting for, until it is due', () => {
      const { fleet, fast, slow } = fleetWith(10);
      const t = 40_000;
      fleet.finish(fast, t, 1, 100);
      for (let k = 0; k < 40; k++) fleet.performance.started(fast, t - 5_000, 100);
      for (let k = 0; k < 40; k++) fleet.performance.stopped(fast, t - 5_000, 100);
      const policy = new PerformanceBased();
      const selector = new ComponentSelector(fleet, fleet.random);
      for (let k = 0; k < 300; k++) expect(selector.select(fleet.request(), policy, t, 0)).toBe(fast);
      fleet.fill(fast);
      expect(selector.select(fleet.request(), policy, t, 0)).toBe(Pick.hold);
      fleet.release(fast);
      let picks = 0;
      while (selector.select(fleet.request(), policy, t, 0) !== slow) picks++;
      expect(picks).toBeGreaterThan(100);
    });
  });

  it('counts what the request itself would take when it is sparing, even while nobody takes anything', () => {
    const fleet = new Fleet();
    const scarce = fleet.add({ limits: { cpu: 40 } });
    const ample = fleet.add({ limits: { cpu: 100 } });
    fleet.finish(scarce, 0, 1, 1_000);
    fleet.finish(ample, 0, 1.3, 1_000);
    const request = fleet.request({ demand: [30, 0, 0, 0] });
    const choose = (sparing: boolean): number =>
      new ComponentSelector(fleet, fleet.random).select(request, new PerformanceBased({ sparing }), 0, 0);
    expect(choose(false)).toBe(scarce);
    expect(choose(true)).toBe(ample);
  });
});
