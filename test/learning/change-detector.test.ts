import { describe, expect, it } from 'vitest';
import { ServingState } from '../../src/fleet/component-table.ts';
import { ChangeDetector } from '../../src/learning/change-detector.ts';
import { Fleet } from '../support/fleet.ts';

function setUp(): { fleet: Fleet; watch: ChangeDetector } {
  const fleet = new Fleet();
  fleet.addMany(3);
  for (let i = 0; i < 3; i++) fleet.finish(i, 0, 1, 100);
  const watch = new ChangeDetector();
  watch.markCycle(fleet, 0);
  return { fleet, watch };
}

describe('ChangeDetector', () => {
  it('is due when a service time has more than doubled or halved since the last cycle', () => {
    for (const [relative, due] of [
      [1.5, false],
      [3.5, true],
      [0.1, true],
    ] as const) {
      const { fleet, watch } = setUp();
      fleet.finish(1, 2000, relative, 400);
      expect(watch.isDue(fleet, 2000)).toBe(due);
      watch.markCycle(fleet, 2000);
      expect(watch.isDue(fleet, 3000)).toBe(false);
    }
  });

  it('sees a shift that comes in steps, however often cycles take place', () => {
    const { fleet, watch } = setUp();
    let dueAt = 0;
    for (let t = 1000; t <= 20_000 && dueAt === 0; t += 1000) {
      fleet.finish(1, t, 4, 20);
      if (watch.isDue(fleet, t)) dueAt = t;
      watch.markCycle(fleet, t);
    }
    expect(dueAt).toBeGreaterThan(1000);
    expect(watch.isDue(fleet, dueAt + 1000)).toBe(false);
  });

  it('is due after an ejection, once, and at least a second after the last cycle', () => {
    const { fleet, watch } = setUp();
    watch.noteEjection();
    expect(watch.isDue(fleet, 999)).toBe(false);
    expect(watch.isDue(fleet, 1000)).toBe(true);
    watch.markCycle(fleet, 1000);
    expect(watch.isDue(fleet, 9000)).toBe(false);
  });

  it('looks at operational components only, and at those that were so before', () => {
    const { fleet, watch } = setUp();
    fleet.finish(1, 2000, 9, 400);
    fleet.components.setServingState(1, ServingState.isolated);
    const fresh = fleet.add();
    fleet.finish(fresh, 2000, 1, 100);
    expect(watch.isDue(fleet, 2000)).toBe(false);
    watch.markCycle(fleet, 2000);
    fleet.components.setServingState(1, ServingState.operational);
    expect(watch.isDue(fleet, 4000)).toBe(false);
  });

  it('is not due before a cycle: nothing is known that could have shifted', () => {
    const fleet = new Fleet();
    fleet.finish(fleet.add(), 0, 1, 100);
    expect(new ChangeDetector().isDue(fleet, 5000)).toBe(false);
  });

  it('counts the second from the last cycle, however late that was', () => {
    const { fleet, watch } = setUp();
    watch.markCycle(fleet, 5000);
    watch.noteEjection();
    expect(watch.isDue(fleet, 5999)).toBe(false);
    expect(watch.isDue(fleet, 6000)).toBe(true);
  });

  it('watches every component, the first and the last', () => {
    for (const i of [0, 1, 2]) {
      const { fleet, watch } = setUp();
      fleet.finish(i, 2000, 4, 400);
      expect(watch.isDue(fleet, 2000)).toBe(true);
    }
  });

  it('forgets what was usual for a component that a cycle found out of operation', () => {
    const { fleet, watch } = setUp();
    fleet.components.setServingState(1, ServingState.isolated);
    watch.markCycle(fleet, 1000);
    fleet.components.setServingState(1, ServingState.operational);
    fleet.finish(1, 2000, 9, 400);
    expect(watch.isDue(fleet, 2000)).toBe(false);
    // what it is like now counts as usual from the next cycle on
    watch.markCycle(fleet, 2000);
    fleet.finish(1, 4000, 0.1, 2000);
    expect(watch.isDue(fleet, 4000)).toBe(true);
  });

  it('takes twenty executions for evidence, and nineteen for chance', () => {
    for (const [count, enough] of [
      [19, false],
      [20, true],
    ] as const) {
      const fleet = new Fleet();
      const [usual, shifted] = fleet.addMany(2);
      fleet.finish(usual!, 0, 1, count);
      fleet.finish(shifted!, 0, 1, 100);
      const watch = new ChangeDetector();
      watch.markCycle(fleet, 0);
      // of what is usual
      fleet.finish(usual!, 2000, 9, 400);
      expect(watch.isDue(fleet, 2000)).toBe(enough);
      watch.markCycle(fleet, 2000);
      // and of a shift: by then the weight of what was before is nothing, and that of a new execution is exactly 1
      fleet.finish(shifted!, 2_000_000, 9, count);
      expect(watch.isDue(fleet, 2_000_000)).toBe(enough);
    }
  });

  it('takes a factor of 2 for no shift, and any more for one', () => {
    for (const factor of [2, 0.5]) {
      const fleet = new Fleet();
      const i = fleet.add();
      const watch = new ChangeDetector();
      fleet.finish(i, 0, 1, 29);
      watch.markCycle(fleet, 0);
      // and not quite
      fleet.finish(i, 2_000_000, factor ** 0.999, 29);
      expect(fleet.performance.serviceTime(i, 2_000_000)).toBeCloseTo(factor ** 0.999, 9);
      expect(watch.isDue(fleet, 2_000_000)).toBe(false);
      fleet.finish(i, 2_000_000, factor ** 2);
      expect(watch.isDue(fleet, 2_000_000)).toBe(true);
    }
  });
});
