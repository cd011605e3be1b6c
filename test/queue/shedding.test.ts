import { describe, expect, it } from 'vitest';
import { type DropCase, shouldDrop } from '../../src/queue/shedding.ts';

/** NORMAL work without a deadline that waited too long in a congested partition of a full route: dropped. */
const dropped: DropCase = {
  cls: 2,
  waitedMs: 21,
  remainingMs: undefined,
  p97ServiceMs: 50,
  congested: true,
  utilization: 0.95,
  threshold: 0.95,
  targetMs: 20,
  exempt: false,
};

const drops = (changes: Partial<DropCase>): boolean => shouldDrop({ ...dropped, ...changes });

describe('shouldDrop', () => {
  it('drops what waited longer than the target and has no deadline', () => {
    expect(drops({})).toBe(true);
    expect(drops({ waitedMs: 20 })).toBe(false);
  });

  it('judges work with a deadline by whether it can still make it, not by how long it waited', () => {
    expect(drops({ remainingMs: 49.9, waitedMs: 0 })).toBe(true);
    expect(drops({ remainingMs: 50, waitedMs: 9_999 })).toBe(false);
  });

  it('does not drop by a deadline while the service time is unknown', () => {
    expect(drops({ remainingMs: 1, p97ServiceMs: Number.NaN })).toBe(false);
  });

  it('never drops CRITICAL or re-routed work, nor anything without congestion on a full route', () => {
    expect(drops({ cls: 0 })).toBe(false);
    expect(drops({ exempt: true })).toBe(false);
    expect(drops({ congested: false })).toBe(false);
    expect(drops({ utilization: 0.949 })).toBe(false);
    for (const cls of [1, 2, 3, 4]) expect(drops({ cls })).toBe(true);
  });
});
