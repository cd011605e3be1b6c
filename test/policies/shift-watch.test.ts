import { describe, expect, it } from 'vitest';
import { Standing } from '../../src/ledgers/component-ledger.ts';
import { ShiftWatch } from '../../src/policies/shift-watch.ts';
import { Fleet } from '../support/fleet.ts';

function setUp(): { fleet: Fleet; watch: ShiftWatch } {
  const fleet = new Fleet();
  fleet.addMany(3);
  for (let i = 0; i < 3; i++) fleet.finish(i, 0, 1, 100);
  const watch = new ShiftWatch();
  watch.cycled(fleet, 0);
  return { fleet, watch };
}

describe('ShiftWatch', () => {
  it('is due when a service time has more than doubled or halved since the last cycle', () => {
    for (const [relative, due] of [
      [1.5, false],
      [3.5, true],
      [0.1, true],
    ] as const) {
      const { fleet, watch } = setUp();
      fleet.finish(1, 2000, relative, 400);
      expect(watch.isDue(fleet, 2000)).toBe(due);
      watch.cycled(fleet, 2000);
      expect(watch.isDue(fleet, 3000)).toBe(false);
    }
  });

  it('sees a shift that comes in steps, however often cycles take place', () => {
    const { fleet, watch } = setUp();
    let dueAt = 0;
    for (let t = 1000; t <= 20_000 && dueAt === 0; t += 1000) {
      fleet.finish(1, t, 4, 20);
      if (watch.isDue(fleet, t)) dueAt = t;
      watch.cycled(fleet, t);
    }
    expect(dueAt).toBeGreaterThan(1000);
    expect(watch.isDue(fleet, dueAt + 1000)).toBe(false);
  });

  it('is due after an ejection, once, and at least a second after the last cycle', () => {
    const { fleet, watch } = setUp();
    watch.noteEjection();
    expect(watch.isDue(fleet, 999)).toBe(false);
    expect(watch.isDue(fleet, 1000)).toBe(true);
    watch.cycled(fleet, 1000);
    expect(watch.isDue(fleet, 9000)).toBe(false);
  });

  it('looks at operational components only, and at those that were so before', () => {
    const { fleet, watch } = setUp();
    fleet.finish(1, 2000, 9, 400);
    fleet.components.setStanding(1, Standing.isolated);
    const fresh = fleet.add();
    fleet.finish(fresh, 2000, 1, 100);
    expect(watch.isDue(fleet, 2000)).toBe(false);
    watch.cycled(fleet, 2000);
    fleet.components.setStanding(1, Standing.operational);
    expect(watch.isDue(fleet, 4000)).toBe(false);
  });
});
