import type { ResolvedSettings } from '../domain/config.ts';

/** Latencies this close to the median change nothing. */
const DEAD_BAND = 0.1;
/** Fewer finished executions than this say nothing. */
const MIN_SAMPLES = 20;
/** Fourth root: a component twice as slow loses 16 %, so that weights creep where latencies jump. */
const EXPONENT = 0.25;
const MIN_FACTOR = 0.8;
const MAX_FACTOR = 1.25;

/** What a weight is adjusted by. */
export interface WeightSample {
  /** The weight as it is, above 0. */
  readonly weight: number;
  /** Recent mean latency, relative to the work's type, above 0. */
  readonly latency: number;
  /** Finished executions behind it. */
  readonly samples: number;
}

/**
 * One cycle of weight adaptation (DESIGN section 8): `w · clamp((median latency / latency)^¼, 0.8, 1.25)`, moved by at
 * most `step` and kept within `min` to `max`. Nothing changes within 10 % of the median, below 20 samples, or when
 * fewer than two components have as many. A weight configured outside the range is not moved further out, nor forced in.
 *
 * @param settings defaults: step 0.1, min 0.1, max 5.
 * @returns the new weights, in the order of the samples.
 */
export function adjustWeights(samples: readonly WeightSample[], settings: ResolvedSettings['weights']): number[] {
  const median = medianOf(samples.filter(isKnown).map((sample) => sample.latency));
  return samples.map((sample) => {
    if (median === undefined || !isKnown(sample)) return sample.weight;
    return adjusted(sample.weight, sample.latency / median, settings);
  });
}

const isKnown = (sample: WeightSample): boolean => sample.samples >= MIN_SAMPLES && sample.latency > 0;

function adjusted(weight: number, slowness: number, { step, min, max }: ResolvedSettings['weights']): number {
  if (Math.abs(slowness - 1) <= DEAD_BAND + 1e-9) return weight;
  const wanted = weight * clamp(slowness ** -EXPONENT, MIN_FACTOR, MAX_FACTOR);
  return clamp(clamp(wanted, weight - step, weight + step), Math.min(min, weight), Math.max(max, weight));
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/** Undefined for fewer than two. */
function medianOf(values: number[]): number | undefined {
  if (values.length < 2) return undefined;
  values.sort((a, b) => a - b);
  const half = values.length >> 1;
  return values.length % 2 === 1 ? values[half] : (values[half - 1]! + values[half]!) / 2;
}
