import type { Random } from 'plimsoll';
import { exponential } from './chance.ts';

/** A two-state Markov-modulated Poisson process. */
export interface BurstyArrivals {
  /** Long-run mean of arrivals, calm and burst together; per second, above 0. */
  readonly ratePerSecond: number;
  /** Rate in a burst over rate in the calm; 1 or more (1: a plain Poisson process). */
  readonly burstFactor: number;
  /** Mean length of a calm, exponentially distributed; seconds, above 0. */
  readonly calmSeconds: number;
  /** Mean length of a burst, exponentially distributed; seconds, above 0. */
  readonly burstSeconds: number;
}

/**
 * Markets are quiet until something happens: six times the calm's rate for half a second, every four and a half seconds.
 * With these the calm has 64 % of the mean rate, a burst 386 %.
 */
export const DEFAULT_BURSTS: Omit<BurstyArrivals, 'ratePerSecond'> = {
  burstFactor: 6,
  calmSeconds: 4,
  burstSeconds: 0.5,
};

export interface Arrival {
  /** Milliseconds since the start. */
  readonly atMs: number;
  readonly phase: 'calm' | 'burst';
}

/** Rates per second of the two phases: what makes their mean, weighted by the time spent in each, the wanted one. */
export const phaseRates = (options: BurstyArrivals): { readonly calm: number; readonly burst: number } => {
  const { ratePerSecond, burstFactor, calmSeconds, burstSeconds } = options;
  const calm = (ratePerSecond * (calmSeconds + burstSeconds)) / (calmSeconds + burstFactor * burstSeconds);
  return { calm, burst: calm * burstFactor };
};

/**
 * Index of dispersion (variance over mean) of the number of arrivals in a window of this process; 1 for a Poisson
 * process, above for anything burstier. From the autocovariance π₁π₂(λ₁−λ₂)²·e^(−σt) of the rate, σ = 1/calm + 1/burst;
 * its limit for long windows is that of Fischer and Meier-Hellstern, The MMPP cookbook, 1993.
 */
export const indexOfDispersion = (options: BurstyArrivals, windowSeconds: number): number => {
  const { calm, burst } = phaseRates(options);
  const { ratePerSecond, calmSeconds, burstSeconds } = options;
  const sigma = 1 / calmSeconds + 1 / burstSeconds;
  const shares = (calmSeconds * burstSeconds) / (calmSeconds + burstSeconds) ** 2;
  const memory = 1 - (1 - Math.exp(-sigma * windowSeconds)) / (sigma * windowSeconds);
  return 1 + ((2 * shares * (burst - calm) ** 2) / (ratePerSecond * sigma)) * memory;
};

/**
 * Arrivals without end, in order of time. A run begins in a phase drawn by its share of the time, so that its first
 * second is like any other.
 */
export function* arrivals(options: BurstyArrivals, random: Random): Generator<Arrival, never, void> {
  const rates = phaseRates(options);
  const { calmSeconds, burstSeconds } = options;
  let phase: Arrival['phase'] = random() * (calmSeconds + burstSeconds) < calmSeconds ? 'calm' : 'burst';
  const phaseMs = (): number => exponential((phase === 'calm' ? calmSeconds : burstSeconds) * 1000, random);
  let now = 0;
  let phaseEnds = phaseMs();
  while (true) {
    const next = now + exponential(1000 / rates[phase], random);
    if (next < phaseEnds) {
      now = next;
      yield { atMs: now, phase };
    } else {
      // Exponential waits have no memory, so the wait is drawn anew from the change of phase on.
      now = phaseEnds;
      phase = phase === 'calm' ? 'burst' : 'calm';
      phaseEnds = now + phaseMs();
    }
  }
}
