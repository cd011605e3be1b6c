import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitTree } from '../../src/lib/bit-tree.ts';

const nextFrom = (model: ReadonlySet<number>, from: number): number => {
  const sorted = [...model].sort((a, b) => a - b);
  return sorted.find((at) => at >= from) ?? sorted[0] ?? -1;
};

describe('BitTree', () => {
  it('behaves as a sorted set, whatever is set, cleared and asked', () => {
    const place = fc.oneof(fc.nat(70), fc.nat(40_000), fc.constantFrom(31, 32, 1023, 1024, 32_767, 32_768));
    const steps = fc.array(fc.record({ at: place, on: fc.boolean(), from: place }), { maxLength: 120 });
    fc.assert(
      fc.property(fc.nat(2000), steps, (places, operations) => {
        const set = new BitTree(places);
        const model = new Set<number>();
        for (const { at, on, from } of operations) {
          set.set(at, on);
          if (on) model.add(at);
          else model.delete(at);
          expect(set.size).toBe(model.size);
          expect(set.has(at)).toBe(on);
          expect(set.has(from)).toBe(model.has(from));
          expect(set.nextFrom(from)).toBe(nextFrom(model, from));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('finds each of 100,000 in turn', () => {
    const set = new BitTree(100_000);
    for (let at = 3; at < 100_000; at += 7) set.set(at, true);
    let from = 0;
    for (let at = 3; at < 100_000; at += 7) {
      expect(set.nextFrom(from)).toBe(at);
      from = at + 1;
    }
    expect(set.nextFrom(from)).toBe(3);
  });

  it('is not grown by clearing what it never held', () => {
    const set = new BitTree(1);
    set.set(1_000_000_000, false);
    expect(set.has(1_000_000_000)).toBe(false);
    expect(set.nextFrom(0)).toBe(-1);
  });
});
