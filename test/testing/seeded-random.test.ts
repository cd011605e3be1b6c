import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SeededRandom, seededRandom } from '../../src/testing/seeded-random.ts';

const draw = (random: SeededRandom, n: number) => Array.from({ length: n }, () => random());
const seed = fc.oneof(fc.string(), fc.double({ noNaN: true }), fc.integer());

function correlation(a: readonly number[], b: readonly number[]): number {
  const centred = (values: readonly number[]) => values.map((value) => (value - 0.5) * Math.sqrt(12));
  const [x, y] = [centred(a), centred(b)];
  return x.reduce((sum, value, i) => sum + value * y[i]!, 0) / x.length;
}

describe('seededRandom', () => {
  it('repeats for the same seed and stays in [0, 1)', () => {
    fc.assert(
      fc.property(seed, (value) => {
        const numbers = draw(seededRandom(value), 50);
        expect(numbers).toEqual(draw(seededRandom(value), 50));
        expect(numbers.every((n) => n >= 0 && n < 1)).toBe(true);
      }),
    );
  });

  it('never changes: simulations are quoted by their seed', () => {
    expect(draw(seededRandom(1), 3)).toMatchInlineSnapshot(`
      [
        0.12324060872197151,
        0.383413391886279,
        0.3631697704549879,
      ]
    `);
    expect(draw(seededRandom('mayarbi').fork('arrivals').fork(7), 3)).toMatchInlineSnapshot(`
      [
        0.4045480201020837,
        0.09484032401815057,
        0.01591289578936994,
      ]
    `);
  });

  it('is uniform: mean, variance and sixteen bins of 200,000 numbers', () => {
    const numbers = draw(seededRandom(42), 200_000);
    const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
    const variance = numbers.reduce((a, b) => a + (b - mean) ** 2, 0) / numbers.length;
    expect(mean).toBeCloseTo(0.5, 2);
    expect(variance).toBeCloseTo(1 / 12, 3);
    const bins = new Array<number>(16).fill(0);
    for (const n of numbers) bins[Math.floor(n * 16)]!++;
    const expected = numbers.length / 16;
    const chiSquare = bins.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(37.7); // 99.9 % of chi-square with 15 degrees of freedom
  });

  it('gives unrelated streams to neighbouring seeds and to forks', () => {
    const streams = [seededRandom(0), seededRandom(1), seededRandom(2), seededRandom('1')];
    streams.push(seededRandom(0).fork('a'), seededRandom(0).fork('b'), seededRandom(0).fork('a').fork('b'));
    const numbers = streams.map((stream) => draw(stream, 20_000));
    for (const [i, a] of numbers.entries()) {
      for (const b of numbers.slice(i + 1)) expect(Math.abs(correlation(a, b))).toBeLessThan(0.035); // 5 sigma
    }
  });

  it('forks by label, whatever was drawn before', () => {
    const parent = seededRandom('x');
    const early = draw(parent.fork('service'), 5);
    draw(parent, 1000);
    expect(draw(parent.fork('service'), 5)).toEqual(early);
    expect(draw(parent.fork(1), 5)).not.toEqual(draw(parent.fork('1'), 5));
    expect(draw(seededRandom('x').fork('a/b'), 5)).not.toEqual(draw(seededRandom('x').fork('a').fork('b'), 5));
  });

  it('refuses NaN', () => {
    expect(() => seededRandom(NaN)).toThrow(RangeError);
  });
});
