import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adjustWeights, type WeightSample } from '../../src/learning/weight-adaptation.ts';

const settings = { step: 0.1, min: 0.1, max: 5 };
const wide = { step: 1, min: 0.1, max: 5 };

/** With 900 samples three standard errors are 10 %. */
const sample = (latency: number, weight = 1, samples = 900): WeightSample => ({ latency, weight, samples });

describe('adjustWeights', () => {
  it('moves weights by the fourth root of the speed, within 0.8 to 1.25', () => {
    const weights = adjustWeights([sample(1), sample(2), sample(0.5), sample(16), sample(1 / 16)], wide);
    expect(weights[0]).toBe(1);
    expect(weights[1]).toBeCloseTo(2 ** -0.25, 12);
    expect(weights[2]).toBeCloseTo(2 ** 0.25, 12);
    expect(weights[3]).toBe(0.8);
    expect(weights[4]).toBe(1.25);
  });

  it('moves them by one step at most', () => {
    expect(adjustWeights([sample(1, 3), sample(4, 3), sample(0.25, 3)], settings)).toEqual([3, 2.9, 3.1]);
  });

  it('leaves them alone within 10 % of the median', () => {
    expect(adjustWeights([sample(1), sample(1.1), sample(0.9)], settings)).toEqual([1, 1, 1]);
    const moved = adjustWeights([sample(1), sample(1.11), sample(0.89)], settings);
    expect(moved[1]).toBeLessThan(1);
    expect(moved[2]).toBeGreaterThan(1);
  });

  it('takes as little for chance as so few samples allow: three standard errors', () => {
    const moved = (slowness: number, samples: number): boolean =>
      adjustWeights([sample(1), sample(slowness, 1, samples), sample(1)], settings)[1] !== 1;
    expect(moved(1.29, 100)).toBe(false);
    expect(moved(1.31, 100)).toBe(true);
    expect(moved(1.49, 36)).toBe(false);
    expect(moved(1.51, 36)).toBe(true);
  });

  it('leaves a fleet alone whose weights are in proportion to its speeds', () => {
    const weights = [3, 2, 2.5, 2, 1.5, 1.8, 0.5];
    expect(
      adjustWeights(
        weights.map((weight) => sample(1.9 / weight, weight)),
        settings,
      ),
    ).toEqual(weights);
  });

  it('brings wrong weights to where they belong and settles there, though latencies do not answer to weights', () => {
    const speeds = [1, 2, 0.5, 1, 1.5];
    let weights = [1, 0.3, 3, 1, 1.5];
    for (let cycle = 0; cycle < 100; cycle++) {
      weights = adjustWeights(
        weights.map((weight, k) => sample(1 / speeds[k]!, weight)),
        settings,
      );
    }
    for (const [k, weight] of weights.entries()) {
      expect(weight / speeds[k]!).toBeGreaterThan(0.9);
      expect(weight / speeds[k]!).toBeLessThan(1.11);
    }
    const settled = weights.map((weight, k) => sample(1 / speeds[k]!, weight));
    expect(adjustWeights(settled, settings)).toEqual(weights);
  });

  it('takes the middle of two for the median of an even number', () => {
    const weights = adjustWeights([sample(1), sample(3)], wide); // median 2
    expect(weights[0]).toBeCloseTo(2 ** 0.25, 12);
    expect(weights[1]).toBeCloseTo((2 / 3) ** 0.25, 12);
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
    expect(adjustWeights(slow, settings).slice(0, 2)).toEqual([0.12, 0.05]);
    expect(adjustWeights([sample(9, 9), sample(1), sample(1)], settings)[0]).toBe(8.9);
  });

  it('leaves alone what is too fast to be told from 0', () => {
    const tiny = { weight: 0.1, latency: Number.MIN_VALUE, samples: 20 };
    expect(adjustWeights([tiny, tiny], settings)).toEqual([0.1, 0.1]);
  });

  it('never moves a weight further than a step or out of the range', () => {
    const arbitrary = fc.record({
      weight: fc.double({ min: 0.1, max: 5, noNaN: true }),
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
