import { describe, expect, it } from 'vitest';
import { BATCH_MS, ObservationWindows } from '../../src/learning/observation-windows.ts';
import { Fleet } from '../support/fleet.ts';

/** Batches of picks, and the statistics of a fleet of one. */
function ofOne(kept: number) {
  const fleet = new Fleet();
  fleet.addMany(1);
  const { performance } = fleet;
  const batches = new ObservationWindows(kept);
  return { performance, batches, advance: (t: number) => batches.advance(t, performance) };
}

describe('Batches', () => {
  it('begins with the first pick, and ends a batch as soon as it has lasted its time', () => {
    const { batches, advance } = ofOne(4);
    const open = [1000, 999 + BATCH_MS, 1000 + BATCH_MS, 999 + 2 * BATCH_MS, 1000 + 2 * BATCH_MS].map((t) => {
      advance(t);
      return batches.open;
    });
    expect(open).toEqual([0, 0, 1, 1, 2]);
  });

  it('ends one batch, however late, and lets the next last its time from then on', () => {
    const { batches, advance } = ofOne(4);
    for (const t of [0, 60_000, 59_999 + BATCH_MS]) advance(t);
    expect(batches.open).toBe(1);
    expect(batches.snapshotOf(0)?.at).toBe(60_000);
    advance(60_000 + BATCH_MS);
    expect(batches.open).toBe(2);
  });

  it('knows no mark of a batch that is open or to come', () => {
    const { batches, advance } = ofOne(4);
    advance(0);
    expect([0, 1].map((n) => batches.snapshotOf(n))).toEqual([undefined, undefined]);
    advance(BATCH_MS);
    expect([0, 1, 2].map((n) => batches.snapshotOf(n)?.at)).toEqual([BATCH_MS, undefined, undefined]);
  });

  it('remembers the ends of so many batches, and no older ones', () => {
    const { batches, advance } = ofOne(3);
    for (let n = 0; n <= 5; n++) advance(n * BATCH_MS);
    expect([0, 1, 2, 3, 4, 5].map((n) => batches.snapshotOf(n)?.at)).toEqual([
      undefined,
      undefined,
      3 * BATCH_MS,
      4 * BATCH_MS,
      5 * BATCH_MS,
      undefined,
    ]);
  });

  it('marks what was known at the end of each batch', () => {
    const { performance, batches, advance } = ofOne(2);
    advance(0);
    performance.recordExecution(0, BATCH_MS, 100, 1, true);
    advance(BATCH_MS);
    for (let n = 0; n < 4; n++) performance.recordExecution(0, 2 * BATCH_MS, 100, 1, true);
    advance(2 * BATCH_MS);
    const since = [0, 1].map((n) => performance.finishedSince(batches.snapshotOf(n)!, 2 * BATCH_MS));
    expect(since[0]).toBeCloseTo(4, 9);
    expect(since[1]).toBeCloseTo(0, 9);
  });
});
