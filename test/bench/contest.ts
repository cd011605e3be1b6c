import { Challenger } from './challenger.ts';
import type { Introduction } from './contestant.ts';
import type { ClosedRun, OpenRun } from './loops.ts';
import { type Spread, spread } from './statistics.ts';

/** How long is measured, and how often. */
export interface Effort {
  readonly rounds: number;
  /** One closed loop, ms. */
  readonly windowMs: number;
  readonly inFlight: readonly number[];
  readonly openRounds: number;
  /** One open loop, ms. */
  readonly openMs: number;
  /** One closed loop before anything counts, ms: the compiler has settled, and each component has been used. */
  readonly warmUpMs: number;
  /** Whether allocations are measured too, in two more processes. */
  readonly allocations: boolean;
}

/** One side at one number in flight. */
export interface Pace {
  readonly microseconds: Spread;
  readonly cpuMicroseconds: Spread;
}

/** Both sides at one number in flight. */
export interface Level {
  readonly inFlight: number;
  readonly own: Pace;
  readonly other: Pace;
  /** How many times as many requests plimsoll carries in the same time; the ratios of each round. */
  readonly ratio: Spread;
  /** The same by processor time, which other processes' load disturbs less. */
  readonly cpuRatio: Spread;
}

/** Added latency of one side, ms. */
export interface Latency {
  readonly perSecond: number;
  readonly lost: number;
  readonly p50: Spread;
  readonly p99: Spread;
  readonly p999: Spread;
}

export interface Contest {
  readonly name: string;
  readonly other: Introduction;
  readonly rounds: number;
  readonly levels: readonly Level[];
  /** Each at half of its own maximum. */
  readonly open: { readonly own: Latency; readonly other: Latency; readonly atOthersRate: Latency } | undefined;
  /** Bytes of heap allocated per request, the loop's own included. */
  readonly bytes: { readonly own: number; readonly other: number } | undefined;
  /** Largest resident set, MB. */
  readonly peakMb: { readonly own: number; readonly other: number };
}

const LARGE_YOUNG_GENERATION = ['--min-semi-space-size=128', '--max-semi-space-size=128'];

/**
 * plimsoll against another, each in a process of its own, turn by turn: A B, B A, A B … so that what the machine does
 * besides falls on both. What counts is the ratio within each round.
 */
export async function contest(name: string, effort: Effort, against = 'plimsoll'): Promise<Contest> {
  const own = await Challenger.enter(against);
  const other = await Challenger.enter(name);
  for (const inFlight of effort.inFlight) {
    for (const side of [own, other]) await warmUp(side, inFlight, effort.warmUpMs);
  }
  const levels: Level[] = [];
  for (const inFlight of effort.inFlight) levels.push(await closed(own, other, inFlight, effort));
  const open = effort.openRounds === 0 ? undefined : await openLoops(own, other, levels, effort);
  const peakMb = { own: await own.leave(), other: await other.leave() };
  const { rounds } = effort;
  return {
    name,
    rounds,
    other: other.introduction,
    levels,
    open,
    peakMb,
    bytes: effort.allocations ? await allocations(name, against) : undefined,
  };
}

/** Until the compiler has seen enough, which takes longer while the machine does other things. */
async function warmUp(side: Challenger, inFlight: number, ms: number): Promise<void> {
  let requests = 0;
  for (let tries = 0; tries < 5 && requests < 30_000; tries++)
    requests += (await side.order<'closed'>({ do: 'closed', inFlight, ms })).requests;
}

async function turnByTurn<T>(
  rounds: number,
  first: () => Promise<T>,
  second: () => Promise<T>,
): Promise<{ readonly own: T[]; readonly other: T[] }> {
  const own: T[] = [];
  const other: T[] = [];
  for (let k = 0; k < rounds; k++) {
    if (k % 2 === 0) own.push(await first());
    other.push(await second());
    if (k % 2 === 1) own.push(await first());
  }
  return { own, other };
}

async function closed(own: Challenger, other: Challenger, inFlight: number, effort: Effort): Promise<Level> {
  const loop = (side: Challenger) => (): Promise<ClosedRun> =>
    side.order<'closed'>({ do: 'closed', inFlight, ms: effort.windowMs });
  const runs = await turnByTurn(effort.rounds, loop(own), loop(other));
  const wall = ({ wallMs, requests }: ClosedRun): number => (1_000 * wallMs) / requests;
  const cpu = ({ cpuMs, requests }: ClosedRun): number => (1_000 * cpuMs) / requests;
  const pace = (of: readonly ClosedRun[]): Pace => ({
    microseconds: spread(of.map(wall)),
    cpuMicroseconds: spread(of.map(cpu)),
  });
  const ratio = (cost: (run: ClosedRun) => number): Spread =>
    spread(runs.own.map((run, k) => cost(runs.other[k]!) / cost(run)));
  return { inFlight, own: pace(runs.own), other: pace(runs.other), ratio: ratio(wall), cpuRatio: ratio(cpu) };
}

async function openLoops(
  own: Challenger,
  other: Challenger,
  levels: readonly Level[],
  { openRounds, openMs }: Effort,
): Promise<Contest['open']> {
  const busiest = levels.find(({ inFlight }) => inFlight === 256) ?? levels.at(-1)!;
  const half = ({ microseconds }: Pace): number => 0.5e6 / microseconds.median;
  let seed = 1;
  const loop = (side: Challenger, perSecond: number) => (): Promise<OpenRun> =>
    side.order<'open'>({ do: 'open', perSecond, ms: openMs, seed: seed++ });
  const slow = half(busiest.other);
  const runs = await turnByTurn(openRounds, loop(own, half(busiest.own)), loop(other, slow));
  const same: OpenRun[] = [];
  for (let k = 0; k < openRounds; k++) same.push(await loop(own, Math.min(slow, half(busiest.own)))());
  return { own: latency(runs.own), other: latency(runs.other), atOthersRate: latency(same) };
}

const latency = (runs: readonly OpenRun[]): Latency => ({
  perSecond: runs[0]!.perSecond,
  lost: runs.reduce((sum, { lost }) => sum + lost, 0),
  p50: spread(runs.map(({ p50 }) => p50)),
  p99: spread(runs.map(({ p99 }) => p99)),
  p999: spread(runs.map(({ p999 }) => p999)),
});

async function allocations(name: string, against: string): Promise<NonNullable<Contest['bytes']>> {
  const bytes: number[] = [];
  for (const one of [against, name]) {
    const side = await Challenger.enter(one, LARGE_YOUNG_GENERATION);
    bytes.push(await side.order<'allocate'>({ do: 'allocate', inFlight: 256 }));
    await side.leave();
  }
  return { own: bytes[0]!, other: bytes[1]! };
}
