import { Challenger } from './challenger.ts';
import type { Introduction } from './contestant.ts';
import { type Calm, calmly, type Walked } from './disturbance.ts';
import type { ClosedRun, OpenRun } from './loops.ts';
import { type Spread, spread } from './statistics.ts';

/** How long is measured, and how often. */
export interface Effort {
  readonly rounds: number;
  /** Up to so many times as many rounds, while the machine is disturbed. */
  readonly patience: number;
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
  readonly calm: Calmness;
}

/** Rounds that were measured in all, and how many of those that count were disturbed all the same. */
export type Calmness = Pick<Calm<unknown>, 'taken' | 'disturbed'>;

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
  /** Each at half of its own maximum: of the highest rate that it keeps up with. */
  readonly open:
    | {
        readonly own: Latency;
        readonly other: Latency;
        readonly atOthersRate: Latency;
        readonly calm: Calmness;
      }
    | undefined;
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
  const levels = await duel(own, other, effort);
  const halves = effort.openRounds === 0 ? undefined : await halfLoads(own, other, levels, effort);
  const peakMb = { own: await own.leave(), other: await other.leave() };
  const open = halves === undefined ? undefined : await openLoops(against, name, halves, effort);
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

/** The closed loops of a contest. */
export async function duel(own: Challenger, other: Challenger, effort: Effort): Promise<Level[]> {
  for (const inFlight of effort.inFlight) {
    for (const side of [own, other]) await warmUp(side, inFlight, effort.warmUpMs);
  }
  const levels: Level[] = [];
  for (const inFlight of effort.inFlight) levels.push(await closed(own, other, inFlight, effort));
  return levels;
}

/** Until the compiler has seen enough, which takes longer while the machine does other things. */
async function warmUp(side: Challenger, inFlight: number, ms: number): Promise<void> {
  let requests = 0;
  for (let tries = 0; tries < 5 && requests < 30_000; tries++)
    requests += (await side.order<'closed'>({ do: 'closed', inFlight, ms })).value.requests;
}

/** One side, then the other, each first in turn. */
async function inTurn<T>(
  round: number,
  own: () => Promise<Walked<T>>,
  other: () => Promise<Walked<T>>,
): Promise<Walked<{ readonly own: T; readonly other: T }>> {
  const early = round % 2 === 0 ? await own() : undefined;
  const theirs = await other();
  const ours = early ?? (await own());
  return { value: { own: ours.value, other: theirs.value }, walkMs: Math.max(ours.walkMs, theirs.walkMs) };
}

async function closed(own: Challenger, other: Challenger, inFlight: number, effort: Effort): Promise<Level> {
  const { rounds, patience, windowMs } = effort;
  const loop = (side: Challenger) => (): Promise<Walked<ClosedRun>> =>
    side.order<'closed'>({ do: 'closed', inFlight, ms: windowMs });
  const { kept, ...calm } = await calmly(rounds, rounds * patience, (round) => inTurn(round, loop(own), loop(other)));
  const wall = ({ wallMs, requests }: ClosedRun): number => (1_000 * wallMs) / requests;
  const cpu = ({ cpuMs, requests }: ClosedRun): number => (1_000 * cpuMs) / requests;
  const pace = (of: readonly ClosedRun[]): Pace => ({
    microseconds: spread(of.map(wall)),
    cpuMicroseconds: spread(of.map(cpu)),
  });
  const ratio = (cost: (run: ClosedRun) => number): Spread =>
    spread(kept.map((pair) => cost(pair.other) / cost(pair.own)));
  return {
    inFlight,
    own: pace(kept.map((pair) => pair.own)),
    other: pace(kept.map((pair) => pair.other)),
    ratio: ratio(wall),
    cpuRatio: ratio(cpu),
    calm,
  };
}

/** Rates that are tried go up by this factor. */
const STEP = 1.15;

/**
 * The highest rate (requests a second) that a side keeps up with: tried from a sixteenth of its closed loop's rate upwards,
 * until twice in a row a tenth of the window was not enough to settle what was left at its end. The closed loop's own rate
 * is none that could be handed in one by one: each turn of the event loop and each look at the time costs too.
 */
async function highestRate(side: Challenger, closedRate: number, ms: number): Promise<number> {
  let sustained = closedRate / 16;
  for (let rate = sustained; rate <= closedRate; rate *= STEP) {
    let keptUp = false;
    for (let tries = 0; tries < 2 && !keptUp; tries++) {
      const { value } = await side.order<'open'>({ do: 'open', perSecond: rate, ms, seed: Math.round(rate) + tries });
      keptUp = value.behindMs <= ms / 10;
    }
    if (!keptUp) return sustained;
    sustained = rate;
  }
  return sustained;
}

/** Half of the highest rate of each side, requests a second. */
interface Halves {
  readonly own: number;
  readonly other: number;
}

async function halfLoads(
  own: Challenger,
  other: Challenger,
  levels: readonly Level[],
  { openMs }: Effort,
): Promise<Halves> {
  const busiest = levels.find(({ inFlight }) => inFlight === 256) ?? levels.at(-1)!;
  const closedRate = ({ microseconds }: Pace): number => 1e6 / microseconds.median;
  return {
    own: (await highestRate(own, closedRate(busiest.own), openMs / 2)) / 2,
    other: (await highestRate(other, closedRate(busiest.other), openMs / 2)) / 2,
  };
}

/**
 * In processes of their own: one that has just been handed more than it can carry is not at half load. It keeps a heap of
 * some hundred MB, which makes every small collection several times as long, whoever's it is.
 */
async function openLoops(ownName: string, otherName: string, halves: Halves, effort: Effort): Promise<Contest['open']> {
  const { openRounds, openMs, patience } = effort;
  const own = await Challenger.enter(ownName);
  const other = await Challenger.enter(otherName);
  let seed = 1;
  const loop = (side: Challenger, perSecond: number) => (): Promise<Walked<OpenRun>> =>
    side.order<'open'>({ do: 'open', perSecond, ms: openMs, seed: seed++ });
  for (const side of [own, other]) await warmUp(side, 256, 1_500);
  for (let k = 0; k < 3; k++) await inTurn(k, loop(own, halves.own), loop(other, halves.other));
  const atTheirRate = loop(own, Math.min(halves.other, halves.own));
  const { kept, ...calm } = await calmly(openRounds, openRounds * patience, async (round) => {
    const both = await inTurn(round, loop(own, halves.own), loop(other, halves.other));
    const same = await atTheirRate();
    return { value: { ...both.value, same: same.value }, walkMs: Math.max(both.walkMs, same.walkMs) };
  });
  for (const side of [own, other]) await side.leave();
  return {
    own: latency(kept.map((one) => one.own)),
    other: latency(kept.map((one) => one.other)),
    atOthersRate: latency(kept.map((one) => one.same)),
    calm,
  };
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
