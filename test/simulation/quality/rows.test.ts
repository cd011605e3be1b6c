import { describe, expect, it } from 'vitest';
import { mustShow } from './bars.ts';
import { cases } from './cases.ts';
import { heldOut, heldOutRows } from './held-out.ts';
import { atLeast, atMost, type Bar, type Measured, measured } from './rows.ts';
import { atRail, lateMoves, reversals } from './weight-moves.ts';

const of = (bar: Bar, ...values: number[]): Measured =>
  measured({ caseId: 'any', algorithm: 'any', what: 'any', bar, measure: () => values }, () => []);

describe('a row', () => {
  it('is met when its mean is, the bar included', () => {
    expect(of(atMost(1.02), 1.01, 1.03).met).toBe(true);
    expect(of(atMost(1.02), 1.01, 1.04).met).toBe(false);
    expect(of(atLeast(0.99), 0.98, 1).met).toBe(true);
    expect(of(atLeast(0.99), 0.98, 0.99).met).toBe(false);
  });

  it('that allows for chance is met unless its whole interval lies beyond', () => {
    const bar: Bar = { ...atMost(0, 'ms'), beyondChance: true };
    expect(of(bar, -0.1, 0.2, 0.1).met).toBe(true);
    expect(of(bar, 0.09, 0.11, 0.1).met).toBe(false);
  });

  it('is grossly missed only when even its 99 % interval is', () => {
    expect(of(atMost(1), 1.01, 1.02, 1.03, 1.04).gross).toBe(false);
    expect(of(atMost(1), 1.1, 1.11, 1.12, 1.13).gross).toBe(true);
    expect(of(atLeast(1), 0.96, 0.97, 0.98, 0.99).gross).toBe(false);
    expect(of(atLeast(1), 0.9, 0.91, 0.92, 0.93).gross).toBe(true);
    expect(of(atMost(1), 0.9, 0.9, 0.9, 0.9).gross).toBe(false);
  });

  it('names a case that there is', () => {
    const ids = new Set([...cases, ...heldOut].map(({ id }) => id));
    for (const { caseId, what } of [...mustShow, ...heldOutRows]) expect(ids, what).toContain(caseId);
    expect(ids.size).toBe(cases.length + heldOut.length);
  });
});

describe('the moves of weights', () => {
  const steps = (...weights: number[]): { atMs: number; weights: Record<string, number> }[] =>
    weights.map((weight, k) => ({ atMs: k * 1000, weights: { a: weight } }));

  it('reverse when they turn', () => {
    expect(reversals(steps(1, 1.1, 1.2, 1.3, 1.4))).toBe(0);
    expect(reversals(steps(1, 1.1, 1, 1.1, 1))).toBe(0.75);
    expect(reversals([])).toBe(0);
  });

  it('are late from an instant on, counted from where they stood', () => {
    expect(lateMoves(steps(1, 1.5, 1.6, 1.7), 2000)).toBeCloseTo(0.2, 12);
    expect(lateMoves(steps(1, 1.5), 2000)).toBe(0);
  });

  it('end at a rail at 0.1 and 5', () => {
    expect(atRail({ a: 0.1, b: 5, c: 0.11, d: 4.9 })).toBe(2);
  });
});
