import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TimerNode } from '../../src/lib/timer-node.ts';
import { TimingWheel } from '../../src/lib/timing-wheel.ts';
import { expectSame } from '../support/expect-same.ts';

class Entry implements TimerNode<Entry> {
  wheelTick = 0;
  wheelNext: Entry | null = null;
  wheelPrev: Entry | null = null;
  wheelSlot = -1;
  readonly id: number;
  constructor(id: number) {
    this.id = id;
  }
}

const ERA = 2 ** 30;
const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

function collect(wheel: TimingWheel<Entry>, now: number): number[] {
  const fired: number[] = [];
  wheel.advance(now, (entry) => fired.push(entry.id));
  return fired;
}

/** The obvious implementation: a list, sorted at each advance. */
class NaiveWheel {
  #order = 0;
  #now: number;
  readonly #due = new Map<number, { due: number; order: number }>();
  constructor(origin: number) {
    this.#now = Math.floor(origin);
  }
  get size(): number {
    return this.#due.size;
  }
  schedule(id: number, due: number): void {
    const before = this.#due.get(id);
    this.#due.delete(id);
    if (due === Infinity) return;
    const at = Math.max(Math.ceil(due), this.#now);
    this.#due.set(id, { due: at, order: before?.due === at ? before.order : this.#order++ });
  }
  cancel(id: number): void {
    this.#due.delete(id);
  }
  nextDue(): number {
    return Math.min(Infinity, ...[...this.#due.values()].map((e) => e.due));
  }
  advance(now: number, fire: (id: number) => void): void {
    if (Math.floor(now) < this.#now) return;
    for (;;) {
      const ready = [...this.#due].filter(([, e]) => e.due <= now);
      ready.sort(([, a], [, b]) => a.due - b.due || a.order - b.order);
      const first = ready[0];
      if (first === undefined) break;
      this.#now = first[1].due;
      this.#due.delete(first[0]);
      fire(first[0]);
    }
    this.#now = Math.floor(now);
  }
}

const IDS = 12;
const distance = fc.oneof(
  fc.integer({ min: -50, max: 70 }),
  fc.double({ min: -2, max: 2000, noNaN: true }),
  fc.constantFrom(31, 32, 33, 1023, 1024, 1025, 30_000, 32_768, HOUR, ERA - 1, ERA, ERA + 1, 2 * ERA, YEAR, Infinity),
  fc.integer({ min: 0, max: 4 * ERA }),
);
const leap = fc.oneof(
  fc.integer({ min: -20, max: 100 }),
  fc.double({ min: 0, max: 50_000, noNaN: true }),
  fc.constantFrom(0, 1, 1024, HOUR, ERA - 1, ERA, YEAR),
);
const id = fc.integer({ min: 0, max: IDS - 1 });
const operation = fc.oneof(
  fc.record({ kind: fc.constant('schedule' as const), id, by: distance }),
  fc.record({ kind: fc.constant('cancel' as const), id, by: fc.constant(0) }),
  fc.record({ kind: fc.constant('advance' as const), id, by: leap }),
);
/** What an entry does when it fires: reschedule or cancel another one. */
const reaction = fc.record({ target: id, by: fc.option(fc.oneof(distance, fc.constant(0))) });

describe('TimingWheel', () => {
  it('fires what a sorted list fires, in the same order, whatever is scheduled, cancelled and done while firing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0, 17.5, 1_700_000_000_000.25),
        fc.array(operation, { maxLength: 60, size: 'max' }),
        fc.array(reaction, { minLength: IDS, maxLength: IDS }),
        (origin, operations, reactions) => {
          const wheel = new TimingWheel<Entry>(origin);
          const naive = new NaiveWheel(origin);
          const entries = Array.from({ length: IDS }, (_, i) => new Entry(i));
          let now: number = origin;
          const run = (go: (fire: (id: number) => void) => void, apply: (id: number, due: number | null) => void) => {
            const fired: number[] = [];
            go((firedId) => {
              fired.push(firedId);
              const react = reactions[firedId]!;
              if (fired.length < 40) apply(react.target, react.by === null ? null : now + react.by);
            });
            return fired;
          };
          for (const { kind, id, by } of operations) {
            const entry = entries[id]!;
            if (kind === 'schedule') {
              wheel.schedule(entry, now + by);
              naive.schedule(id, now + by);
            } else if (kind === 'cancel') {
              wheel.cancel(entry);
              naive.cancel(id);
            } else {
              now += by;
              const expected = run(
                (fire) => naive.advance(now, fire),
                (target, due) => (due === null ? naive.cancel(target) : naive.schedule(target, due)),
              );
              const fired = run(
                (fire) => wheel.advance(now, (e) => fire(e.id)),
                (target, due) =>
                  due === null ? wheel.cancel(entries[target]!) : wheel.schedule(entries[target]!, due),
              );
              expect(fired).toEqual(expected);
              now = Math.max(now, origin);
            }
            expectSame(wheel.size, naive.size);
            expectSame(wheel.nextDue() <= naive.nextDue(), true);
            expectSame(wheel.nextDue() === Infinity, naive.size === 0);
          }
          const scheduled = entries.filter((e) => e.wheelSlot !== -1);
          expect(scheduled).toHaveLength(wheel.size);
          wheel.clear();
          expect(entries.every((e) => e.wheelSlot === -1 && e.wheelNext === null && e.wheelPrev === null)).toBe(true);
          expect(wheel.size).toBe(0);
          expect(wheel.nextDue()).toBe(Infinity);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('waking only at nextDue fires every entry within its tick', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 5 * ERA }), { minLength: 1, maxLength: 30, size: 'max' }),
        (dues) => {
          const wheel = new TimingWheel<Entry>(0);
          const firedAt = dues.map(() => -1);
          dues.forEach((due, i) => {
            wheel.schedule(new Entry(i), due);
          });
          let wakes = 0;
          while (wheel.size > 0) {
            const now = wheel.nextDue();
            wheel.advance(now, (entry) => {
              firedAt[entry.id] = now;
            });
            wakes++;
          }
          expect(firedAt).toEqual(dues);
          expect(wakes).toBeLessThanOrEqual(6 * dues.length + 5);
        },
      ),
    );
  });

  it('rounds up: never early, less than 1 ms late', () => {
    const wheel = new TimingWheel<Entry>(1000.9);
    wheel.schedule(new Entry(1), 1010.2);
    expect(wheel.nextDue()).toBe(1011);
    expect(collect(wheel, 1010.99)).toEqual([]);
    expect(collect(wheel, 1011)).toEqual([1]);
  });

  it('is exact, but for the start of a later slot that holds many', () => {
    const wheel = new TimingWheel<Entry>(0);
    const entry = new Entry(1);
    wheel.schedule(entry, 31);
    expect(wheel.nextDue()).toBe(31);
    wheel.schedule(entry, 100);
    const others = Array.from({ length: 15 }, (_, k) => new Entry(k + 2));
    for (const other of others) wheel.schedule(other, 110);
    expect(wheel.nextDue()).toBe(100);
    wheel.schedule(new Entry(17), 120);
    expect(wheel.nextDue()).toBe(96);
    expect(collect(wheel, 96)).toEqual([]);
    expect(wheel.nextDue()).toBe(100);
  });

  it('moves an entry that is scheduled again, to the end of its tick; one that stays in its tick keeps its place', () => {
    const wheel = new TimingWheel<Entry>(0);
    const [a, b, c] = [new Entry(1), new Entry(2), new Entry(3)];
    for (const entry of [a, b, c]) wheel.schedule(entry, 50);
    wheel.schedule(a, 49.5);
    wheel.schedule(b, 40);
    wheel.schedule(b, 50);
    expect(wheel.size).toBe(3);
    expect(collect(wheel, 60)).toEqual([1, 3, 2]);
  });

  it('cancels when the due time is Infinity, refuses NaN, and takes −Infinity as due at once', () => {
    const wheel = new TimingWheel<Entry>(0);
    const entry = new Entry(1);
    wheel.schedule(entry, 50);
    wheel.schedule(entry, Infinity);
    expect([wheel.size, entry.wheelSlot]).toEqual([0, -1]);
    expect(() => wheel.schedule(entry, NaN)).toThrow(RangeError);
    expect(() => new TimingWheel(NaN)).toThrow(RangeError);
    wheel.schedule(entry, -Infinity);
    expect(collect(wheel, 0)).toEqual([1]);
    wheel.cancel(entry);
    expect(wheel.size).toBe(0);
  });

  it('ignores time that runs backwards or is not finite, and advance from inside fire', () => {
    const wheel = new TimingWheel<Entry>(0);
    expect(collect(wheel, 100)).toEqual([]);
    wheel.schedule(new Entry(1), 60);
    expect(collect(wheel, 80)).toEqual([]);
    expect(collect(wheel, NaN)).toEqual([]);
    expect(collect(wheel, Infinity)).toEqual([]);
    wheel.schedule(new Entry(2), 101);
    const fired: number[] = [];
    wheel.advance(100, (entry) => {
      fired.push(entry.id);
      wheel.advance(200, () => expect.unreachable());
    });
    expect(fired).toEqual([1]);
    expect(collect(wheel, 101)).toEqual([2]);
  });

  it('goes on behind an entry whose callback threw', () => {
    const wheel = new TimingWheel<Entry>(0);
    for (let i = 0; i < 3; i++) wheel.schedule(new Entry(i), 10);
    expect(() =>
      wheel.advance(20, () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(wheel.size).toBe(2);
    expect(collect(wheel, 20)).toEqual([1, 2]);
  });

  it('leaps over a century without visiting its milliseconds', () => {
    const wheel = new TimingWheel<Entry>(1_700_000_000_000);
    const fired: number[] = [];
    for (let i = 0; i < 100; i++) wheel.schedule(new Entry(i), 1_700_000_000_000 + i * YEAR);
    wheel.schedule(new Entry(100), 1e300);
    wheel.advance(1_700_000_000_000 + 100 * YEAR, (entry) => fired.push(entry.id));
    expect(fired).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(wheel.size).toBe(1);
  });

  it('keeps ticks small integers over years of running', () => {
    const wheel = new TimingWheel<Entry>(0);
    const entry = new Entry(1);
    for (let now = 0; now < 3 * YEAR; now += 10 * 24 * HOUR) {
      wheel.advance(now, () => undefined);
      wheel.schedule(entry, now + 20 * 24 * HOUR);
      expect(entry.wheelTick).toBeLessThan(ERA);
    }
  });

  it('wakes a fleet of 30 s timers that are all cancelled less than once in 10 s', () => {
    const wheel = new TimingWheel<Entry>(0);
    const running: Entry[] = Array.from({ length: 10 }, (_, i) => new Entry(i));
    let wakeAt = Infinity;
    let wakes = 0;
    const minutes = 20;
    for (let now = 0; now < minutes * 60_000; now++) {
      const entry = running[now % 10]!; // one starts each ms, and each takes 10 ms
      wheel.cancel(entry);
      wheel.schedule(entry, now + 30_000);
      if (now >= wakeAt) {
        wheel.advance(now, () => expect.unreachable());
        wakes++;
      }
      if (now >= wakeAt || wakeAt === Infinity) wakeAt = wheel.nextDue();
    }
    expect(wakes).toBeGreaterThan(0);
    expect(wakes).toBeLessThan(minutes * 6);
  });
});
