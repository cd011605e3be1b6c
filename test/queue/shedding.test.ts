import { describe, expect, it } from 'vitest';
import { type DropCase, shouldDrop } from '../../src/queue/shedding.ts';

/** LOW work without a deadline that waited too long on a full route whose overload lasts: dropped. */
const dropped: DropCase = {
  cls: 3,
  waitedMs: 1_001,
  remainingMs: undefined,
  p97ServiceMs: 50,
  congested: true,
  lasting: true,
  utilization: 0.95,
  threshold: 0.95,
  targetMs: 1_000,
  exempt: false,
};

const drops = (changes: Partial<DropCase>): boolean => shouldDrop({ ...dropped, ...changes });

describe('shouldDrop', () => {
  it('drops work without a deadline that gives way, when overload has lasted and it has waited for longer than the target', () => {
    expect(drops({})).toBe(true);
    expect(drops({ waitedMs: 1_000 })).toBe(false);
    expect(drops({ congested: false })).toBe(true);
  });

  it('drops nothing that can wait for having waited', () => {
    expect(drops({ lasting: false, waitedMs: 29_999 })).toBe(false);
  });

  it('judges work with a deadline by whether it can still make it, not by how long it waited', () => {
    expect(drops({ remainingMs: 49.9, waitedMs: 0, lasting: false })).toBe(true);
    expect(drops({ remainingMs: 50, waitedMs: 9_999 })).toBe(false);
    expect(drops({ remainingMs: 49.9, congested: false })).toBe(false);
  });

  it('does not drop by a deadline while the service time is unknown', () => {
    expect(drops({ remainingMs: 1, p97ServiceMs: Number.NaN })).toBe(false);
  });

  it('never drops CRITICAL or re-routed work, nor anything unless its route is full', () => {
    expect(drops({ cls: 0 })).toBe(false);
    expect(drops({ exempt: true })).toBe(false);
    expect(drops({ utilization: 0.949 })).toBe(false);
    for (const cls of [1, 2, 3, 4]) expect(drops({ cls })).toBe(true);
  });
});
