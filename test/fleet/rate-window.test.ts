import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateWindow } from '../../src/fleet/rate-window.ts';

const window = (limit: number, perMs: number, burst = limit): RateWindow =>
  new RateWindow({ limit, perMs, lengthMs: perMs, burst });

interface Start {
  readonly at: number;
  readonly cost: number;
}

/** The most that starts within any stretch of that length. */
function mostIn(starts: readonly Start[], lengthMs: number): number {
  let most = 0;
  let sum = 0;
  let first = 0;
  for (const { at, cost } of starts) {
    sum += cost;
    while (starts[first]!.at + lengthMs <= at) sum -= starts[first++]!.cost;
    most = Math.max(most, sum);
  }
  return most;
}

describe('a rate window', () => {
  it('lets nothing start too many, and refuses nothing that its limit allows', () => {
    const step = fc.record({
      after: fc.constantFrom(0, 0, 1, 3.5, 40, 300),
      cost: fc.constantFrom(0, 1, 1, 2, 7, 0.5),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(step, { maxLength: 200 }), (limit, steps) => {
        const rate = window(limit, 100);
        const starts: Start[] = [];
        let t = 0;
        for (const { after, cost } of steps) {
          t += after;
          const fits = mostIn([...starts.filter(({ at }) => at + 100 > t), { at: t, cost }], 100) <= limit;
          expect(rate.fits(cost, t)).toBe(fits);
          if (!fits) continue;
          rate.take(cost, t);
          starts.push({ at: t, cost });
        }
        expect(mostIn(starts, 100)).toBeLessThanOrEqual(limit);
      }),
      { numRuns: 1_000 },
    );
  });

  it('tells when it will have room: then, and not before', () => {
    const cost = fc.constantFrom(0.5, 1, 3, 5);
    fc.assert(
      fc.property(
        fc.array(fc.record({ after: fc.integer({ min: 0, max: 60 }), cost }), { maxLength: 60 }),
        cost,
        fc.constantFrom(2, 5),
        (takes, wanted, burst) => {
          const rate = window(5, 100, burst);
          let t = 0;
          for (const take of takes) {
            t += take.after;
            if (rate.fits(take.cost, t)) rate.take(take.cost, t);
          }
          const at = rate.readyAt(wanted, t);
          if (wanted > burst) expect(at).toBe(Number.POSITIVE_INFINITY);
          else {
            if (at > t) expect(rate.fits(wanted, at - 0.01)).toBe(false);
            expect(rate.fits(wanted, at)).toBe(true);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('is on the safe side where it takes many starts together', () => {
    const rate = window(30_000, 1_000);
    const starts: Start[] = [];
    for (let t = 0; t < 4_000; t += 0.01) {
      if (!rate.fits(1, t)) continue;
      rate.take(1, t);
      starts.push({ at: t, cost: 1 });
    }
    expect(mostIn(starts, 1_000)).toBeLessThanOrEqual(30_000);
    expect(starts.length).toBeGreaterThan(0.97 * 30_000 * 4);
  });

  it('starts no more at once than its burst, and then at the rate of its limit', () => {
    const rate = window(100, 1_000, 5);
    const starts: Start[] = [];
    for (let t = 0; t < 1_000; t++)
      while (rate.fits(1, t)) {
        rate.take(1, t);
        starts.push({ at: t, cost: 1 });
      }
    expect(mostIn(starts, 1)).toBe(5);
    expect(starts.length).toBe(100);
    expect(mostIn(starts, 100)).toBeLessThanOrEqual(15);
  });

  it('counts from when something has started rather than from when it was taken', () => {
    const rate = window(2, 100);
    rate.take(1, 0);
    rate.take(1, 10);
    rate.startedLate(10, 60);
    expect(rate.readyAt(1, 60)).toBe(100);
    expect(rate.readyAt(2, 60)).toBe(160);
    rate.startedLate(0, 90);
    expect(rate.readyAt(1, 90)).toBe(190);
  });

  it('remembers when its limit changes', () => {
    const before = window(10, 100);
    for (let t = 0; t < 80; t += 10) before.take(1, t);
    const rate = window(4, 100);
    rate.adopt(before);
    expect(rate.tokens(80)).toBe(0);
    expect(rate.readyAt(1, 80)).toBe(140);
    expect(rate.readyAt(4, 80)).toBe(170);
  });

  it('does not lose count however long it is in use', () => {
    const rate = window(1, 10);
    for (let k = 0; k < 100_000; k++) rate.take(0.1, k);
    expect(rate.tokens(99_999)).toBeCloseTo(0, 6);
    expect(rate.tokens(100_009)).toBe(1);
  });
});
