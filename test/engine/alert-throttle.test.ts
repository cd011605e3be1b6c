import { describe, expect, it } from 'vitest';
import { AlertThrottle } from '../../src/engine/events/alert-throttle.ts';

const MINUTE = 60_000;
const COOLDOWN = 5 * MINUTE;

describe('AlertBook', () => {
  it('raises one per kind and component within the cooldown and counts the others', () => {
    const book = new AlertThrottle();
    const raise = (t: number, id?: string) => book.raise('componentFailed', id, t, COOLDOWN, 20);
    expect(raise(0, 'a')).toEqual({ raised: true, suppressed: 0 });
    expect(raise(1, 'a')).toEqual({ raised: false, suppressed: 1 });
    expect(raise(2, 'b')).toEqual({ raised: true, suppressed: 0 });
    expect(raise(3)).toEqual({ raised: true, suppressed: 0 });
    expect(book.raise('panic', undefined, 3, COOLDOWN, 20).raised).toBe(true);
    expect(raise(COOLDOWN - 1, 'a')).toEqual({ raised: false, suppressed: 2 });
    expect(raise(COOLDOWN, 'a')).toEqual({ raised: true, suppressed: 2 });
    expect(raise(COOLDOWN + 1, 'a')).toEqual({ raised: false, suppressed: 1 });
    expect([book.raised, book.suppressed]).toEqual([5, 3]);
  });

  it('raises so many an hour over all, whatever they are about', () => {
    const book = new AlertThrottle();
    const raise = (t: number, id: string): boolean => book.raise('componentFailed', id, t, COOLDOWN, 3).raised;
    expect([0, 10, 20, 30].map((t) => raise(t * MINUTE, `c${t}`))).toEqual([true, true, true, false]);
    expect(raise(60 * MINUTE - 1, 'x')).toBe(false);
    expect(raise(60 * MINUTE, 'x')).toBe(true);
    expect(raise(60 * MINUTE, 'y')).toBe(false);
    expect(raise(70 * MINUTE, 'y')).toBe(true);
  });

  it('raises none when none an hour are allowed', () => {
    expect(new AlertThrottle().raise('panic', undefined, 0, 0, 0)).toEqual({ raised: false, suppressed: 1 });
  });

  it('forgets a component that has left, and no other whose name ends alike', () => {
    const book = new AlertThrottle();
    for (const id of ['a', 'b a']) book.raise('componentFailed', id, 0, COOLDOWN, 20);
    book.raise('panic', undefined, 0, COOLDOWN, 20);
    book.forget('a');
    expect(book.raise('componentFailed', 'a', 1, COOLDOWN, 20).raised).toBe(true);
    expect(book.raise('componentFailed', 'b a', 1, COOLDOWN, 20).raised).toBe(false);
    expect(book.raise('panic', undefined, 1, COOLDOWN, 20).raised).toBe(false);
  });
});
