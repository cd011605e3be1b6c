import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ForwardDecay } from '../../src/lib/forward-decay.ts';

describe('ForwardDecay', () => {
  it('weighs as a sum would that is decayed at each step, over any gaps', () => {
    const steps = fc.array(fc.record({ gap: fc.double({ min: 0, max: 5e6, noNaN: true }), value: fc.nat(1000) }));
    fc.assert(
      fc.property(steps, (samples) => {
        const decay = new ForwardDecay(10_000);
        let stored = 0;
        decay.onRescale((by) => {
          stored *= by;
        });
        let expected = 0;
        let t = 0;
        for (const { gap, value } of samples) {
          t += gap;
          expected = expected * Math.exp(-gap / 10_000) + value;
          const weight = decay.at(t);
          stored += value * weight;
          expect(stored / weight).toBeCloseTo(expected, 6);
          expect(Math.abs(decay.inverseAt(t) * weight - 1)).toBeLessThan(1e-12);
        }
      }),
    );
  });

  it('is as exact between two exponentials as at them', () => {
    const decay = new ForwardDecay(1000);
    for (const t of [0, 0.1, 0.5, 0.999, 1, 500, 500.25, 500.9999, 501.5, 500, 499.5]) {
      expect(Math.abs(decay.at(t) / Math.exp(t / 1000) - 1)).toBeLessThan(1e-13);
      expect(Math.abs(decay.inverseAt(t) * Math.exp(t / 1000) - 1)).toBeLessThan(1e-13);
    }
    expect(decay.inverseAt(900)).toBeCloseTo(Math.exp(-0.9), 12);
  });

  it('halves in tau · ln 2', () => {
    const decay = new ForwardDecay(1000);
    expect(decay.at(0) / decay.at(1000 * Math.LN2)).toBeCloseTo(0.5, 12);
  });

  it('moves the landmark rarely, and tells where to', () => {
    const decay = new ForwardDecay(1);
    const moves: [number, number][] = [];
    decay.onRescale((by, t) => moves.push([by, t]));
    for (let t = 0; t <= 1000; t += 0.5) decay.at(t);
    expect(moves.map(([, t]) => t)).toEqual([300.5, 601, 901.5]);
    expect(moves[0]![0]).toBeCloseTo(Math.exp(-300.5), 140);
    expect(decay.at(1000)).toBeLessThan(Math.exp(300));
  });

  it('takes time that goes backwards as it is', () => {
    const decay = new ForwardDecay(1000);
    const later = decay.at(500);
    expect(decay.at(200)).toBeCloseTo(Math.exp(0.2), 12);
    expect(decay.at(500)).toBe(later);
  });

  it('survives a gap in which everything decays to nothing', () => {
    const decay = new ForwardDecay(1000);
    let stored = decay.at(0);
    decay.onRescale((by) => {
      stored *= by;
    });
    const weight = decay.at(1e9); // first of all: `stored += decay.at()` would read it unscaled
    stored += weight;
    expect(stored / decay.at(1e9)).toBe(1);
  });
});
