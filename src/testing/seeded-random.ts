import type { Random } from '../domain/ports.ts';

/** A random source that can be split into independent, reproducible streams. */
export interface SeededRandom extends Random {
  (): number;
  /**
   * An independent stream for one purpose. It depends on this one's seed and the label only, not on how many numbers
   * were drawn, so that a new consumer leaves all others' numbers as they were.
   */
  fork(label: string | number): SeededRandom;
}

/**
 * A random source in [0, 1) on a grid of 2^−32, the same for the same seed on every platform: sfc32 (Doty-Humphrey,
 * PractRand; period at least 2^32, 2^127 on average), its state filled by splitmix32 (Steele, Lea and Flood 2014,
 * with the constants of MurmurHash3's finaliser). For simulations, never for secrets.
 *
 * @param seed any string, or any number but NaN; 1 and '1' are different seeds.
 * @throws RangeError when the seed is NaN: it would look seeded and is most likely a mistake.
 */
export function seededRandom(seed: number | string): SeededRandom {
  if (Number.isNaN(seed)) throw new RangeError('seed must be a string or a number, got NaN');
  return stream(keyOf(seed));
}

function stream(key: string): SeededRandom {
  const next = splitmix32(fnv1a(key, 0x811c9dc5));
  const other = splitmix32(fnv1a(key, 0x01234567)); // a second hash: 32 bits alone would let long runs meet a twin
  let a = next();
  let b = other();
  let c = next();
  let counter = 1;
  const random = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let i = 0; i < 15; i++) random(); // PractRand's own seeding discards as many
  return Object.assign(random, { fork: (label: string | number) => stream(`${key}/${keyOf(label)}`) });
}

/** Length and type first, so that no two paths of labels read the same. */
function keyOf(part: string | number): string {
  const text = String(part);
  return `${typeof part === 'string' ? 's' : 'n'}${text.length}:${text}`;
}

function fnv1a(text: string, basis: number): number {
  let hash = basis;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

function splitmix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
}
