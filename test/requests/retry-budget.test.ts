import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RetryBudget, retryDelay } from '../../src/requests/retry-budget.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';

describe('retryDelay', () => {
  it('is uniform from 0 to a bound that doubles up to the cap', () => {
    const largest = (n: number): number => retryDelay(n, 100, 1000, () => 1);
    expect([1, 2, 3, 4, 5, 50, 2000].map(largest)).toEqual([100, 200, 400, 800, 1000, 1000, 1000]);
    expect(retryDelay(3, 100, 1000, () => 0)).toBe(0);
    expect(retryDelay(3, 100, 1000, () => 0.25)).toBe(100);
  });

  it('has the mean of a uniform one', () => {
    const random = seededRandom(1);
    let sum = 0;
    for (let k = 0; k < 10_000; k++) sum += retryDelay(1, 100, 1000, random);
    // sd of the mean: 100/sqrt(12 · 10,000) = 0.29
    expect(Math.abs(sum / 10_000 - 50)).toBeLessThan(1.5);
  });
});

describe('RetryBudget', () => {
  it('pays for one retry with five requests', () => {
    const budget = new RetryBudget(0.2, 0);
    expect(budget.tryWithdraw(0)).toBe(false);
    for (let k = 0; k < 4; k++) budget.deposit(0);
    expect(budget.tryWithdraw(0)).toBe(false);
    budget.deposit(0);
    expect(budget.tryWithdraw(0)).toBe(true);
    expect(budget.tryWithdraw(0)).toBe(false);
  });

  it('always allows ten a second, over ten seconds', () => {
    const budget = new RetryBudget(0, 10);
    let granted = 0;
    while (budget.tryWithdraw(0)) granted++;
    expect(granted).toBe(100);
    expect(budget.tryWithdraw(9_999)).toBe(false);
    while (budget.tryWithdraw(10_000)) granted++;
    expect(granted).toBe(200);
  });

  it('forgets deposits after ten seconds', () => {
    const budget = new RetryBudget(1, 0);
    budget.deposit(0);
    expect(budget.balance(9_999)).toBe(1);
    expect(budget.balance(10_000)).toBe(0);
    budget.deposit(500_000);
    expect(budget.balance(500_000)).toBe(1);
  });

  it('can be changed while it runs', () => {
    const budget = new RetryBudget(0, 0);
    budget.configure(1, 1);
    budget.deposit(0);
    expect(budget.balance(0)).toBe(11);
  });

  it('agrees with a list of what came and went, whatever happens', () => {
    const step = fc.record({
      deposit: fc.boolean(),
      wait: fc.oneof(fc.nat(3000), fc.constantFrom(0, 0, 1000, 25_000)),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), fc.constantFrom(0, 0.1), (steps, perSecond) => {
        const budget = new RetryBudget(0.25, perSecond);
        const flows: { slice: number; tokens: number }[] = [];
        let t = 0;
        for (const { deposit, wait } of steps) {
          t += wait;
          const slice = Math.floor(t / 1000);
          const balance = flows.reduce((sum, flow) => (flow.slice > slice - 10 ? sum + flow.tokens : sum), 0);
          expect(budget.balance(t)).toBeCloseTo(balance + perSecond * 10, 9);
          if (deposit) {
            budget.deposit(t);
            flows.push({ slice, tokens: 0.25 });
          } else {
            const granted = budget.tryWithdraw(t);
            expect(granted).toBe(balance + perSecond * 10 >= 1 - 1e-9);
            if (granted) flows.push({ slice, tokens: -1 });
          }
        }
      }),
    );
  });
});
