import { describe, expect, it } from 'vitest';
import { reservoirPick } from '../../src/lib/reservoir.ts';
import { seededRandom } from '../../src/testing/seeded-random.ts';

describe('replaces', () => {
  it('lets the latest of n equals replace the one that was kept in one case of n', () => {
    for (const [drawn, verdict] of [
      [0, true],
      [0.24, true],
      [0.25, false],
      [0.26, false],
      [0.99, false],
    ] as const)
      expect(reservoirPick(4, () => drawn)).toBe(verdict);
    expect(reservoirPick(1, () => 0.999)).toBe(true);
  });

  it('keeps each of them with the same chance', () => {
    const random = seededRandom(5);
    const kept = [0, 0, 0, 0];
    for (let round = 0; round < 8_000; round++) {
      let last = 0;
      for (let n = 1; n <= 4; n++) if (reservoirPick(n, random)) last = n - 1;
      kept[last]!++;
    }
    // 2,000 each; four standard deviations are 155
    for (const times of kept) expect(Math.abs(times - 2_000)).toBeLessThan(155);
  });
});
