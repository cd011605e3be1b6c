import { describe, expect, it } from 'vitest';
import { ArrivalForecast, ScalingAdvisor } from '../../src/learning/load-forecast.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';

function forecastOf(rates: readonly number[]): ArrivalForecast {
  const forecast = new ArrivalForecast();
  for (const rate of rates) forecast.observe(rate);
  return forecast;
}

describe('ArrivalForecast', () => {
  it('knows nothing, then the one rate it saw', () => {
    expect(new ArrivalForecast().ahead()).toEqual({ expected: 0, upper: 0 });
    expect(forecastOf([50]).ahead(5)).toEqual({ expected: 50, upper: 50 });
  });

  it('is what a constant rate was', () => {
    expect(forecastOf(Array(20).fill(80)).ahead(3)).toEqual({ expected: 80, upper: 80 });
  });

  it('follows the recurrence of a damped trend', () => {
    // level 100; then 120: expected 100, level 106, trend 0.1·6; then 110: expected 106.54, level 107.578
    const forecast = forecastOf([100, 120, 110]);
    const trend = 0.1 * (107.578 - 106) + 0.9 * 0.9 * 0.6;
    expect(forecast.ahead().expected).toBeCloseTo(107.578 + 0.9 * trend, 9);
    expect(forecast.ahead(2).expected).toBeCloseTo(107.578 + (0.9 + 0.81) * trend, 9);
  });

  it('has the band of that model: the decayed mean square of its errors, wider by each cycle', () => {
    const forecast = forecastOf([100, 120, 110]);
    // errors 20, then 110 - 106.54; the older counts nine tenths of the newer
    const square = (0.9 * 20 ** 2 + 3.46 ** 2) / 1.9;
    const widthOf = (cycles: number): number => {
      const { expected, upper } = forecast.ahead(cycles);
      return ((upper - expected) / 1.645) ** 2 / square;
    };
    expect(widthOf(1)).toBeCloseTo(1, 9);
    expect(widthOf(2)).toBeCloseTo(1 + 0.327 ** 2, 9);
    expect(widthOf(3)).toBeCloseTo(1 + 0.327 ** 2 + (0.3 + 0.03 * 1.71) ** 2, 9);
  });

  it('does not extrapolate a rise for ever', () => {
    const forecast = forecastOf(Array.from({ length: 50 }, (_, k) => 100 + 10 * k));
    const soon = forecast.ahead(1).expected;
    expect(soon).toBeGreaterThan(560);
    expect(forecast.ahead(1000).expected - soon).toBeLessThan(100);
  });

  it('never expects less than nothing', () => {
    expect(forecastOf(Array.from({ length: 30 }, (_, k) => Math.max(0, 300 - 10 * k))).ahead(50).expected).toBe(0);
  });

  it('has a band that 95 % of noisy rates stay below, and that widens with the horizon', () => {
    const random = seededRandom(11);
    const forecast = new ArrivalForecast();
    let below = 0;
    let n = 0;
    for (let k = 0; k < 4000; k++) {
      // sum of twelve uniforms: normal to the eye, sd 10
      let rate = 40;
      for (let j = 0; j < 12; j++) rate += 10 * random();
      if (k > 50) {
        n++;
        if (rate <= forecast.ahead().upper) below++;
      }
      forecast.observe(rate);
    }
    expect(below / n).toBeGreaterThan(0.93);
    expect(below / n).toBeLessThan(0.97);
    const widths = [1, 2, 10].map((cycles) => forecast.ahead(cycles).upper - forecast.ahead(cycles).expected);
    expect(widths[1]).toBeGreaterThan(widths[0]!);
    expect(widths[2]).toBeGreaterThan(widths[1]!);
  });
});

describe('ScalingAdvisor', () => {
  it('recommends more at once and less after three cycles in a row', () => {
    const advisor = new ScalingAdvisor();
    const advice = [0.8, 0.81, 0.29, 0.29, 0.3, 0.29, 0.29, 0.29, 0.1, 1.2, 0.1].map((u) => advisor.advise(u));
    const none = undefined;
    expect(advice).toEqual([none, 'up', none, none, none, none, none, 'down', 'down', 'up', none]);
  });
});
