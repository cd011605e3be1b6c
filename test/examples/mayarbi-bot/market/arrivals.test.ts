import { describe, expect, it } from 'vitest';
import {
  arrivals,
  type BurstyArrivals,
  DEFAULT_BURSTS,
  indexOfDispersion,
  phaseRates,
} from '../../../../docs/examples/mayarbi-bot/market/arrivals.ts';
import { seededRandom } from '../../../../src/testing/seeded-random.ts';

const options: BurstyArrivals = { ratePerSecond: 100, ...DEFAULT_BURSTS };

/** Numbers of arrivals in consecutive windows. */
const counts = (process: BurstyArrivals, windows: number, windowSeconds: number, seed: string): number[] => {
  const result = new Array<number>(windows).fill(0);
  for (const { atMs } of arrivals(process, seededRandom(seed))) {
    const window = Math.floor(atMs / 1000 / windowSeconds);
    if (window >= windows) break;
    result[window]!++;
  }
  return result;
};

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const dispersionOf = (values: readonly number[]): number => {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1) / mean;
};

describe('bursty arrivals', () => {
  it('has phase rates whose mean, by time, is the wanted one', () => {
    const { calm, burst } = phaseRates(options);
    expect(burst / calm).toBeCloseTo(6, 12);
    expect((4 * calm + 0.5 * burst) / 4.5).toBeCloseTo(100, 12);
    expect([calm, burst].map(Math.round)).toEqual([64, 386]);
  });

  it('keeps the mean rate', () => {
    // 20,000 s: the standard error is sqrt(IDC · λ · T) / T = 1.4 % · sqrt(IDC ≈ 32) / 14 ≈ 0.4 %; five of them.
    const mean = meanOf(counts(options, 2000, 10, 'mean')) / 10;
    expect(Math.abs(mean - 100)).toBeLessThan(2);
  });

  it.each([0.1, 1, 10])('has the index of dispersion that theory gives for windows of %d s, far above 1', (window) => {
    // The ratio of a sample variance of n windows to the true one has a standard error of about sqrt(2/n), and more with
    // heavy tails and correlated windows: 20 % is several of them at n = 4000.
    const measured = dispersionOf(counts(options, 4000, window, `dispersion ${window}`));
    const expected = indexOfDispersion(options, window);
    expect(expected).toBeGreaterThan(4);
    expect(Math.abs(measured / expected - 1)).toBeLessThan(0.2);
  });

  it('is a Poisson process when bursts are no faster than the calm', () => {
    const flat = { ...options, burstFactor: 1 };
    expect(indexOfDispersion(flat, 1)).toBe(1);
    expect(Math.abs(dispersionOf(counts(flat, 4000, 1, 'flat')) - 1)).toBeLessThan(0.1);
  });

  it('spends the documented time in each phase, and arrives at each one’s rate', () => {
    let burst = 0;
    let all = 0;
    for (const { atMs, phase } of arrivals(options, seededRandom('phases'))) {
      if (atMs > 20_000_000) break;
      all++;
      if (phase === 'burst') burst++;
    }
    // Share of arrivals that fall into a burst: 0.5 · 386 / (4.5 · 100).
    expect(burst / all).toBeCloseTo(0.4286, 1);
  });

  it('goes forward in time and is the same for the same seed', () => {
    const take = (seed: string): number[] => {
      const source = arrivals(options, seededRandom(seed));
      return Array.from({ length: 1000 }, () => source.next().value.atMs);
    };
    const times = take('a');
    expect(times).toEqual(take('a'));
    expect(times).not.toEqual(take('b'));
    expect(times.every((time, i) => i === 0 || time > times[i - 1]!)).toBe(true);
  });
});
