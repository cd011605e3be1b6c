import { describe, expect, it } from 'vitest';
import { cooldownMs, earlyProbeDelayMs, rampAt } from '../../src/health/recovery.ts';

const recovery = { baseDelayMs: 1000, maxDelayMs: 30_000, jitter: 0.2 };

describe('cooldownMs', () => {
  it('doubles with each failure in a row, up to the cap', () => {
    const plain = (k: number): number => cooldownMs(k, recovery, () => 0.5);
    expect([1, 2, 3, 4, 5, 6, 7, 2000].map(plain)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('is spread by the jitter to both sides', () => {
    expect(cooldownMs(1, recovery, () => 0)).toBe(800);
    expect(cooldownMs(1, recovery, () => 1)).toBe(1200);
    expect(cooldownMs(9, recovery, () => 1)).toBe(36_000);
    expect(cooldownMs(3, { ...recovery, jitter: 0 }, () => 0.9)).toBe(4000);
  });
});

describe('impatienceMs', () => {
  it('grows with the outage and shrinks with what the component could do, √(2L/x)', () => {
    expect(earlyProbeDelayMs(8_000, 1, recovery)).toBeCloseTo(4_000, 9);
    expect(earlyProbeDelayMs(32_000, 1, recovery)).toBeCloseTo(8_000, 9);
    expect(earlyProbeDelayMs(32_000, 4, recovery)).toBeCloseTo(4_000, 9);
  });

  it('is never shorter than a first cooldown, and no bound where nothing could be done', () => {
    expect(earlyProbeDelayMs(30_000, 1_000, recovery)).toBe(1_200);
    expect(earlyProbeDelayMs(30_000, 0, recovery)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('rampAt', () => {
  it('rises in a straight line from 10 % to 100 %', () => {
    expect([0, 2500, 5000, 10_000, 20_000].map((elapsed) => rampAt(elapsed, 10_000))).toEqual([0.1, 0.325, 0.55, 1, 1]);
  });

  it('is over at once without a slow start, and never below its start', () => {
    expect(rampAt(0, 0)).toBe(1);
    expect(rampAt(-5, 10_000)).toBe(0.1);
  });
});
