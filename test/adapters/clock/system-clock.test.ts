import { afterEach, describe, expect, it, vi } from 'vitest';
import { backgroundClock, systemClock } from '../../../src/adapters/clock/system-clock.ts';

const LONGEST = 2 ** 31 - 1;

afterEach(() => {
  vi.useRealTimers();
});

describe('backgroundClock', () => {
  it('does what systemClock does, and holds no process', () => {
    const short = backgroundClock.setTimeout(() => {}, 5) as NodeJS.Timeout;
    const ofSystem = systemClock.setTimeout(() => {}, 5) as NodeJS.Timeout;
    expect([short.hasRef(), ofSystem.hasRef()]).toEqual([false, true]);
    backgroundClock.clearTimeout(short);
    systemClock.clearTimeout(ofSystem);

    const long = backgroundClock.setTimeout(() => {}, Infinity) as { readonly timer: NodeJS.Timeout };
    expect(long.timer.hasRef()).toBe(false);
    backgroundClock.clearTimeout(long);
  });

  it('waits longer than a Node timer can', () => {
    vi.useFakeTimers();
    const fired: string[] = [];
    backgroundClock.setTimeout(() => fired.push('long'), LONGEST + 5);
    vi.advanceTimersByTime(LONGEST + 4);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(fired).toEqual(['long']);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('systemClock', () => {
  it('tells epoch ms that never go backwards', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(10_000);
    let last = systemClock.now();
    for (let i = 0; i < 10_000; i++) {
      const now = systemClock.now();
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
  });

  it('is not moved by the wall clock', () => {
    const before = systemClock.now();
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    expect(systemClock.now() - before).toBeGreaterThanOrEqual(0);
    expect(systemClock.now() - before).toBeLessThan(10_000);
  });

  it('tells the wall clock beside it, wherever that is set', () => {
    expect(Math.abs(systemClock.wall!() - Date.now())).toBeLessThan(5);
    vi.useFakeTimers({ toFake: ['Date'], now: 86_400_000 });
    expect(systemClock.wall!()).toBe(86_400_000);
    // no more than the two can differ by being read one after the other
    vi.setSystemTime(systemClock.now());
    expect(Math.abs(systemClock.wall!() - systemClock.now())).toBeLessThan(5);
  });

  it('fires, rounds fractions up, and can be cleared', () => {
    vi.useFakeTimers();
    const fired: string[] = [];
    systemClock.setTimeout(() => fired.push('fraction'), 10.2);
    const id = systemClock.setTimeout(() => fired.push('cleared'), 5);
    systemClock.setTimeout(() => fired.push('NaN'), NaN);
    systemClock.setTimeout(() => fired.push('negative'), -5);
    systemClock.clearTimeout(id);
    systemClock.clearTimeout(undefined);
    vi.advanceTimersByTime(10);
    expect(fired).toEqual(['NaN', 'negative']);
    vi.advanceTimersByTime(1);
    expect(fired).toEqual(['NaN', 'negative', 'fraction']);
  });

  it('waits longer than a Node timer can', () => {
    vi.useFakeTimers();
    const fired: string[] = [];
    systemClock.setTimeout(() => fired.push('long'), 2 * LONGEST + 5);
    const cleared = systemClock.setTimeout(() => fired.push('cleared'), 2 * LONGEST);
    vi.advanceTimersByTime(LONGEST + 1);
    systemClock.clearTimeout(cleared);
    vi.advanceTimersByTime(LONGEST);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(4);
    expect(fired).toEqual(['long']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('never fires after Infinity', () => {
    vi.useFakeTimers();
    const id = systemClock.setTimeout(() => expect.unreachable(), Infinity);
    vi.advanceTimersByTime(3 * LONGEST);
    expect(vi.getTimerCount()).toBe(1);
    systemClock.clearTimeout(id);
    expect(vi.getTimerCount()).toBe(0);
  });
});
