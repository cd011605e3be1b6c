import { performance } from 'node:perf_hooks';
import type { Clock } from '../../domain/ports.ts';

/** What Node's timers hold; a longer delay would fire after 1 ms. */
const LONGEST_MS = 2 ** 31 - 1;

/** The global `performance` is a getter, which would cost as much again. */
const { timeOrigin } = performance;

/** Two readings that differ by less are of clocks that agree, ms. */
const SAME_MS = 2;

class LongTimer {
  timer: NodeJS.Timeout | undefined;
}

/**
 * The real clock, and the default. `now()` is epoch ms counted by the monotonic clock since the process started:
 * steps and slews of the wall clock (NTP, an administrator) do not reach what is under way, and it drifts from `Date.now()` by
 * as much. A `deadline` is made by `Date.now()`, hence `wall`: it is translated when it is submitted. It has fractions (µs), and it does not count the time in which the machine slept. A call costs
 * 50–80 ns (`Date.now()` 45–55 ns): read it once per event and pass the time on.
 *
 * Timers keep the process alive, like Node's own; a balancer that is given this clock, or none, uses
 * {@link backgroundClock} instead. Delays are rounded up to whole ms, since Node cuts fractions off and
 * would fire early; even so a timer may come up to 1 ms before its time by `now()`, as libuv counts from the start of
 * its loop: compare with `now()` and set it again. Delays beyond 2^31 − 1 ms (24.8 days) are done in pieces;
 * negative and NaN are the shortest (1 ms); `Infinity` never fires and, like any timer, keeps the process alive.
 */
export const systemClock: Clock = {
  now: () => timeOrigin + performance.now(),
  wall(): number {
    const now = timeOrigin + performance.now();
    // looked up at each call: a test may have put another `Date` in its place
    const wall = Date.now();
    // whole ms only: where the two agree, the fractions are kept
    return Math.abs(wall - now) < SAME_MS ? now : wall;
  },

  setTimeout(callback: () => void, ms: number): unknown {
    if (!(ms > LONGEST_MS)) return setTimeout(callback, Math.ceil(ms));
    const long = new LongTimer();
    wait(long, callback, Math.ceil(ms), false);
    return long;
  },

  clearTimeout: clear,
};

/**
 * The same, but its timers do not keep the process alive: what a balancer goes by, which holds the process while it has work
 * and by nothing else. Give it to the actor of a host machine, `createActor(host, { clock: backgroundClock })`, so that an
 * idle balancer in it does not hold the process either; delayed transitions of the host then do not.
 */
export const backgroundClock: Clock = {
  now: systemClock.now,
  wall: () => Date.now(),

  setTimeout(callback: () => void, ms: number): unknown {
    if (!(ms > LONGEST_MS)) return unref(setTimeout(callback, Math.ceil(ms)));
    const long = new LongTimer();
    wait(long, callback, Math.ceil(ms), true);
    return long;
  },

  clearTimeout: clear,
};

function clear(id: unknown): void {
  clearTimeout(id instanceof LongTimer ? id.timer : (id as NodeJS.Timeout | undefined));
}

/** Fake timers may give numbers, which hold nothing. */
function unref(timer: NodeJS.Timeout): NodeJS.Timeout {
  if (typeof timer === 'object') timer.unref();
  return timer;
}

function wait(long: LongTimer, callback: () => void, ms: number, inBackground: boolean): void {
  const timer =
    ms <= LONGEST_MS
      ? setTimeout(callback, ms)
      : setTimeout(() => wait(long, callback, ms - LONGEST_MS, inBackground), LONGEST_MS);
  long.timer = inBackground ? unref(timer) : timer;
}
