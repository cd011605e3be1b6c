import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUCKETS } from '../../../src/lib/histogram/buckets.ts';
import { LatencyHistogram } from '../../../src/lib/histogram/histogram.ts';
import { RollingHistogram } from '../../../src/lib/histogram/rolling-histogram.ts';

const DAY = 86_400_000;
const duration = fc.oneof(
  fc.double({ min: 0, max: DAY, noNaN: true }),
  fc.double({ min: 0, max: 100, noNaN: true }),
  fc.integer({ min: -12, max: 26 }).map((exponent) => 2 ** exponent),
);
const durations = fc.array(duration, { minLength: 1, maxLength: 200, size: 'max' });
const share = fc.double({ min: 0, max: 1, noNaN: true });

function exactQuantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length, Math.max(1, Math.ceil(q * sorted.length))) - 1]!;
}

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

function expectWithinBucket(estimate: number, exact: number): void {
  expect(Math.abs(estimate - exact)).toBeLessThanOrEqual(Math.max(exact / 64, 0.001));
}

describe('LatencyHistogram', () => {
  it('gives every quantile within 1/64 of the order statistic', () => {
    fc.assert(
      fc.property(durations, share, (values, q) => {
        expectWithinBucket(histogramOf(values).quantile(q), exactQuantile(values, q));
      }),
      { numRuns: 1000 },
    );
  });

  it('counts exactly: count, min, max, mean, and the ends of the quantile', () => {
    fc.assert(
      fc.property(durations, (values) => {
        const histogram = histogramOf(values);
        expect(histogram.count).toBe(values.length);
        expect(histogram.min).toBe(Math.min(...values));
        expect(histogram.max).toBe(Math.max(...values));
        expect(histogram.quantile(-1)).toBe(histogram.min);
        expect(histogram.quantile(1)).toBe(histogram.max);
        expect(histogram.mean).toBeCloseTo(values.reduce((a, b) => a + b, 0) / values.length, 6);
      }),
    );
  });

  it('never gives a lower quantile for a higher share', () => {
    fc.assert(
      fc.property(durations, share, share, (values, p, q) => {
        const histogram = histogramOf(values);
        expect(histogram.quantile(Math.min(p, q))).toBeLessThanOrEqual(histogram.quantile(Math.max(p, q)));
      }),
    );
  });

  it('merges to what one histogram of everything holds, and reads two without merging', () => {
    fc.assert(
      fc.property(durations, durations, share, (left, right, q) => {
        const [a, b] = [histogramOf(left), histogramOf(right)];
        const joined = LatencyHistogram.quantileOf(q, a, b);
        a.merge(b);
        a.merge(new LatencyHistogram());
        const all = histogramOf([...left, ...right]);
        expect(joined).toBe(all.quantile(q));
        const { meanMs, ...rest } = a.toJSON();
        const { meanMs: expectedMean, ...expected } = all.toJSON();
        expect(rest).toEqual(expected);
        expect(meanMs).toBeCloseTo(expectedMean!, 6);
      }),
    );
  });

  it('counts on where a counter is full', () => {
    const histogram = histogramOf([1, 1, 1, 2]);
    // three times 2^40 ones, and 2^40 twos
    for (let k = 0; k < 40; k++) {
      const same = new LatencyHistogram();
      same.merge(histogram);
      histogram.merge(same);
    }
    expect(histogram.count).toBe(2 ** 42);
    expectWithinBucket(histogram.quantile(0.74), 1);
    expectWithinBucket(histogram.quantile(0.76), 2);
    const counts = new Float64Array(BUCKETS);
    histogram.copyCounts(counts);
    expect([...counts].filter((count) => count > 0)).toEqual([3 * 2 ** 40, 2 ** 40]);
    histogram.reset();
    histogram.record(1);
    expect([histogram.count, histogram.quantile(0.5)]).toEqual([1, 1]);
  });

  it('is as new after reset', () => {
    fc.assert(
      fc.property(durations, durations, (before, after) => {
        const histogram = histogramOf([...before, NaN]);
        histogram.reset();
        expect(histogram.toJSON()).toEqual(new LatencyHistogram().toJSON());
        for (const value of after) histogram.record(value);
        expect(histogram.toJSON()).toEqual(histogramOf(after).toJSON());
      }),
    );
  });

  it('clamps what is out of range and counts it', () => {
    const histogram = histogramOf([NaN, -1, -Infinity, Infinity, 2 * DAY, 0, 1e-9, DAY]);
    expect([histogram.count, histogram.clamped]).toEqual([8, 5]);
    expect([histogram.min, histogram.max]).toEqual([0, DAY]);
    expectWithinBucket(histogram.quantile(0.75), DAY);
  });

  it('says NaN, and null in JSON, while it is empty', () => {
    const histogram = new LatencyHistogram();
    expect([histogram.min, histogram.max, histogram.mean, histogram.quantile(0.5)]).toEqual([NaN, NaN, NaN, NaN]);
    expect(JSON.parse(JSON.stringify(histogram))).toEqual({
      count: 0,
      clamped: 0,
      minMs: null,
      meanMs: null,
      maxMs: null,
      p50Ms: null,
      p90Ms: null,
      p99Ms: null,
      p999Ms: null,
    });
    histogram.record(5);
    expect(histogram.quantile(NaN)).toBeNaN();
    expect(histogram.toJSON()).toMatchObject({ count: 1, minMs: 5, p50Ms: 5, p999Ms: 5, maxMs: 5, meanMs: 5 });
  });
});

describe('RollingHistogram', () => {
  it('forgets what is older than the window when it turns late', () => {
    const rolling = new RollingHistogram(100, 1);
    rolling.record(1, 0);
    rolling.record(2, 71);
    expect(rolling.count(99)).toBe(2);
    expect(rolling.count(101)).toBe(1);
    expect(rolling.quantile(0, 101)).toBe(2);
  });

  it('covers all of the last half window and nothing older than the window', () => {
    const sample = fc.record({ wait: fc.double({ min: 0, max: 80, noNaN: true }), ms: duration });
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 100, size: 'max' }), share, (samples, q) => {
        const window = 100;
        const ROUNDING = 1e-9; // of sums of up to 100 doubles
        const rolling = new RollingHistogram(window, 1);
        const seen: { at: number; ms: number }[] = [];
        let now = 0;
        for (const { wait, ms } of samples) {
          now += wait;
          rolling.record(ms, now);
          seen.push({ at: now, ms });
          const count = rolling.count(now);
          expect(count).toBeGreaterThanOrEqual(seen.filter((s) => s.at > now - window / 2 + ROUNDING).length);
          expect(count).toBeLessThanOrEqual(seen.filter((s) => s.at >= now - window - ROUNDING).length);
          const covered = seen.slice(-count).map((s) => s.ms);
          expectWithinBucket(rolling.quantile(q, now), exactQuantile(covered, q));
        }
      }),
    );
  });

  it('forgets after a silence, however long, without new records', () => {
    const rolling = new RollingHistogram(100);
    rolling.record(7, 1000);
    expect(rolling.quantile(0.5, 1000)).toBe(7);
    expect(rolling.quantile(0.5, 1060)).toBe(7);
    expect(rolling.quantile(0.5, 1111)).toBeNaN();
    rolling.record(9, 1112);
    expect(rolling.quantile(0.5, 1e9)).toBeNaN();
    expect(rolling.count(1e9)).toBe(0);
  });

  it('recomputes after refreshEvery records, sooner while it has few, at once for another share', () => {
    const rolling = new RollingHistogram(1e6, 64);
    rolling.record(1, 0);
    expect(rolling.quantile(0.99, 0)).toBe(1);
    for (let i = 0; i < 2000; i++) rolling.record(1, 0);
    expect(rolling.quantile(0.99, 0)).toBeCloseTo(1, 1);
    for (let i = 0; i < 63; i++) rolling.record(50, 0);
    expect(rolling.quantile(0.99, 0)).toBeCloseTo(1, 1);
    expect(rolling.quantile(0.991, 0)).toBeGreaterThan(49);
    rolling.record(50, 0);
    expect(rolling.quantile(0.99, 0)).toBeGreaterThan(49);
  });

  it('resets', () => {
    const rolling = new RollingHistogram(100);
    rolling.record(7, 1000);
    rolling.quantile(0.5, 1000);
    rolling.reset();
    expect(rolling.quantile(0.5, 1000)).toBeNaN();
  });

  it('refuses a window or a refresh that means nothing', () => {
    for (const bad of [0, -1, NaN, Infinity]) expect(() => new RollingHistogram(bad)).toThrow(RangeError);
    for (const bad of [0, -1, NaN, Infinity]) expect(() => new RollingHistogram(100, bad)).toThrow(RangeError);
  });
});
