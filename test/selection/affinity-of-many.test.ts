import { describe, expect, it } from 'vitest';
import { Band } from '../../src/fleet/load-bands.ts';
import { hashText, Rendezvous } from '../../src/selection/affinity.ts';
import { Eligibility } from '../../src/selection/eligibility.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';
import { Fleet } from '../support/fleet.ts';

const KEY = 'wallet 7';

/** A route too large to be scanned, and its members in the order in which the key ranks them. */
function ranked(): { fleet: Fleet; finder: Eligibility; order: number[] } {
  const fleet = new Fleet();
  fleet.addMany(80, { maxConcurrentTasks: 1 });
  const ranking = new Rendezvous();
  const rank = (i: number): number => ranking.rank(fleet.components, i, hashText(KEY));
  const order = [...fleet.route().members].sort((a, b) => rank(b) - rank(a));
  return { fleet, finder: new Eligibility(fleet, seededRandom(3)), order };
}

describe('affinity among many', () => {
  it('goes down the ranks of the key, also beyond those that are remembered, as one after the other is full', () => {
    const { fleet, finder: eligibility, order } = ranked();
    const taken = order.map(() => {
      expect(eligibility.fill(fleet.request({ affinityKey: KEY }), 0, 0)).toBe(1);
      const i = eligibility.candidates.list[0]!;
      fleet.take(i);
      return i;
    });
    expect(taken).toEqual(order);
    expect(eligibility.fill(fleet.request({ affinityKey: KEY }), 0, 0)).toBe(0);
  });

  it('passes over the overloaded with modest work, and over where it just failed, while others can be used', () => {
    const { fleet, finder: eligibility, order } = ranked();
    for (const i of order.slice(0, 20)) fleet.components.setBand(i, Band.overloaded);
    const modest = fleet.request({ affinityKey: KEY, cls: 3 });
    expect(eligibility.fill(modest, 0, 0)).toBe(1);
    expect(eligibility.candidates.list[0]).toBe(order[20]);
    expect(eligibility.fill({ ...modest, lastFailed: order[20]! }, 0, 0)).toBe(1);
    expect(eligibility.candidates.list[0]).toBe(order[21]);
    for (const i of order.slice(20)) fleet.take(i);
    expect(eligibility.fill(modest, 0, 0)).toBe(1);
    expect(eligibility.candidates.list[0]).toBe(order[0]);
  });
});
