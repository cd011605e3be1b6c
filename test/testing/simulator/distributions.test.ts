import { describe, expect, it } from 'vitest';
import {
  type Distribution,
  deterministic,
  empirical,
  exponential,
  lognormal,
  normalQuantile,
} from '../../../src/testing/simulator/distributions.ts';

/** Mean and coefficient of variation by the midpoint rule over the quantiles. */
function moments({ quantile }: Distribution): { mean: number; cv: number } {
  const n = 1_000_000;
  let sum = 0;
  let squares = 0;
  for (let k = 0; k < n; k++) {
    const x = quantile((k + 0.5) / n);
    sum += x;
    squares += x * x;
  }
  return { mean: sum / n, cv: Math.sqrt(squares / n - (sum / n) ** 2) / (sum / n) };
}

describe('service times', () => {
  it.for([
    { name: 'deterministic', distribution: deterministic(100), cv: 0 },
    { name: 'exponential', distribution: exponential(100), cv: 1 },
    { name: 'lognormal, cv 1', distribution: lognormal(100, 1), cv: 1 },
    { name: 'lognormal, cv 2', distribution: lognormal(100, 2), cv: 2 },
    { name: 'empirical', distribution: empirical([50, 150]), cv: 0.5 },
  ])('$name has its mean and spread', ({ distribution, cv }) => {
    const { mean, cv: found } = moments(distribution);
    expect(distribution.meanMs).toBeCloseTo(100, 9);
    expect(Math.abs(mean - 100)).toBeLessThan(0.1);
    // the last millionth of a lognormal with cv 2 holds a hundredth of its variance
    expect(Math.abs(found - cv)).toBeLessThan(0.02);
  });

  it('rise with the quantile', () => {
    for (const { quantile } of [exponential(1), lognormal(1, 1), empirical([3, 1, 2])]) {
      for (let k = 1; k < 100; k++) expect(quantile(k / 100)).toBeGreaterThanOrEqual(quantile((k - 1) / 100));
    }
  });

  it('can be measured ones, rescaled to another mean', () => {
    const { meanMs, quantile } = empirical([4, 1, 2, 1], 20);
    expect(meanMs).toBeCloseTo(20, 12);
    expect([0, 0.3, 0.6, 0.99].map(quantile)).toEqual([10, 10, 20, 40]);
    expect(() => empirical([])).toThrow(RangeError);
  });
});

describe('normalQuantile', () => {
  it('gives the values of the tables, in the middle and both tails', () => {
    expect(normalQuantile(0.5)).toBeCloseTo(0, 9);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963985, 8);
    expect(normalQuantile(0.01)).toBeCloseTo(-2.326347874, 8);
    expect(normalQuantile(0.999)).toBeCloseTo(3.090232306, 8);
  });

  it('stays finite at both ends', () => {
    expect(normalQuantile(0)).toBeLessThan(-6);
    expect(normalQuantile(0)).toBeGreaterThan(-7);
    expect(normalQuantile(1)).toBeCloseTo(-normalQuantile(0), 6);
  });
});
