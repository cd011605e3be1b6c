import type { ResolvedSettings } from '../domain/settings.ts';

/** Components this close to the median need no change. */
const DEAD_BAND = 0.1;
/**
 * The dead band is at least this many standard errors wide. Every component is judged in every cycle for as long as the
 * process lives: 2 would take chance for a difference every twentieth time, 3 does so about once in 400.
 */
const SIGNIFICANCE = 3;
/** Standard deviation of service times over their mean, as far as is assumed: that of an exponential. */
const ASSUMED_CV = 1;
/** Fewer finished executions than this say nothing. */
const MIN_SAMPLES = 20;
/** Fourth root: a component that is given twice its due loses 16 %, so that weights creep where latencies jump. */
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
 * One cycle of weight adaptation: `w · clamp((median excess / excess)^¼, 0.8, 1.25)`, moved by at most
 * `step` and kept within `min` to `max`. A component's *excess* is `weight · latency`: the weight says how much work a slot
 * is thought to do, 1/latency how much it does. With late binding nothing queues at a component, so that its latency
 * does not depend on its weight. A rule that compared latencies alone would therefore go on until it reached `min` and
 * `max`; this one ends with weights in proportion to speeds.
 *
 * Nothing changes within 10 % of the median or three standard errors (of a mean of exponential times), whichever is
 * more; below 20 samples; or when fewer than two components have as many. A weight configured outside the range is not
 * moved further out, nor forced in.
 *
 * @param settings defaults: step 0.1, min 0.1, max 5.
 * @returns the new weights, in the order of the samples.
 */
export function adjustWeights(samples: readonly WeightSample[], settings: ResolvedSettings['weights']): number[] {
  const median = medianOf(samples.filter(isKnown).map(excessOf));
  return samples.map((sample) => {
    if (median === undefined || !isKnown(sample)) return sample.weight;
    return adjusted(sample, excessOf(sample) / median, settings);
  });
}

const excessOf = ({ weight, latency }: WeightSample): number => weight * latency;
// the product, not the latency: that of two numbers above 0 may round to 0, and 0 / 0 is no weight
const isKnown = (sample: WeightSample): boolean => sample.samples >= MIN_SAMPLES && excessOf(sample) > 0;

function adjusted({ weight, samples }: WeightSample, excess: number, settings: ResolvedSettings['weights']): number {
  const { step, min, max } = settings;
  const band = Math.max(DEAD_BAND, (SIGNIFICANCE * ASSUMED_CV) / Math.sqrt(samples));
  if (Math.abs(excess - 1) <= band + 1e-9) return weight;
  const wanted = weight * clamp(excess ** -EXPONENT, MIN_FACTOR, MAX_FACTOR);
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
