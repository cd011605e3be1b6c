import type { Random } from 'plimsoll';

/** A waiting time of a Poisson process: exponential with this mean, in the mean's unit. */
export const exponential = (mean: number, random: Random): number => -mean * Math.log(1 - random());

/** A normal deviate with mean 0 and standard deviation 1 (Box and Muller 1958; the second of the pair is not kept). */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** One of a list that is not empty, each as likely. */
export const oneOf = <T>(items: readonly T[], random: Random): T => {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError('nothing to choose from');
  return item;
};

/** A number from `low` to below `high`, each as likely. */
export const between = (low: number, high: number, random: Random): number => low + (high - low) * random();
