import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../src/domain/config.ts';
import { ServingState } from '../../src/fleet/component-table.ts';
import { judgeOutlier, mayEject } from '../../src/health/outlier-detection.ts';
import { Fleet } from '../support/fleet.ts';

const settings = parseSettings({}).outlier;

/** Outcomes of one component, one a ms: g(ood) or b(ad). */
function judge(outcomes: string, pause = 0): string | undefined {
  const fleet = new Fleet();
  const i = fleet.add();
  for (const [t, outcome] of [...outcomes].entries()) fleet.finish(i, t, 1, 1, outcome === 'g');
  return judgeOutlier(fleet.performance, i, outcomes.length + pause, settings);
}

describe('judgeOutlier', () => {
  it('takes four failures in a row for one, whatever came before', () => {
    expect(judge('bbb')).toBeUndefined();
    expect(judge(`${'g'.repeat(100)}bbbb`)).toBe('consecutiveFailures');
    expect(judge(`${'g'.repeat(100)}bbbgbbb`)).toBeUndefined();
  });

  it('takes failures above 35 % of successes for one, from four on', () => {
    expect(judge('ggbggbggbgg')).toBeUndefined(); // three of eight
    expect(judge('ggbggbggbggbg')).toBe('failureRatio'); // four to nine: 44 %
    expect(judge('gggbgggbgggbgggb')).toBeUndefined(); // four to twelve: 33 %
  });

  it('leaves a component alone at 35 % exactly, and at a half failure below the least number', () => {
    const fleet = new Fleet();
    const i = fleet.add();
    fleet.finish(i, 0, 1, 7, false);
    fleet.finish(i, 0, 1, 20, true);
    expect(judgeOutlier(fleet.performance, i, 0, settings)).toBeUndefined();
    expect(judgeOutlier(fleet.performance, i, 0, { ...settings, failureRatio: 0.34 })).toBe('failureRatio');
    const below = { ...settings, failureRatio: 0.34, minFailures: 7.6 };
    expect(judgeOutlier(fleet.performance, i, 0, below)).toBeUndefined();
    expect(judgeOutlier(fleet.performance, i, 0, { ...below, minFailures: 7.5 })).toBe('failureRatio');
  });

  it('forgets with 5 s', () => {
    expect(judge('bgbgbgbg', 0)).toBe('failureRatio');
    expect(judge('bgbgbgbg', 5000)).toBeUndefined();
  });
});

function fleetOf(slots: readonly number[]): Fleet {
  const fleet = new Fleet();
  for (const maxConcurrentTasks of slots) fleet.add({ maxConcurrentTasks });
  return fleet;
}

function eject(fleet: Fleet, i: number): void {
  fleet.components.ejected[i] = 1;
  fleet.components.setServingState(i, ServingState.isolated);
}

describe('mayEject', () => {
  it('lets half of the components go, rounded down', () => {
    const fleet = fleetOf([10, 10, 10, 10, 10]);
    const verdicts = [0, 1, 2].map((i) => {
      const may = mayEject(fleet.components, i, settings);
      if (may) eject(fleet, i);
      return may;
    });
    expect(verdicts).toEqual([true, true, false]);
  });

  it('lets at least one go, but never one whose loss would be a panic', () => {
    expect(mayEject(fleetOf([10]).components, 0, settings)).toBe(false);
    expect(mayEject(fleetOf([10, 10]).components, 0, settings)).toBe(true);
    expect(mayEject(fleetOf([11, 10]).components, 0, settings)).toBe(false);
    expect(mayEject(fleetOf([11, 10]).components, 1, { ...settings, maxEjectedShare: 0 })).toBe(true);
  });

  it('counts what has failed for other reasons against the panic, not against the half', () => {
    const fleet = fleetOf([10, 10, 10, 10]);
    fleet.components.setServingState(3, ServingState.isolated);
    expect(mayEject(fleet.components, 0, settings)).toBe(true);
    eject(fleet, 0);
    expect(mayEject(fleet.components, 1, settings)).toBe(false);
  });

  it('has nothing to eject in a component that is not operational', () => {
    const fleet = fleetOf([10, 10, 10]);
    fleet.components.setServingState(0, ServingState.probing);
    expect(mayEject(fleet.components, 0, settings)).toBe(false);
  });

  it('never causes a panic, whatever is ejected in which order', () => {
    const slots = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(slots, fc.array(fc.nat(11), { maxLength: 30 }), (sizes, order) => {
        const fleet = fleetOf(sizes);
        const { components } = fleet;
        let ejected = 0;
        for (const pick of order) {
          const i = pick % sizes.length;
          if (!mayEject(components, i, settings)) continue;
          eject(fleet, i);
          ejected++;
        }
        expect(components.operationalSlots * 2).toBeGreaterThanOrEqual(components.countedSlots);
        expect(ejected).toBeLessThanOrEqual(Math.max(1, Math.floor(sizes.length / 2)));
      }),
    );
  });
});
