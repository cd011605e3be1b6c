import process from 'node:process';
import { setImmediate } from 'node:timers';
import type { Clock } from '../../domain/ports.ts';

// Taken at load, so that fake timers installed by a test runner do not stop the clock.
const { nextTick } = process;

export interface VirtualClockOptions {
  /**
   * After how many timers the event loop gets a turn (default 64). With 1 it gets one after each timer, which code
   * needs that hops through `setImmediate` or several `nextTick`s before it sets its next timer; 20 times slower.
   */
  readonly turnEvery?: number;
  /** How many timers may fire without time moving before `advance` gives up (default 1,000,000). */
  readonly maxTimersPerInstant?: number;
}

/** A timer is its own id. `index` is its position in the heap, −1 once it fired or was cleared. */
class VirtualTimer {
  readonly owner: VirtualClock;
  readonly due: number;
  readonly seq: number;
  readonly callback: () => void;
  index = -1;

  constructor(owner: VirtualClock, due: number, seq: number, callback: () => void) {
    this.owner = owner;
    this.due = due;
    this.seq = seq;
    this.callback = callback;
  }
}

/**
 * A clock that stands still until it is advanced: for tests and simulations, and as XState's `clock` option. Timers
 * fire in the order of (due time, setting), each at its own time, and what a timer's callback starts has come to rest
 * before the next one fires.
 *
 * How "to rest" is reached: a `process.nextTick` callback that is queued from within a promise job runs once the
 * microtask queue is *empty*, however long the chains in it (0.2 µs; measured on Node 20, 22, 24, where a turn of
 * the event loop by `setImmediate` takes 3 µs, and counting microtask turns would have to guess their number). From
 * outside a promise job it runs *before* the microtasks, hence the thenable below, whose `then` is such a job.
 * It is done twice per timer, so that a chain may also pass through one `nextTick` of its own. Every 64 timers, and
 * at both ends of each run, the event loop gets a turn. Real I/O is waited for by nothing: it has no virtual time.
 *
 * Callbacks run in the async context (`AsyncLocalStorage`) of whoever advances, not of whoever set the timer.
 */
export class VirtualClock implements Clock {
  #now: number;
  #seq = 0;
  #running = false;
  /** Binary min-heap by (due, seq). */
  readonly #heap: VirtualTimer[] = [];
  readonly #turnEvery: number;
  readonly #maxPerInstant: number;

  /** @param startMs what `now()` is at first, in epoch ms (default 0). */
  constructor(startMs = 0, options: VirtualClockOptions = {}) {
    if (!Number.isFinite(startMs)) throw new RangeError(`startMs must be a finite time in ms, got ${startMs}`);
    this.#now = startMs;
    this.#turnEvery = options.turnEvery ?? 64;
    this.#maxPerInstant = options.maxTimersPerInstant ?? 1_000_000;
  }

  /** Epoch ms. */
  now(): number {
    return this.#now;
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#heap.length;
  }

  /**
   * @param ms delay; fractions count, negative and NaN are 0, `Infinity` never fires.
   * @returns the id for `clearTimeout`.
   */
  setTimeout(callback: () => void, ms: number): unknown {
    const delay = Number.isNaN(ms) ? 0 : Math.max(0, ms);
    const timer = new VirtualTimer(this, this.#now + delay, this.#seq++, callback);
    this.#heap.push(timer);
    this.#siftUp(timer, this.#heap.length - 1);
    return timer;
  }

  /** Anything that is not a pending timer of this clock is ignored. */
  clearTimeout(id: unknown): void {
    if (id instanceof VirtualTimer && id.owner === this && id.index >= 0) this.#removeAt(id.index);
  }

  /**
   * Lets `ms` pass, firing all that becomes due, at the end too. Once it resolves everything is at rest.
   *
   * When a callback throws, time stops at that timer, what it started comes to rest, and the promise is rejected with
   * its error; the other timers stay set, and another call goes on with them.
   * @throws RangeError (as a rejection) when `ms` is negative or NaN.
   * @throws Error (as a rejection) when the clock is being advanced already, also by a timer's callback, or
   * when timers keep being set for the same instant.
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`advance takes a duration >= 0 in ms, got ${ms}`);
    await this.#run(this.#now + ms);
  }

  /**
   * As `advance`, up to the time `t` in epoch ms; one that is past fires what is overdue. `Infinity`: until no timer is
   * left, where the clock stays at the last one.
   */
  async runUntil(t: number): Promise<void> {
    if (Number.isNaN(t)) throw new RangeError('runUntil takes a time in epoch ms, got NaN');
    await this.#run(t);
  }

  /**
   * Moves time at once and fires nothing, as when a process was suspended; the overdue timers fire, in order and
   * late, at the next `advance` or `runUntil`, be it `advance(0)`.
   * @throws RangeError when `ms` is negative or not finite.
   */
  jump(ms: number): void {
    if (!(ms >= 0 && ms < Infinity)) throw new RangeError(`jump takes a finite duration >= 0 in ms, got ${ms}`);
    this.#now += ms;
  }

  async #run(until: number): Promise<void> {
    if (this.#running) throw new Error('the clock is being advanced already: await the first call');
    this.#running = true;
    try {
      let sinceTurn = 0;
      let firedNow = 0;
      await eventLoopTurn(); // the caller's own promise chains may be about to set timers
      do {
        for (let timer = this.#nextDue(until); timer !== undefined; timer = this.#nextDue(until)) {
          if (timer.due > this.#now) {
            this.#now = timer.due;
            firedNow = 0;
          } else if (firedNow >= this.#maxPerInstant) {
            throw new Error(`${firedNow} timers fired at ${this.#now} ms: something sets timers of 0 ms for ever`);
          }
          this.#removeAt(0);
          firedNow++;
          try {
            timer.callback();
          } finally {
            await atRest;
          }
          if (++sinceTurn >= this.#turnEvery) {
            sinceTurn = 0;
            await eventLoopTurn();
          }
        }
        await eventLoopTurn();
      } while (this.#nextDue(until) !== undefined);
      if (until > this.#now && until < Infinity) this.#now = until;
    } finally {
      this.#running = false;
    }
  }

  #nextDue(until: number): VirtualTimer | undefined {
    const timer = this.#heap[0];
    return timer !== undefined && timer.due < Infinity && (timer.due <= until || timer.due <= this.#now)
      ? timer
      : undefined;
  }

  #removeAt(index: number): void {
    const heap = this.#heap;
    this.#at(index).index = -1;
    const moved = heap.pop() as VirtualTimer;
    if (index === heap.length) return;
    if (index > 0 && isEarlier(moved, this.#at((index - 1) >> 1))) this.#siftUp(moved, index);
    else this.#siftDown(moved, index);
  }

  #siftUp(timer: VirtualTimer, from: number): void {
    let index = from;
    while (index > 0) {
      const parent = this.#at((index - 1) >> 1);
      if (!isEarlier(timer, parent)) break;
      this.#put(parent, index);
      index = (index - 1) >> 1;
    }
    this.#put(timer, index);
  }

  #siftDown(timer: VirtualTimer, from: number): void {
    const length = this.#heap.length;
    let index = from;
    for (let child = 2 * index + 1; child < length; child = 2 * index + 1) {
      if (child + 1 < length && isEarlier(this.#at(child + 1), this.#at(child))) child++;
      const earlier = this.#at(child);
      if (!isEarlier(earlier, timer)) break;
      this.#put(earlier, index);
      index = child;
    }
    this.#put(timer, index);
  }

  #put(timer: VirtualTimer, index: number): void {
    this.#heap[index] = timer;
    timer.index = index;
  }

  #at(index: number): VirtualTimer {
    return this.#heap[index] as VirtualTimer;
  }
}

function isEarlier(a: VirtualTimer, b: VirtualTimer): boolean {
  return a.due < b.due || (a.due === b.due && a.seq < b.seq);
}

/** To await it calls `then` in a promise job, so that the `nextTick` comes when no promise job is left; then once more. */
const atRest = {
  // biome-ignore lint/suspicious/noThenProperty: being awaited is its purpose; two promises per timer would cost double
  then(resolve: () => void): void {
    nextTick(onceMore, resolve);
  },
};

function onceMore(resolve: () => void): void {
  queueMicrotask(() => nextTick(resolve));
}

function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
