import { describe, expect, it } from 'vitest';
import { LeastResponseTime } from '../../../src/selection/algorithms/least-response-time.ts';
import { ComponentSelector } from '../../../src/selection/component-selector.ts';
import { policySuite } from '../../contracts/policy.suite.ts';
import { Fleet } from '../../support/fleet.ts';

policySuite(() => new LeastResponseTime(), { randomTies: true, unevenness: 150 });

const pick = (fleet: Fleet, t = 0): number =>
  new ComponentSelector(fleet, fleet.random).select(fleet.request(), new LeastResponseTime(), t, 0);

describe('least response time', () => {
  it('takes the one with the lowest peak, while it has a slot to itself', () => {
    const fleet = new Fleet();
    fleet.addMany(3);
    for (const [i, relative] of [2, 1, 1.5].entries()) fleet.finish(i, 0, relative);
    expect(pick(fleet)).toBe(1);
    fleet.take(1, 9); // (9 + 1)/10: still within its slots
    expect(pick(fleet)).toBe(1);
  });

  it('counts a queue as time', () => {
    const fleet = new Fleet();
    const [fast, slow] = fleet.addMany(2, { maxConcurrentTasks: 10 });
    fleet.finish(fast!, 0, 1);
    fleet.finish(slow!, 0, 1.15);
    fleet.take(fast!, 9); // (9 + 1)/10
    expect(pick(fleet)).toBe(fast);
    // a component whose slots were lowered may be beyond its share: (11 + 1)/10
    fleet.take(fast!);
    fleet.components.free[fast!] = 1;
    fleet.take(fast!);
    fleet.components.free[fast!] = 1;
    expect(pick(fleet)).toBe(slow);
  });

  it('tries an unknown one with one request, then waits for what comes back', () => {
    const fleet = new Fleet();
    const [known, unknown] = fleet.addMany(2);
    fleet.finish(known!, 0, 50);
    expect(pick(fleet)).toBe(unknown);
    fleet.take(unknown!);
    expect(pick(fleet)).toBe(known);
  });

  it('spreads work over unknown ones by their load', () => {
    const fleet = new Fleet();
    fleet.addMany(3);
    fleet.take(0, 2);
    fleet.take(1, 1);
    fleet.take(2, 3);
    expect(pick(fleet)).toBe(1);
  });

  it('is not attracted by fast failures', () => {
    const fleet = new Fleet();
    const [good, failing] = fleet.addMany(2);
    fleet.finish(good!, 0, 1);
    fleet.finish(failing!, 0, 2);
    fleet.finish(failing!, 0, 0.001, 50, false);
    expect(pick(fleet)).toBe(good);
  });

  it('forgets a peak with 10 s', () => {
    const fleet = new Fleet();
    const [steady, spiked] = fleet.addMany(2);
    fleet.finish(spiked!, 0, 3);
    fleet.finish(steady!, 0, 1);
    expect(pick(fleet, 0)).toBe(steady);
    fleet.finish(steady!, 12_000, 1);
    expect(pick(fleet, 12_000)).toBe(spiked); // 3 · e^-1.2 = 0.90
  });
});
