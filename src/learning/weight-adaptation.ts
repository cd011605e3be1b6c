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

/** What a weight is adjusted by. */
export interface WeightSample {
  /** The weight as it is, above 0. */
  readonly weight: number;
  /** The weight that its user has given it, above 0. */
  readonly configured: number;
  /** Mean latency of about a minute, relative to the work's type, above 0. */
  readonly latency: number;
  /** Finished executions behind it. */
  readonly samples: number;
}

/**
 * One cycle of weight adaptation. Weights are the user's word: components that perform alike keep, or get back, the weights
 * that were configured. One whose latency differs from the median is moved towards `configured · median / latency`, by at
 * most `step` and within `min` to `max`. With late binding nothing queues at a component, so that its latency does not
 * answer to its weight: the aim is a place, and not a direction to move in for ever.
 *
 * A difference is more than 10 % or three standard errors (of a mean of exponential times), whichever is more. Nothing
 * changes below 20 samples, or when fewer than two components have as many. A weight configured outside the range is not
 * moved further out, nor forced in.
 *
 * @param settings defaults: step 0.1, min 0.1, max 5.
 * @returns the new weights, in the order of the samples.
 */
export function adjustWeights(samples: readonly WeightSample[], settings: ResolvedSettings['weights']): number[] {
  const median = medianOf(samples.filter(isKnown).map(({ latency }) => latency));
  return samples.map((sample) =>
    median === undefined || !isKnown(sample) ? sample.weight : adjusted(sample, sample.latency / median, settings),
  );
}

const isKnown = ({ samples, latency }: WeightSample): boolean => samples >= MIN_SAMPLES && latency > 0;

function adjusted(
  { weight, configured, samples }: WeightSample,
  ratio: number,
  { step, min, max }: ResolvedSettings['weights'],
): number {
  const band = Math.max(DEAD_BAND, (SIGNIFICANCE * ASSUMED_CV) / Math.sqrt(samples)) + 1e-9;
  const alike = Math.abs(ratio - 1) <= band;
  const aim = alike ? configured : configured / ratio;
  if (!alike && Math.abs(weight / aim - 1) <= band) return weight;
  return clamp(clamp(aim, weight - step, weight + step), Math.min(min, weight), Math.max(max, weight));
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/** Undefined for fewer than two. */
function medianOf(values: number[]): number | undefined {
  if (values.length < 2) return undefined;
  values.sort((a, b) => a - b);
  const half = values.length >> 1;
  return values.length % 2 === 1 ? values[half] : (values[half - 1]! + values[half]!) / 2;
}
