import { describe, expect, it } from 'vitest';
import { RoundRobin } from '../../../src/selection/algorithms/round-robin.ts';
import { ComponentSelector } from '../../../src/selection/component-selector.ts';
import { seededRandom } from '../../../src/testing/seeded-random.ts';
import { policySuite } from '../../contracts/policy.suite.ts';
import { Fleet } from '../../support/fleet.ts';

policySuite(() => new RoundRobin(), { randomTies: true, unevenness: 1 });

function setUp(n: number): { fleet: Fleet; next: () => number } {
  const fleet = new Fleet(seededRandom(3));
  fleet.addMany(n);
  const policy = new RoundRobin();
  const selector = new ComponentSelector(fleet, fleet.random);
  return { fleet, next: () => selector.select(fleet.request(), policy, 0, 0) };
}

describe('round robin', () => {
  it.each([5, 100])('goes round all %i in the order of the members', (n) => {
    const { fleet, next } = setUp(n);
    const round = Array.from({ length: 2 * n }, next);
    expect(round).toEqual([...fleet.route().members, ...fleet.route().members]);
  });

  it.each([5, 100])('gives the turn of one that is full of %i to all, not to its successor', (n) => {
    const { fleet, next } = setUp(n);
    const [, full] = fleet.route().members;
    fleet.fill(full!);
    const rest = fleet.route().members.filter((i) => i !== full);
    expect(Array.from({ length: 3 * rest.length }, next)).toEqual([...rest, ...rest, ...rest]);
  });

  it('goes on after a change of members', () => {
    const { fleet, next } = setUp(4);
    next();
    fleet.remove(fleet.route().members.at(-1)!);
    fleet.addMany(2);
    const counts = new Map<number, number>();
    for (let k = 0; k < 50; k++) {
      const i = next();
      counts.set(i, (counts.get(i) ?? 0) + 1);
    }
    expect([...counts.values()]).toEqual([10, 10, 10, 10, 10]);
  });

  it('leaves it to the sample when the one in turn may not be used', () => {
    const { fleet } = setUp(100);
    const policy = new RoundRobin();
    const selector = new ComponentSelector(fleet, fleet.random);
    const [first] = fleet.route().members;
    const i = selector.select(fleet.request({ excluded: [first!] }), policy, 0, 0);
    expect(i).not.toBe(first);
    expect(fleet.components.free[i]).toBeGreaterThan(0);
  });

  it('has nothing to say of a route that is scanned, or has no open member', () => {
    const { fleet } = setUp(3);
    const policy = new RoundRobin();
    expect(policy.selectLarge(fleet.route(), fleet, fleet.request(), { cursor: 0 })).toBe(-1);
    for (const i of fleet.addMany(70)) fleet.fill(i);
    for (const i of [0, 1, 2]) fleet.fill(i);
    expect(policy.selectLarge(fleet.route(), fleet, fleet.request(), { cursor: 0 })).toBe(-1);
  });
});
