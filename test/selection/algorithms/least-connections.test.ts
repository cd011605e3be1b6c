import { describe, expect, it } from 'vitest';
import { LeastConnections } from '../../../src/selection/algorithms/least-connections.ts';
import { ComponentSelector } from '../../../src/selection/component-selector.ts';
import { policySuite } from '../../contracts/policy.suite.ts';
import { Fleet } from '../../support/fleet.ts';

policySuite(() => new LeastConnections(), { randomTies: true, unevenness: 150 });

const pick = (fleet: Fleet, cls = 2): number =>
  new ComponentSelector(fleet, fleet.random).select(fleet.request({ cls }), new LeastConnections(), 0, 0);

describe('least connections', () => {
  it('counts the request itself, so that idle components differ by what they can carry', () => {
    const fleet = new Fleet();
    fleet.add({ maxConcurrentTasks: 5 });
    fleet.add({ maxConcurrentTasks: 30 });
    expect(pick(fleet)).toBe(1);
    fleet.take(1, 5); // 6/30 against 1/5
    const ties = new Set(Array.from({ length: 50 }, () => pick(fleet)));
    expect(ties).toEqual(new Set([0, 1]));
    fleet.take(1);
    expect(pick(fleet)).toBe(0);
  });

  it('divides by the weight, and for CRITICAL and HIGH by the multiplier too', () => {
    const fleet = new Fleet();
    fleet.add({ weight: 2, priorityMultiplier: 0.8 });
    fleet.add({ weight: 1.8, priorityMultiplier: 1.2 });
    expect([0, 1, 2, 3, 4].map((cls) => pick(fleet, cls))).toEqual([1, 1, 0, 0, 0]);
  });

  it('leaves a ramp to slow start: neither the weight nor the slots are counted with it', () => {
    const fleet = new Fleet();
    const [warming] = fleet.addMany(2, { maxConcurrentTasks: 100 });
    fleet.components.setRamp(warming!, 0.5);
    const picks = Array.from({ length: 200 }, () => {
      const i = pick(fleet);
      fleet.slowStart.picked(fleet.route(), i, 0);
      return i;
    });
    // half of its fair share of a half, although it is as empty as the other
    expect(picks.filter((i) => i === warming).length).toBeCloseTo(50, -1);
  });

  it('divides by an adaptive limit beneath the capacity', () => {
    const fleet = new Fleet();
    fleet.add({ maxConcurrentTasks: 10 });
    fleet.add({ maxConcurrentTasks: 20 });
    fleet.components.setLimit(1, 4);
    expect(pick(fleet)).toBe(0);
  });
});
