import { describe, expect, it } from 'vitest';
import type { Demand } from '../../../src/fleet/resource-usage.ts';
import { ResourceBased } from '../../../src/selection/algorithms/resource-based.ts';
import { Pick } from '../../../src/selection/built-in-policy.ts';
import { ComponentSelector } from '../../../src/selection/component-selector.ts';
import { policySuite } from '../../contracts/policy.suite.ts';
import { Fleet } from '../../support/fleet.ts';

policySuite(() => new ResourceBased(), { randomTies: true, unevenness: 150 });

const pick = (fleet: Fleet, demand: Demand | null = null): number =>
  new ComponentSelector(fleet, fleet.random).select(fleet.request({ demand }), new ResourceBased(), 0, 0);

describe('resource-based', () => {
  it('takes the tightest fit for a demand, so that room for large ones is left', () => {
    const fleet = new Fleet();
    fleet.addMany(3);
    fleet.resources.reserve(0, [20, 0, 0, 0]);
    fleet.resources.reserve(1, [0, 65, 0, 0]);
    fleet.resources.reserve(2, [0, 0, 40, 0]);
    expect(pick(fleet, [10, 30, 10, 0])).toBe(1); // 95 %, against 30 and 50
    expect(pick(fleet, [10, 40, 10, 0])).toBe(2); // no longer fits on 1
    expect(pick(fleet, [90, 90, 90, 90])).toBe(Pick.none);
  });

  it('counts shares of the limits, not of the machine', () => {
    const fleet = new Fleet();
    fleet.add({ limits: { cpu: 40 } });
    fleet.add({ limits: { cpu: 90 } });
    fleet.resources.reserve(1, [20, 0, 0, 0]);
    expect(pick(fleet, [30, 0, 0, 0])).toBe(0); // 30/40 against 50/90
  });

  it('packs four large demands that spreading would leave without room', () => {
    const fleet = new Fleet();
    fleet.addMany(2);
    const small: Demand = [10, 0, 0, 0];
    const large: Demand = [70, 0, 0, 0];
    for (let k = 0; k < 3; k++) fleet.resources.reserve(pick(fleet, small), small);
    for (let k = 0; k < 2; k++) {
      const i = pick(fleet, large);
      expect(i).not.toBe(Pick.none);
      fleet.resources.reserve(i, large);
    }
  });

  it('takes the most headroom without a demand, slots counted as a resource', () => {
    const fleet = new Fleet();
    fleet.addMany(3);
    fleet.resources.report(0, { memory: 50 }, 0);
    fleet.take(1, 4);
    fleet.resources.report(2, { storage: 30 }, 0);
    expect(pick(fleet)).toBe(2);
    fleet.take(2, 6);
    expect(pick(fleet)).toBe(1);
  });

  it('goes by the scarcest of a component, slots or another resource', () => {
    const fleet = new Fleet();
    fleet.addMany(2);
    fleet.resources.report(0, { memory: 50 }, 0);
    fleet.take(0, 1); // 50 % of its memory, 10 % of its slots
    fleet.take(1, 4); // 40 %
    expect(pick(fleet)).toBe(1);
    fleet.take(0, 5);
    fleet.take(1, 1);
    fleet.resources.report(1, { memory: 55 }, 0);
    expect(pick(fleet)).toBe(1); // 55 % against 60
  });

  it('breaks ties by chance, each with the same, whether a demand is given or not', () => {
    const demands: (Demand | null)[] = [null, [10, 0, 0, 0]];
    for (const demand of demands) {
      const fleet = new Fleet();
      fleet.addMany(5);
      // the third has less headroom than the others, or fits less tightly
      if (demand === null) fleet.take(2);
      else for (const i of [0, 1, 3, 4]) fleet.resources.reserve(i, [30, 0, 0, 0]);
      const selector = new ComponentSelector(fleet, fleet.random);
      const policy = new ResourceBased();
      const counts = [0, 0, 0, 0, 0];
      for (let k = 0; k < 2_000; k++) counts[selector.select(fleet.request({ demand }), policy, 0, 0)]!++;
      expect(counts[2]).toBe(0);
      // Binomial(2,000, 1/4): mean 500, sd 19
      for (const i of [0, 1, 3, 4]) expect(Math.abs(counts[i]! - 500)).toBeLessThan(80);
    }
  });
});
