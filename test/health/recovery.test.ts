import { describe, expect, it } from 'vitest';
import { cooldownMs, rampAt } from '../../src/health/recovery.ts';

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

describe('rampAt', () => {
  it('rises in a straight line from 10 % to 100 %', () => {
    expect([0, 2500, 5000, 10_000, 20_000].map((elapsed) => rampAt(elapsed, 10_000))).toEqual([0.1, 0.325, 0.55, 1, 1]);
  });

  it('is over at once without a slow start, and never below its start', () => {
    expect(rampAt(0, 0)).toBe(1);
    expect(rampAt(-5, 10_000)).toBe(0.1);
  });
});
