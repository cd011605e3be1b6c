import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createActor, createMachine } from 'xstate';
import { VirtualClock } from '../../../src/testing/clock/virtual-clock.ts';

const nextTick = () => new Promise<void>((resolve) => process.nextTick(resolve));

/** Sets timers that log [label, time]. */
function logging(clock: VirtualClock) {
  const log: [string, number][] = [];
  const set = (label: string, ms: number) => clock.setTimeout(() => log.push([label, clock.now()]), ms);
  return { log, set };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('VirtualClock', () => {
  it('fires in the order of due time, then of setting, as a sorted list would', async () => {
    const timers = fc.array(fc.record({ delay: fc.integer({ min: 0, max: 20 }), cancel: fc.option(fc.nat(60)) }), {
      maxLength: 60,
      size: 'max',
    });
    await fc.assert(
      fc.asyncProperty(timers, fc.array(fc.integer({ min: 0, max: 8 })), async (specs, steps) => {
        const clock = new VirtualClock(100);
        const fired: number[] = [];
        const times: number[] = [];
        const cancelled = new Set<number>();
        const ids = specs.map(({ delay }, i) =>
          clock.setTimeout(() => {
            fired.push(i);
            times.push(clock.now());
          }, delay),
        );
        specs.forEach(({ cancel }) => {
          if (cancel === null || cancel >= ids.length) return;
          clock.clearTimeout(ids[cancel]);
          cancelled.add(cancel);
        });
        expect(clock.pending).toBe(specs.length - cancelled.size);
        const expected = specs
          .map(({ delay }, i) => ({ i, at: 100 + delay }))
          .filter(({ i }) => !cancelled.has(i))
          .sort((a, b) => a.at - b.at || a.i - b.i);
        for (const step of steps) {
          await clock.advance(step);
          expect(fired).toEqual(expected.filter(({ at }) => at <= clock.now()).map(({ i }) => i));
        }
        await clock.runUntil(Infinity);
        expect(fired).toEqual(expected.map(({ i }) => i));
        expect(times).toEqual(expected.map(({ at }) => at));
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('lets a timer set and clear others, also for the same instant', async () => {
    const clock = new VirtualClock();
    const { log, set } = logging(clock);
    clock.setTimeout(() => {
      set('same instant', 0);
      set('later', 5.5);
      clock.clearTimeout(doomed);
    }, 10);
    const doomed = set('doomed', 11);
    await clock.advance(15.5);
    expect(log).toEqual([
      ['same instant', 10],
      ['later', 15.5],
    ]);
    expect(clock.now()).toBe(15.5);
  });

  it('takes negative delays and NaN as 0, and never fires Infinity', async () => {
    const clock = new VirtualClock(5);
    const { log, set } = logging(clock);
    set('negative', -3);
    set('NaN', NaN);
    set('never', Infinity);
    await clock.advance(0);
    await clock.runUntil(Infinity);
    expect(log).toEqual([
      ['negative', 5],
      ['NaN', 5],
    ]);
    expect([clock.now(), clock.pending]).toEqual([5, 1]);
  });

  it('ignores ids that mean nothing to it', async () => {
    const clock = new VirtualClock();
    const other = new VirtualClock();
    const { log, set } = logging(clock);
    const id = set('kept', 1);
    for (const stranger of [undefined, null, 1, {}, other.setTimeout(() => undefined, 1)]) clock.clearTimeout(stranger);
    other.clearTimeout(id);
    await clock.advance(1);
    clock.clearTimeout(id);
    expect(log).toEqual([['kept', 1]]);
    expect(other.pending).toBe(1);
  });

  it.each([10, 1000])('has finished a chain of %i awaits before the next timer fires', async (length) => {
    const clock = new VirtualClock();
    const log: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      clock.setTimeout(async () => {
        for (let i = 0; i < length; i++) await null;
        log.push(`${name} done at ${clock.now()}`);
      }, 7);
      clock.setTimeout(() => log.push(`next at ${clock.now()}`), 7);
    }
    await clock.advance(7);
    expect(log).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} done at 7`, 'next at 7']));
  });

  it('starts as well from a macrotask, where nextTick would come before the microtasks', async () => {
    const log: string[] = [];
    await new Promise<void>((resolve, reject) => {
      setImmediate(() => {
        const clock = new VirtualClock();
        clock.setTimeout(async () => {
          for (let i = 0; i < 10; i++) await null;
          log.push('chain');
        }, 1);
        clock.setTimeout(() => log.push('timer'), 1);
        clock.advance(1).then(resolve, reject);
      });
    });
    expect(log).toEqual(['chain', 'timer']);
  });

  it('waits for one nextTick within a chain, and with turnEvery 1 for any number and for setImmediate', async () => {
    const run = async (clock: VirtualClock, hop: () => Promise<unknown>) => {
      const log: string[] = [];
      clock.setTimeout(async () => {
        await null;
        await hop();
        for (let i = 0; i < 10; i++) await null;
        log.push('chain');
      }, 1);
      clock.setTimeout(() => log.push('timer'), 2);
      await clock.advance(2);
      return log;
    };
    const manyTicks = async () => {
      for (let i = 0; i < 20; i++) await nextTick();
    };
    expect(await run(new VirtualClock(), nextTick)).toEqual(['chain', 'timer']);
    expect(await run(new VirtualClock(0, { turnEvery: 1 }), manyTicks)).toEqual(['chain', 'timer']);
    expect(await run(new VirtualClock(0, { turnEvery: 1 }), turn)).toEqual(['chain', 'timer']);
  });

  it('sees timers that a promise chain sets just before it is advanced, and is at rest when it resolves', async () => {
    const clock = new VirtualClock();
    const sleep = (ms: number) => new Promise<void>((resolve) => void clock.setTimeout(resolve, ms));
    let woke = -1;
    void (async () => {
      for (let i = 0; i < 5; i++) await nextTick();
      await sleep(10);
      for (let i = 0; i < 5; i++) await nextTick();
      woke = clock.now();
    })();
    await clock.advance(10);
    expect(woke).toBe(10);
  });

  it('gives the event loop its turns during a long run', async () => {
    const clock = new VirtualClock();
    let turns = 0;
    let ended = false;
    const count = () => {
      turns++;
      if (!ended) setImmediate(count);
    };
    setImmediate(count);
    for (let i = 0; i < 6400; i++) clock.setTimeout(() => undefined, i);
    await clock.advance(6400);
    ended = true;
    expect(turns).toBeGreaterThan(90);
  });

  it('works while a test runner fakes the global timers', async () => {
    vi.useFakeTimers();
    const clock = new VirtualClock();
    const { log, set } = logging(clock);
    set('fired', 3);
    await clock.advance(3);
    expect(log).toEqual([['fired', 3]]);
  });

  it('jumps without firing; what is overdue fires next, in order, late', async () => {
    const clock = new VirtualClock();
    const { log, set } = logging(clock);
    set('b', 20);
    set('a', 10);
    set('c', 3_600_005);
    clock.jump(3_600_000);
    expect(log).toEqual([]);
    await clock.runUntil(0);
    expect(log).toEqual([
      ['a', 3_600_000],
      ['b', 3_600_000],
    ]);
    expect(clock.now()).toBe(3_600_000);
    await clock.advance(5);
    expect(log.at(-1)).toEqual(['c', 3_600_005]);
    for (const bad of [-1, NaN, Infinity]) expect(() => clock.jump(bad)).toThrow(RangeError);
  });

  it('stops at a callback that throws, after what it started came to rest, and can go on', async () => {
    const clock = new VirtualClock();
    const { log, set } = logging(clock);
    let rested = false;
    clock.setTimeout(() => {
      void (async () => {
        for (let i = 0; i < 10; i++) await null;
        rested = true;
      })();
      throw new Error('callback failed');
    }, 5);
    set('next', 6);
    await expect(clock.advance(10)).rejects.toThrow('callback failed');
    expect([clock.now(), clock.pending, rested]).toEqual([5, 1, true]);
    await clock.runUntil(10);
    expect(log).toEqual([['next', 6]]);
    expect(clock.now()).toBe(10);
  });

  it('refuses to be advanced twice at once, and durations and times that mean nothing', async () => {
    const clock = new VirtualClock();
    const first = clock.advance(10);
    await expect(clock.advance(10)).rejects.toThrow('already');
    await first;
    expect(clock.now()).toBe(10);
    await expect(clock.advance(-1)).rejects.toThrow(RangeError);
    await expect(clock.advance(NaN)).rejects.toThrow(RangeError);
    await expect(clock.runUntil(NaN)).rejects.toThrow(RangeError);
    expect(() => new VirtualClock(NaN)).toThrow(RangeError);
  });

  it('gives up when timers of 0 ms are set for ever, and loses none', async () => {
    const clock = new VirtualClock(0, { maxTimersPerInstant: 100 });
    let fired = 0;
    const again = () => {
      fired++;
      clock.setTimeout(again, 0);
    };
    again();
    await expect(clock.advance(1)).rejects.toThrow('0 ms for ever');
    expect([fired, clock.pending]).toEqual([101, 1]);
  });

  it("is XState's clock", async () => {
    const clock = new VirtualClock(1000);
    const machine = createMachine({
      initial: 'waiting',
      states: {
        waiting: { after: { 250: 'working' }, on: { stop: 'stopped' } },
        working: { after: { 50: 'waiting' } },
        stopped: {},
      },
    });
    const actor = createActor(machine, { clock }).start();
    const states: string[] = [];
    actor.subscribe((snapshot) => states.push(`${String(snapshot.value)}@${clock.now()}`));
    await clock.advance(600);
    expect(states).toEqual(['working@1250', 'waiting@1300', 'working@1550', 'waiting@1600']);
    actor.send({ type: 'stop' });
    expect(clock.pending).toBe(0);
  });
});
