import { describe, expect, it } from 'vitest';
import { Chooser } from '../../src/policies/eligibility.ts';
import { PerformanceBased } from '../../src/policies/performance-based.ts';
import { policySuite } from '../contracts/policy.suite.ts';
import { Fleet } from '../support/fleet.ts';

// a slot that is free costs the same wherever it is, so that equals are filled one after the other: they are even only when
// nearly all slots are taken
policySuite(() => new PerformanceBased(), { randomTies: true, unevenness: 150, evenAt: 66 });

const pick = (fleet: Fleet, t = 0, policy = new PerformanceBased()): number =>
  new Chooser(fleet, fleet.random).choose(fleet.request(), policy, t, 0);

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
    fleet.finish(warming!, 0, 0.7, 20);
    fleet.finish(steady!, 0, 1, 20);
    fleet.components.setRamp(warming!, 0.1);
    expect(pick(fleet)).toBe(warming);
    fleet.take(warming!);
    expect(pick(fleet)).toBe(warming);
    fleet.components.free[warming!] = 1; // in panic a component may be beyond its share
    fleet.take(warming!);
    fleet.components.free[warming!] = 1;
    expect(pick(fleet)).toBe(steady); // 3/2
  });

  it('takes the one with the most room among those that cost alike, to within 10 %', () => {
    const fleet = new Fleet();
    const [best, alike, worse] = fleet.addMany(3);
    fleet.finish(best!, 0, 1, 500);
    fleet.finish(alike!, 0, 1.08, 500);
    fleet.finish(worse!, 0, 1.15, 500);
    fleet.take(best!, 3);
    fleet.take(alike!, 2);
    expect(pick(fleet)).toBe(alike);
    fleet.take(alike!, 2);
    expect(pick(fleet)).toBe(best);
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
});
