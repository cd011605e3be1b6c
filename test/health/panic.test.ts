import { describe, expect, it } from 'vitest';
import { isPanic } from '../../src/health/panic.ts';

describe('isPanic', () => {
  it('begins under 50 % and ends at 60 %', () => {
    const shares = [100, 60, 50, 49, 50, 59, 60, 50, 49];
    let panic = false;
    const states = shares.map((operational) => {
      panic = isPanic(panic, operational, 100);
      return panic;
    });
    expect(states).toEqual([false, false, false, true, true, true, false, false, true]);
  });

  it('is not possible when everything is in maintenance', () => {
    expect(isPanic(true, 0, 0)).toBe(false);
  });
});
