import { pathToFileURL } from 'node:url';
import { Challenger } from './challenger.ts';
import { duel } from './contest.ts';
import { mayWait } from './disturbance.ts';
import { full } from './plan.ts';
import { columns, fixed } from './report/text.ts';
import type { Spread } from './statistics.ts';

/** How long it waits for the machine to calm down, in all, ms. */
const WAIT_MS = 120_000;

/**
 * Closed loops of two sides: plimsoll and another contender, or one contender of two checkouts.
 * @param name a contender; default plimsoll.
 * @param checkout folder of another checkout, built by `npm run bench:build`; undefined: this one.
 * @param flags of Node, for both sides.
 * @returns a table for a terminal.
 */
export async function compare(
  name = 'plimsoll',
  checkout: string | undefined,
  flags: readonly string[],
): Promise<string> {
  mayWait(WAIT_MS);
  const there = checkout === undefined ? undefined : new URL('.bench/test/bench/', pathToFileURL(`${checkout}/`));
  const own = await Challenger.enter(there === undefined ? 'plimsoll' : name, flags);
  const other = await Challenger.enter(name, flags, there);
  const levels = await duel(own, other, { ...full.contest, rounds: 11, warmUpMs: 1_000 });
  await own.leave();
  await other.leave();
  const range = ({ median, low, high }: Spread): string => `${fixed(median)}x (${fixed(low)} to ${fixed(high)})`;
  return columns([
    [
      'in flight',
      `${own.introduction.label} us`,
      `${other.introduction.label} us`,
      'times as many',
      'by processor time',
    ],
    ...levels.map((level) => [
      String(level.inFlight),
      fixed(level.own.microseconds.median),
      fixed(level.other.microseconds.median),
      range(level.ratio),
      range(level.cpuRatio),
    ]),
  ]);
}
