import type { ClosedRun } from '../loops.ts';

/** One of several ways to have the same work done, in this process. */
export interface Way {
  readonly name: string;
  /** Keeps so many requests open for a while. */
  readonly loop: (inFlight: number, ms: number) => Promise<ClosedRun>;
}

export interface Slices {
  readonly rounds: number;
  /** One slice of one way, ms. */
  readonly ms: number;
}

/**
 * µs a request of each way. The ways take turns in short slices, forwards and backwards, so that what the machine does besides meets all of
 * them; what counts is the quickest tenth of each way's slices, which nobody disturbed.
 */
export async function sideBySide(
  ways: readonly Way[],
  inFlight: number,
  { rounds, ms }: Slices,
): Promise<ReadonlyMap<string, number>> {
  for (const way of ways) await way.loop(inFlight, 4 * ms);
  const slices = new Map<string, number[]>(ways.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, loop } of round % 2 === 0 ? ways : ways.toReversed()) {
      const { wallMs, requests } = await loop(inFlight, ms);
      slices.get(name)?.push((1_000 * wallMs) / requests);
    }
  }
  return new Map([...slices].map(([name, all]) => [name, quickestTenth(all)]));
}

function quickestTenth(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 10)] ?? Number.NaN;
}
