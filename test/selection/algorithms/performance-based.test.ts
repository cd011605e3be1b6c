import { describe, expect, it } from 'vitest';
import { PerformanceBased } from '../../../src/selection/algorithms/performance-based.ts';
import { ComponentSelector } from '../../../src/selection/component-selector.ts';
import { policySuite } from '../../contracts/policy.suite.ts';
import { Fleet } from '../../support/fleet.ts';

// a slot that is free costs the same wherever it is, so that equals are filled one after the other: they are even only when
// nearly all slots are taken
policySuite(() => new PerformanceBased(), { randomTies: true, unevenness: 150, evenAt: 66 });

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
    fleet.finish(stuck!, 0, 0.9, 20);
    fleet.finish(other!, 0, 1, 20);
    expect(pick(fleet)).toBe(stuck);
    fleet.performance.started(stuck!, 0, 100);
    expect(pick(fleet, 1000)).toBe(other);
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
    fleet.finish(warming!, 0, 0.9, 20);
    fleet.finish(steady!, 0, 1, 20);
    fleet.components.setRamp(warming!, 0.1);
    expect(pick(fleet)).toBe(warming);
    fleet.take(warming!);
    expect(pick(fleet)).toBe(warming);
    fleet.take(warming!); // a tenth of 20
    expect(pick(fleet)).toBe(steady);
  });

  describe('among costs within 10 %', () => {
    const alike = (fleet: Fleet, serves: (k: number) => string[] | undefined): number[] => {
      const members = [0, 1, 2].map((k) => fleet.add({ serves: serves(k) }));
      for (const [k, i] of members.entries()) fleet.finish(i, 0, [1, 1.08, 1.15][k]!, 500);
      fleet.take(members[0]!, 3);
      fleet.take(members[1]!, 2);
      return members;
    };

    it('takes the one with the most room, where they have other work to do', () => {
      const fleet = new Fleet();
      const [best, near] = alike(fleet, (k) => ['SHARED', `OWN ${k}`]);
      const request = fleet.request({ type: 'SHARED' });
      const policy = new PerformanceBased();
      const selector = new ComponentSelector(fleet, fleet.random);
      expect(selector.select(request, policy, 0, 0)).toBe(near);
      fleet.take(near!, 2);
      expect(selector.select(request, policy, 0, 0)).toBe(best);
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
    fleet.finish(busy!, 0, 1, 20);
    fleet.finish(free!, 0, 1.3, 20);
    fleet.resources.report(busy!, { cpu: 90 }, 0);
    expect(pick(fleet)).toBe(busy);
    expect(pick(fleet, 0, new PerformanceBased({ sparing: true }))).toBe(free);
  });

  describe('among equal costs', () => {
    it('takes the one with the largest share of its slots free, counting the slot that it would take', () => {
      const fleet = new Fleet();
      const small = fleet.add({ maxConcurrentTasks: 2 });
      const large = fleet.add({ maxConcurrentTasks: 8 });
      fleet.take(small);
      fleet.take(large, 4);
      expect(pick(fleet)).toBe(large);
    });

    it('leaves aside those that cost more, however empty', () => {
      const fleet = new Fleet();
      const [dear, full, roomy] = fleet.addMany(3);
      fleet.finish(dear!, 0, 2, 20);
      for (const i of [full!, roomy!]) fleet.finish(i, 0, 1, 20);
      fleet.take(full!, 3);
      fleet.take(roomy!);
      expect(pick(fleet)).toBe(roomy);
    });

    it('takes any of those with as much room, each as often', () => {
      const fleet = new Fleet();
      const members = fleet.addMany(3);
      const picks = Array.from({ length: 3_000 }, () => pick(fleet));
      // four standard deviations of a binomial count
      for (const i of members) expect(Math.abs(picks.filter((one) => one === i).length - 1_000)).toBeLessThan(104);
    });
  });

  it('counts what the request itself would take when it is sparing, even while nobody takes anything', () => {
    const fleet = new Fleet();
    const scarce = fleet.add({ limits: { cpu: 40 } });
    const ample = fleet.add({ limits: { cpu: 100 } });
    fleet.finish(scarce, 0, 1, 20);
    fleet.finish(ample, 0, 1.3, 20);
    const request = fleet.request({ demand: [30, 0, 0, 0] });
    const choose = (sparing: boolean): number =>
      new ComponentSelector(fleet, fleet.random).select(request, new PerformanceBased({ sparing }), 0, 0);
    expect(choose(false)).toBe(scarce);
    expect(choose(true)).toBe(ample);
  });
});
