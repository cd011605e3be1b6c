import { describe, expect, it } from 'vitest';
import { RouteHealth } from '../../src/fleet/route-health.ts';

describe('RouteHealth', () => {
  it('counts what each member does, and all of them together', () => {
    const health = new RouteHealth();
    health.clear(20);
    health.succeeded(0, 2);
    health.succeeded(20, 3);
    health.failed(20, 4, 10, true);
    expect([health.good, health.bad, health.first]).toEqual([5, 4, 4]);
    expect([health.goodOf(20), health.badOf(20), health.streakOf(20), health.streakOf(0)]).toEqual([3, 4, 1, -1]);
    health.rescale(0.5);
    expect([health.good, health.bad, health.first, health.goodOf(20), health.streakOf(20)]).toEqual([
      2.5, 2, 2, 1.5, 1,
    ]);
    health.clear(20);
    expect([health.good, health.bad, health.first, health.streakOf(20)]).toEqual([1, 0, 0, 0]);
  });

  it('takes a failure back from the row that it belongs to, and from no later one', () => {
    const health = new RouteHealth();
    health.failed(0, 1, 10, true);
    health.failed(0, 1, 20, true);
    expect(health.takeBack(0, 1, 10, 1)).toBe(true);
    expect([health.badOf(0), health.firstOf(0), health.streakOf(0)]).toEqual([1, 2, 1]);
    health.succeeded(0, 1);
    expect(health.takeBack(0, 1, 20, 1)).toBe(false);
    health.failed(0, 1, 30, true);
    expect(health.takeBack(0, 1, 20, 1)).toBe(false);
    expect([health.badOf(0), health.streakOf(0)]).toEqual([0, 1]);
  });

  it('gives it back, unless a success has come in between', () => {
    const health = new RouteHealth();
    expect(health.restore(0, 0.5, 1)).toBe(true);
    expect([health.badOf(0), health.streakOf(0)]).toEqual([0.5, 1]);
    health.succeeded(0, 1);
    expect(health.restore(0, 0.5, 1)).toBe(false);
    expect([health.badOf(0), health.bad, health.streakOf(0)]).toEqual([1, 1, -1]);
  });

  it('weighs what a member does against what its peers have done, and forgets it when nothing is left of it', () => {
    const health = new RouteHealth();
    for (let k = 0; k < 20; k++) health.succeeded(1, 1);
    expect([health.scoreOf(0), health.failuresOf(0)]).toEqual([0, 0]);
    health.failed(0, 1, 10, true);
    // its peers fail one of 40, by what is known; the next one counts this failure too
    expect(health.scoreOf(0)).toBeCloseTo(Math.log(40));
    health.failed(0, 1, 20, true);
    expect(health.scoreOf(0)).toBeCloseTo(Math.log(40) + Math.log(41 / 2));
    health.succeeded(0, 1);
    expect(health.scoreOf(0)).toBeLessThan(Math.log(0.9 * 40) + Math.log(0.9 * 20) - 2);
    expect(health.failuresOf(0)).toBe(2);
    for (let k = 0; k < 3; k++) health.succeeded(0, 1);
    expect([health.scoreOf(0), health.failuresOf(0)]).toEqual([0, 0]);
  });

  it('takes back what a failure told, and leaves alone what has come since there was no evidence', () => {
    const health = new RouteHealth();
    for (let k = 0; k < 20; k++) health.succeeded(1, 1);
    health.failed(0, 1, 10, true);
    const one = health.scoreOf(0);
    health.failed(0, 1, 20, true);
    health.takeBack(0, 1, 20, 1);
    expect(health.failuresOf(0)).toBe(1);
    expect(health.scoreOf(0)).toBeCloseTo(one);
    health.takeBack(0, 1, 5, 1);
    expect(health.failuresOf(0)).toBe(1);
    health.takeBack(0, 1, 10, 1);
    expect([health.scoreOf(0), health.failuresOf(0)]).toEqual([0, 0]);
  });

  it('learns nothing from failing where all fail', () => {
    const health = new RouteHealth();
    for (let k = 0; k < 500; k++) health.failed(1, 1, k, true);
    health.failed(0, 1, 500, true);
    expect([health.scoreOf(0), health.failuresOf(0)]).toEqual([0, 0]);
  });

  it('lengthens no row by a failure in part', () => {
    const health = new RouteHealth();
    health.failed(0, 0.4, 5, false);
    expect([health.badOf(0), health.streakOf(0)]).toEqual([0.4, 0]);
  });
});
