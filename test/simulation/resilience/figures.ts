/** One row: a case, what it came to, and the most that it may be. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly most: number;
  readonly unit: string;
  readonly note?: string;
}

export type Row = (seeds: number, minutes: number) => AsyncGenerator<Figure>;

export const worst = async (seeds: number, run: (seed: number) => Promise<number>): Promise<number> => {
  let most = Number.NEGATIVE_INFINITY;
  for (let seed = 1; seed <= seeds; seed++) most = Math.max(most, await run(seed));
  return most;
};
export const mean = async (seeds: number, run: (seed: number) => Promise<number>): Promise<number> => {
  let sum = 0;
  for (let seed = 1; seed <= seeds; seed++) sum += await run(seed);
  return sum / seeds;
};
export const lost = (what: string, value: number, most: number, note?: string): Figure => ({
  what,
  value,
  most,
  unit: '% lost',
  ...(note === undefined ? {} : { note }),
});

/** Times from the beginning of a fault until work is kept away from those that have it, ms; the 95th percentile. */
export function found(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(0.95 * sorted.length))]!;
}
