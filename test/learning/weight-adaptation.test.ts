import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adjustWeights, type WeightSample } from '../../src/learning/weight-adaptation.ts';

const settings = { step: 0.1, min: 0.1, max: 5 };
const wide = { step: 1, min: 0.1, max: 5 };

/** With 900 samples three standard errors are 10 %. */
const sample = (latency: number, weight = 1, samples = 900, configured = weight): WeightSample => ({
  latency,
  weight,
  samples,
  configured,
});

describe('adjustWeights', () => {
  it('moves weights towards what was configured, by how components perform', () => {
    const weights = adjustWeights([sample(1), sample(2, 2), sample(0.5), sample(1, 3)], { ...wide, step: 9 });
    expect(weights).toEqual([1, 1, 2, 3]);
  });

  it('moves them by one step at most', () => {
    expect(adjustWeights([sample(1, 3), sample(4, 3), sample(0.25, 3)], settings)).toEqual([3, 2.9, 3.1]);
  });

  it('leaves components that perform alike what was configured, for as long as they do', () => {
    let weights = [4, 1];
    for (let cycle = 0; cycle < 1_000; cycle++) {
      weights = adjustWeights(
        weights.map((weight, k) => sample(1 + 0.09 * Math.sin(cycle + 3 * k), weight, 900, [4, 1][k]!)),
        settings,
      );
    }
    expect(weights).toEqual([4, 1]);
  });

  it('gives back what was configured to those that perform alike again', () => {
    let weights = [4, 1.7];
    for (let cycle = 0; cycle < 10; cycle++) {
      weights = adjustWeights(
        weights.map((weight, k) => sample(1, weight, 900, [4, 1][k]!)),
        settings,
      );
    }
    expect(weights).toEqual([4, 1]);
  });

  it('takes as little for chance as so few samples allow: three standard errors', () => {
    const moved = (slowness: number, samples: number): boolean =>
      adjustWeights([sample(1), sample(slowness, 1, samples), sample(1)], settings)[1] !== 1;
    expect(moved(1.29, 100)).toBe(false);
    expect(moved(1.31, 100)).toBe(true);
    expect(moved(1.49, 36)).toBe(false);
    expect(moved(1.51, 36)).toBe(true);
  });

  it('settles where it belongs, though latencies do not answer to weights', () => {
    const speeds = [1, 2, 0.5, 1, 1.5];
    let weights = [1, 1, 1, 1, 1];
    for (let cycle = 0; cycle < 100; cycle++) {
      weights = adjustWeights(
        weights.map((weight, k) => sample(1 / speeds[k]!, weight, 900, 1)),
        settings,
      );
    }
    for (const [k, weight] of weights.entries()) {
      expect(weight / speeds[k]!).toBeGreaterThan(0.9);
      expect(weight / speeds[k]!).toBeLessThan(1.12);
    }
    const settled = weights.map((weight, k) => sample(1 / speeds[k]!, weight, 900, 1));
    expect(adjustWeights(settled, settings)).toEqual(weights);
  });

  it('takes the middle of two for the median of an even number', () => {
    const weights = adjustWeights([sample(1), sample(3)], wide); // median 2
    expect(weights[0]).toBeCloseTo(2, 12);
    expect(weights[1]).toBeCloseTo(2 / 3, 12);
  });

  it('learns nothing from fewer than 20 samples, or from one component alone', () => {
    expect(adjustWeights([sample(1), sample(9, 1, 19), sample(1)], settings)).toEqual([1, 1, 1]);
    expect(adjustWeights([sample(1), sample(9, 1, 20), sample(1)], settings)).toEqual([1, 0.9, 1]);
    expect(adjustWeights([sample(1), sample(9, 1, 19)], settings)).toEqual([1, 1]);
    expect(adjustWeights([sample(0), sample(9)], settings)).toEqual([1, 1]);
    expect(adjustWeights([], settings)).toEqual([]);
  });

  it('keeps to the range, but for what was configured outside it', () => {
    const fast = [sample(0.02, 4.95), sample(0.01, 9), sample(1), sample(1), sample(1)];
    expect(adjustWeights(fast, settings).slice(0, 2)).toEqual([5, 9]);
    const slow = [sample(90, 0.15), sample(90, 0.05), sample(1), sample(1), sample(1)];
    expect(adjustWeights(slow, settings).slice(0, 2)).toEqual([0.1, 0.05]);
    expect(adjustWeights([sample(9, 9), sample(1), sample(1)], settings)[0]).toBe(8.9);
  });

  it('never moves a weight further than a step or out of the range', () => {
    const arbitrary = fc.record({
      weight: fc.double({ min: 0.1, max: 5, noNaN: true }),
      configured: fc.double({ min: 0.1, max: 5, noNaN: true }),
      latency: fc.double({ min: 0, max: 1e6, noNaN: true }),
      samples: fc.nat(40),
    });
    fc.assert(
      fc.property(fc.array(arbitrary, { maxLength: 12 }), (samples) => {
        for (const [k, weight] of adjustWeights(samples, settings).entries()) {
          expect(Math.abs(weight - samples[k]!.weight)).toBeLessThanOrEqual(settings.step + 1e-12);
          expect(weight).toBeGreaterThanOrEqual(settings.min);
          expect(weight).toBeLessThanOrEqual(settings.max);
        }
      }),
    );
  });
});
