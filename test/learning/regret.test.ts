import { describe, expect, it } from 'vitest';
import { Regret } from '../../src/learning/regret.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';

describe('Regret', () => {
  it('is the share of what was paid that another would have saved', () => {
    const regret = new Regret(2);
    expect(regret.mean(1)).toBe(0);
    for (let k = 0; k < 10; k++) {
      regret.open(k, 4);
      regret.add(0, 0);
      regret.add(1, 1);
    }
    expect(regret.mean(0)).toBe(0);
    expect(regret.mean(1)).toBe(0.25);
    expect(regret.best()).toBe(1);
    expect(regret.least(1)).toBe(0.25);
  });

  it('is sure of nothing before three batches, however many picks they hold', () => {
    const regret = new Regret(1);
    for (let k = 0; k < 1000; k++) {
      regret.open(k < 500 ? 0 : 1, 1);
      regret.add(0, 1);
    }
    expect(regret.least(0)).toBe(Number.NEGATIVE_INFINITY);
    regret.open(2, 1);
    regret.add(0, 1);
    expect(regret.least(0)).toBe(1);
  });

  it('covers the truth in 95 % of cases, with few batches and with many', () => {
    const random = seededRandom(7);
    for (const batches of [3, 5, 12, 60]) {
      let above = 0;
      const runs = 4000;
      for (let run = 0; run < runs; run++) {
        const regret = new Regret(1);
        for (let b = 0; b < batches; b++) {
          // cost about 10, saved about 1; what a batch has in common makes picks within it alike
          const common = random() + random() + random() - 1.5;
          for (let k = 0; k < 20; k++) {
            regret.open(b, 10);
            regret.add(0, 1 + 4 * common + random() - 0.5);
          }
        }
        if (regret.least(0) > 0.1) above++;
      }
      // one side of the interval: 2.5 %; sd of the estimate 0.25 points, and bounded noise is not quite normal
      expect(above / runs).toBeGreaterThan(0.014);
      expect(above / runs).toBeLessThan(0.04);
    }
  });

  it('forgets what is older than 72 batches, and everything when cleared', () => {
    const regret = new Regret(1);
    for (let b = 0; b < 144; b++) {
      regret.open(b, 1);
      regret.add(0, b < 72 ? 1 : 0);
    }
    expect(regret.mean(0)).toBe(0);
    regret.clear();
    expect(regret.least(0)).toBe(Number.NEGATIVE_INFINITY);
    regret.open(0, 1);
    regret.add(0, 0.5);
    expect(regret.mean(0)).toBe(0.5);
  });
});
