import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from '../../../src/lib/histogram/histogram.ts';
import { WindowedQuantiles } from '../../../src/lib/histogram/windowed-quantiles.ts';

describe('recent quantiles of a histogram', () => {
  it('are 0 while nothing was recorded', () => {
    const recent = new WindowedQuantiles(new LatencyHistogram(), 10_000);
    recent.advance(0);
    expect(recent.quantile(0.5)).toBe(0);
  });

  it('follow what is recorded and forget it after the window', () => {
    const histogram = new LatencyHistogram();
    const recent = new WindowedQuantiles(histogram, 10_000);
    for (let k = 0; k < 100; k++) histogram.record(10);
    recent.advance(0);
    expect(recent.quantile(0.99)).toBeCloseTo(10, 0);
    for (let t = 0; t < 30_000; t += 1_000) {
      for (let k = 0; k < 10; k++) histogram.record(200);
      recent.advance(t);
    }
    expect(recent.quantile(0.01)).toBeGreaterThan(190);
    expect(recent.quantile(0.99)).toBeLessThan(210);
    for (let t = 30_000; t < 45_000; t += 1_000) recent.advance(t);
    expect(recent.quantile(0.5)).toBe(0);
  });
});
