import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Band, BandEdges, bandOf, lowerBand } from '../../src/fleet/load-bands.ts';

/** Percents, so that thresholds are in order and no rounding decides. */
const thresholds = fc
  .tuple(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 1, max: 100 }))
  .filter(([high, over]) => high < over)
  .map(([high, over]) => ({ highLoadThreshold: high / 100, overloadThreshold: over / 100 }));

describe('the load bands', () => {
  it.each([
    // capacity, from how many slots busy, overloaded
    [1, 1, 1],
    [2, 2, 2],
    [3, 3, 3],
    [5, 4, 5],
    [10, 7, 9],
    [20, 14, 18],
  ])('of %i slots begin at %i and %i with the default thresholds', (capacity, busy, overloaded) => {
    const at = { highLoadThreshold: 0.7, overloadThreshold: 0.9 };
    for (let taken = 0; taken <= capacity; taken++) {
      const expected = taken >= overloaded ? Band.overloaded : taken >= busy ? Band.busy : Band.available;
      expect(bandOf(taken, capacity, at)).toBe(expected);
    }
  });

  it.each([
    // band, sinks to busy below, to available below
    [Band.busy, 0, 6],
    [Band.overloaded, 8, 6],
  ])('of ten slots are left only a tenth of the capacity below their edge (band %i)', (band, busy, available) => {
    const at = { highLoadThreshold: 0.7, overloadThreshold: 0.9 };
    for (let taken = 0; taken <= 10; taken++) {
      const expected = taken < available ? Band.available : taken < busy ? Band.busy : band;
      expect(lowerBand(band, taken, 10, at)).toBe(expected);
    }
  });

  it('have edges in slots that say what the shares say, for every load, band and capacity', () => {
    fc.assert(
      fc.property(thresholds, fc.integer({ min: 1, max: 40 }), fc.constantFrom(0, 1, 2), (at, capacity, band) => {
        const edges = new BandEdges(at);
        edges.set(3, band, capacity);
        for (let taken = 0; taken <= capacity; taken++) {
          expect(taken >= edges.upperEdge(3), `${taken} of ${capacity} rise`).toBe(bandOf(taken, capacity, at) > band);
          expect(taken < edges.lowerEdge(3), `${taken} of ${capacity} sink`).toBe(
            lowerBand(band, taken, capacity, at) < band,
          );
        }
      }),
    );
  });
});
