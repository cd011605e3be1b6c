import { describe, expect, it } from 'vitest';
import { cdfOf, estimate, studentT, summarize } from '../../../src/testing/simulator/statistics.ts';

describe('studentT', () => {
  it.for([
    [1, 0.95, 12.7062],
    [2, 0.95, 4.30265],
    [5, 0.95, 2.57058],
    [9, 0.99, 3.24984],
    [30, 0.95, 2.04227],
    [200, 0.95, 1.9719],
  ] as const)('with %i degrees of freedom at %d is %d', ([degrees, level, expected]) => {
    expect(studentT(degrees, level)).toBeCloseTo(expected, 4);
  });
});

describe('estimate', () => {
  it('is the mean with its confidence interval', () => {
    const { mean, halfWidth } = estimate([1, 2, 3, 4, 5]);
    expect(mean).toBe(3);
    // t(4) = 2.776, sd = 1.581
    expect(halfWidth).toBeCloseTo(1.9632, 4);
  });

  it('leaves out runs without a value, and gives one run no interval', () => {
    expect(estimate([2, Number.NaN, 4]).mean).toBe(3);
    expect(estimate([2, Number.NaN])).toEqual({ mean: 2, halfWidth: null });
  });
});

describe('summarize', () => {
  it('is exact, by the nearest rank', () => {
    const summary = summarize(Float64Array.from({ length: 1_000 }, (_, k) => 1_000 - k));
    expect(summary).toEqual({
      count: 1_000,
      meanMs: 500.5,
      p50Ms: 500,
      p90Ms: 900,
      p99Ms: 990,
      p999Ms: 999,
      maxMs: 1_000,
    });
  });

  it('says null where there is nothing', () => {
    expect(summarize(new Float64Array(0)).p99Ms).toBeNull();
    expect(cdfOf(new Float64Array(0))).toEqual([]);
  });

  it('gives a chart its points', () => {
    const points = cdfOf(Float64Array.from({ length: 10_000 }, (_, k) => k + 1));
    expect(points.at(0)).toEqual([200, 0.02]);
    expect(points.at(-1)?.[0]).toBe(9_999);
    expect(points.every(([ms, share], k) => k === 0 || (ms >= points[k - 1]![0] && share > points[k - 1]![1]))).toBe(
      true,
    );
  });
});
