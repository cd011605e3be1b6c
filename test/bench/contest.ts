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
  /** Each at half of its own maximum: of what the open loop carries when 256 are always due. */
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
  for (const inFlight of effort.inFlight) {
    for (const side of [own, other]) await warmUp(side, inFlight, effort.warmUpMs);
  }
  const levels: Level[] = [];
  for (const inFlight of effort.inFlight) levels.push(await closed(own, other, inFlight, effort));
  const open = effort.openRounds === 0 ? undefined : await openLoops(own, other, effort);
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

/** Requests always due while a maximum is measured. */
const DUE = 256;

async function openLoops(own: Challenger, other: Challenger, effort: Effort): Promise<Contest['open']> {
  const { openRounds, openMs, patience } = effort;
  const limit = openRounds * patience;
  const saturate = (side: Challenger) => (): Promise<Walked<ClosedRun>> =>
    side.order<'saturate'>({ do: 'saturate', due: DUE, ms: openMs / 2 });
  const most = await calmly(openRounds, limit, (round) => inTurn(round, saturate(own), saturate(other)));
  const half = (runs: readonly ClosedRun[]): number =>
    500 * spread(runs.map(({ requests, wallMs }) => requests / wallMs)).median;
  const ownHalf = half(most.kept.map((pair) => pair.own));
  const otherHalf = half(most.kept.map((pair) => pair.other));
  let seed = 1;
  const loop = (side: Challenger, perSecond: number) => (): Promise<Walked<OpenRun>> =>
    side.order<'open'>({ do: 'open', perSecond, ms: openMs, seed: seed++ });
  const atTheirRate = loop(own, Math.min(otherHalf, ownHalf));
  const { kept, ...calm } = await calmly(openRounds, limit, async (round) => {
    const both = await inTurn(round, loop(own, ownHalf), loop(other, otherHalf));
    const same = await atTheirRate();
    return { value: { ...both.value, same: same.value }, walkMs: Math.max(both.walkMs, same.walkMs) };
  });
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
