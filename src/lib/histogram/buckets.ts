/**
 * Durations in a log-linear histogram, after HdrHistogram (Tene): each octave is cut into 64 equal buckets, so that any
 * quantile is off by at most 1/64 (1.6 %) of its value. The bucket is read off the bits of the double (exponent and the
 * top six bits of the mantissa are its number), which needs no logarithm and, unlike integer microseconds and `clz32`,
 * does not end at 2^32 µs (71 minutes).
 */

const SUB_BITS = 6;
/** The lowest bucket begins at 2^−10 ms (0.98 µs) and takes what is shorter; the last one ends at 2^27 ms (37 hours). */
const MIN_EXPONENT = -10;
const MAX_EXPONENT = 27;
/** How many buckets there are. */
export const BUCKETS = (MAX_EXPONENT - MIN_EXPONENT) << SUB_BITS;
/** Counters come in pages of four octaves: what a component's durations span as a rule. */
const PAGE_BITS = SUB_BITS + 2;
export const PER_PAGE = 1 << PAGE_BITS;
export const PAGES = Math.ceil(BUCKETS / PER_PAGE);
const FIRST = (MIN_EXPONENT + 1023) << SUB_BITS;

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
float[0] = 1;
const HIGH = words[1] === 0 ? 0 : 1; // the word with the exponent, on either byte order

/** The bucket of a duration, ms from 0. */
export function bucketOf(ms: number): number {
  float[0] = ms;
  return Math.max(0, ((words[HIGH] as number) >>> (20 - SUB_BITS)) - FIRST);
}

/** Where a bucket begins, ms. */
export function lowerEdge(bucket: number): number {
  if (bucket === 0) return 0;
  return 2 ** (MIN_EXPONENT + (bucket >> SUB_BITS)) * (1 + (bucket & 63) / 64);
}

/** The page of a bucket. */
export const pageOf = (bucket: number): number => bucket >> PAGE_BITS;
/** A bucket's place in its page. */
export const placeInPage = (bucket: number): number => bucket & (PER_PAGE - 1);
