import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What others do on the same machine. On a virtual machine it shows in no load average and in no stolen time: another
 * guest on the same core (hyper-threads) or behind the same cache makes memory slower, and a program with much code twice as
 * slow, for seconds to minutes. A walk through memory that no contender has a hand in tells.
 */

/** 1 MB: as large as a core's own cache. */
const PLACES = 2 ** 18;
const STEPS = 400_000;

/** One cycle through all places, in an order that no prefetcher guesses. */
const next = Int32Array.from({ length: PLACES }, (_, i) => (Math.imul(i, 5) + 104_729) & (PLACES - 1));
let at = 0;

/** ms of one walk: about 5 on a quiet machine. */
export function walk(): number {
  const start = performance.now();
  let place = at;
  for (let k = 0; k < STEPS; k++) place = next[place]!;
  at = place;
  return performance.now() - start;
}

// until the compiler has seen it
for (let k = 0; k < 3; k++) walk();

/** Walks before and after something; the slower walk says how disturbed it was. */
export async function walkAround<T>(run: () => Promise<T>): Promise<Walked<T>> {
  const before = walk();
  const value = await run();
  return { value, walkMs: Math.max(before, walk()) };
}

/** Something measured, and the slower walk beside it, ms. */
export interface Walked<T> {
  readonly value: T;
  readonly walkMs: number;
}

/** A measurement with its walk is taken as undisturbed up to this multiple of the quickest walk of the run. */
export const CALM = 1.25;

/** The quickest walk of the run, told to other processes by their environment. */
export const QUICKEST = 'PLIMSOLL_BENCH_QUICKEST_WALK_MS';
let quickest = Number(process.env[QUICKEST] ?? Number.POSITIVE_INFINITY);

export const quickestWalk = (): number => quickest;

/** How long the run may wait for the machine to calm down, and how long it has, ms. */
let patienceMs = 0;
let waited = 0;
/** The quickest walk with nothing beside it, ms: quicker than one around a measurement, which finds the cache cold. */
let quickestAlone = Number.POSITIVE_INFINITY;

export const waitedMs = (): number => waited;

/** Allows the run to wait so long in all, ms. */
export function mayWait(ms: number): void {
  patienceMs = ms;
  if (ms > 0) for (let k = 0; k < 40; k++) walkAlone();
}

/** The better of two: the first warms the cache. */
function walkAlone(): number {
  const ms = Math.min(walk(), walk());
  quickestAlone = Math.min(quickestAlone, ms);
  return ms;
}

/** Waits while a walk is slow, as long as the run may: a disturbed phase lasts for seconds to minutes. */
async function calm(): Promise<void> {
  while (waited < patienceMs) {
    const start = performance.now();
    if (walkAlone() <= CALM * quickestAlone) return;
    await sleep(100);
    waited += performance.now() - start;
  }
}

/** What {@link calmly} returns beside the measurements. */
export interface Calm<T> {
  readonly kept: readonly T[];
  /** Measurements that were taken in all, and how many of those that count were disturbed all the same. */
  readonly taken: number;
  readonly disturbed: number;
}

/**
 * Measures until `wanted` measurements were undisturbed, `limit` at most; then the least disturbed others make up the
 * number. What is kept is decided by the walks alone, never by what was measured.
 */
export async function calmly<T>(
  wanted: number,
  limit: number,
  measure: (round: number) => Promise<Walked<T>>,
): Promise<Calm<T>> {
  const all: Walked<T>[] = [];
  const undisturbed = (): number => all.filter(({ walkMs }) => walkMs <= CALM * quickest).length;
  while (all.length < limit && (all.length < wanted || undisturbed() < wanted)) {
    await calm();
    const one = await measure(all.length);
    quickest = Math.min(quickest, one.walkMs);
    all.push(one);
  }
  const limits = all.map(({ walkMs }) => walkMs).sort((a, b) => a - b);
  const slowest = limits[wanted - 1]!;
  const kept = all.filter(({ walkMs }) => walkMs <= slowest).slice(0, wanted);
  return {
    kept: kept.map(({ value }) => value),
    taken: all.length,
    disturbed: kept.filter(({ walkMs }) => walkMs > CALM * quickest).length,
  };
}
