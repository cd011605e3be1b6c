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
    expect(health.takeBack(0, 1, 10)).toBe(true);
    expect([health.badOf(0), health.firstOf(0), health.streakOf(0)]).toEqual([1, 2, 1]);
    health.succeeded(0, 1);
    expect(health.takeBack(0, 1, 20)).toBe(false);
    health.failed(0, 1, 30, true);
    expect(health.takeBack(0, 1, 20)).toBe(false);
    expect([health.badOf(0), health.streakOf(0)]).toEqual([0, 1]);
  });

  it('gives it back, unless a success has come in between', () => {
    const health = new RouteHealth();
    expect(health.restore(0, 0.5)).toBe(true);
    expect([health.badOf(0), health.streakOf(0)]).toEqual([0.5, 1]);
    health.succeeded(0, 1);
    expect(health.restore(0, 0.5)).toBe(false);
    expect([health.badOf(0), health.bad, health.streakOf(0)]).toEqual([1, 1, -1]);
  });

  it('lengthens no row by a failure in part', () => {
    const health = new RouteHealth();
    health.failed(0, 0.4, 5, false);
    expect([health.badOf(0), health.streakOf(0)]).toEqual([0.4, 0]);
  });
});
