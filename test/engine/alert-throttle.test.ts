import { describe, expect, it } from 'vitest';
import { AlertThrottle } from '../../src/engine/events/alert-throttle.ts';

const MINUTE = 60_000;
const COOLDOWN = 5 * MINUTE;

describe('AlertThrottle', () => {
  it('raises one per kind and component within the cooldown and counts the others', () => {
    const throttle = new AlertThrottle();
    const raise = (t: number, id?: string) => throttle.raise('componentFailed', id, t, COOLDOWN, 20);
    expect(raise(0, 'a')).toEqual({ raised: true, suppressed: 0 });
    expect(raise(1, 'a')).toEqual({ raised: false, suppressed: 1 });
    expect(raise(2, 'b')).toEqual({ raised: true, suppressed: 0 });
    expect(raise(3)).toEqual({ raised: true, suppressed: 0 });
    expect(throttle.raise('routeDown', undefined, 3, COOLDOWN, 20).raised).toBe(true);
    expect(raise(COOLDOWN - 1, 'a')).toEqual({ raised: false, suppressed: 2 });
    expect(raise(COOLDOWN, 'a')).toEqual({ raised: true, suppressed: 2 });
    expect(raise(COOLDOWN + 1, 'a')).toEqual({ raised: false, suppressed: 1 });
    expect([throttle.raised, throttle.suppressed]).toEqual([5, 3]);
  });

  it('raises so many an hour over all, whatever they are about', () => {
    const throttle = new AlertThrottle();
    const raise = (t: number, id: string): boolean => throttle.raise('componentFailed', id, t, COOLDOWN, 3).raised;
    expect([0, 10, 20, 30].map((t) => raise(t * MINUTE, `c${t}`))).toEqual([true, true, true, false]);
    expect(raise(60 * MINUTE - 1, 'x')).toBe(false);
    expect(raise(60 * MINUTE, 'x')).toBe(true);
    expect(raise(60 * MINUTE, 'y')).toBe(false);
    expect(raise(70 * MINUTE, 'y')).toBe(true);
  });

  it('raises none when none an hour are allowed', () => {
    expect(new AlertThrottle().raise('routeDown', undefined, 0, 0, 0)).toEqual({ raised: false, suppressed: 1 });
  });

  it.for(['highLoad', 'overload', 'shedding', 'queueNearlyFull'] as const)(
    'has a budget of each severity that %s cannot touch, however severe it is',
    (load) => {
      const throttle = new AlertThrottle();
      for (let k = 0; k < 100; k++) throttle.raise(load, `c${k}`, 0, COOLDOWN, 3, 'CRITICAL');
      for (let k = 0; k < 100; k++) throttle.raise('componentAvoided', `c${k}`, 0, COOLDOWN, 3, 'WARNING');
      for (let k = 0; k < 100; k++) throttle.raise('componentFailed', `c${k}`, 0, COOLDOWN, 3, 'ERROR');
      expect(throttle.raised).toBe(9);
      expect(throttle.raise('routeDown', undefined, 1, COOLDOWN, 3, 'CRITICAL').raised).toBe(true);
      expect(throttle.raise('componentFailed', 'late', 1, COOLDOWN, 3, 'ERROR').raised).toBe(false);
    },
  );

  it('forgets a component that has left, and no other whose name ends alike', () => {
    const throttle = new AlertThrottle();
    for (const id of ['a', 'b a']) throttle.raise('componentFailed', id, 0, COOLDOWN, 20);
    throttle.raise('routeDown', undefined, 0, COOLDOWN, 20);
    throttle.forget('a');
    expect(throttle.raise('componentFailed', 'a', 1, COOLDOWN, 20).raised).toBe(true);
    expect(throttle.raise('componentFailed', 'b a', 1, COOLDOWN, 20).raised).toBe(false);
    expect(throttle.raise('routeDown', undefined, 1, COOLDOWN, 20).raised).toBe(false);
  });
});
