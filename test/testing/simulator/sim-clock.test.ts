import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimClock, SimEvent } from '../../../src/testing/simulator/event-clock.ts';

class Noted extends SimEvent {
  readonly name: string;
  readonly log: string[];

  constructor(name: string, log: string[]) {
    super();
    this.name = name;
    this.log = log;
  }

  fire(): void {
    this.log.push(this.name);
  }
}

const forever = (): boolean => false;

describe('SimClock', () => {
  it('lets events happen in order of time, then of scheduling', async () => {
    const clock = new SimClock();
    const log: string[] = [];
    for (const [name, due] of [
      ['c', 2],
      ['a', 1],
      ['d', 2],
      ['b', 1],
    ] as const)
      clock.schedule(new Noted(name, log), due);
    await clock.run(forever);
    expect(log).toEqual(['a', 'b', 'c', 'd']);
    expect(clock.now()).toBe(2);
    expect(clock.fired).toBe(4);
  });

  it('moves an event that is scheduled again, and forgets one that is cancelled or never due', async () => {
    const clock = new SimClock();
    const log: string[] = [];
    const [moved, cancelled, never] = [new Noted('moved', log), new Noted('cancelled', log), new Noted('never', log)];
    clock.schedule(moved, 1);
    clock.schedule(cancelled, 2);
    clock.schedule(new Noted('between', log), 3);
    clock.schedule(moved, 4);
    clock.schedule(never, 1);
    clock.schedule(never, Number.POSITIVE_INFINITY);
    clock.cancel(cancelled);
    clock.cancel(cancelled);
    await clock.run(forever);
    expect(log).toEqual(['between', 'moved']);
  });

  it('lets what an event starts come to rest before the next', async () => {
    const clock = new SimClock();
    const log: string[] = [];
    const chain = async (): Promise<void> => {
      for (let k = 0; k < 20; k++) await undefined;
      log.push(`at ${clock.now()}`);
    };
    clock.setTimeout(() => void chain(), 1);
    clock.setTimeout(() => log.push('next'), 1);
    await clock.run(forever);
    expect(log).toEqual(['at 1', 'next']);
  });

  it('is a clock: timers fire once, can be cleared, and negative delays are 0', async () => {
    const clock = new SimClock(100);
    const log: number[] = [];
    const cleared = clock.setTimeout(() => log.push(-1), 5);
    clock.setTimeout(() => log.push(clock.now()), 10);
    clock.setTimeout(() => log.push(clock.now()), -1);
    clock.clearTimeout(cleared);
    clock.clearTimeout('not a timer');
    await clock.run(forever);
    expect(log).toEqual([100, 110]);
  });

  it('ends when it is told, leaving the rest', async () => {
    const clock = new SimClock();
    const log: string[] = [];
    clock.schedule(new Noted('early', log), 1);
    clock.schedule(new Noted('late', log), 10);
    await clock.run((next) => next > 5);
    expect(log).toEqual(['early']);
    await clock.run(forever);
    expect(log).toEqual(['early', 'late']);
  });

  it('rejects with what an event throws', async () => {
    const clock = new SimClock();
    clock.setTimeout(() => {
      throw new Error('boom');
    }, 1);
    await expect(clock.run(forever)).rejects.toThrow('boom');
  });

  it('gives the event loop a turn now and then', async () => {
    const clock = new SimClock();
    let turned = false;
    let left = 10_000;
    setImmediate(() => {
      turned = true;
    });
    const again = (): void => {
      if (!turned && --left > 0) clock.setTimeout(again, 1);
    };
    again();
    await clock.run(forever);
    expect(turned).toBe(true);
  });

  it('keeps its order whatever is scheduled, moved and cancelled', async () => {
    const step = fc.record({ event: fc.nat(19), due: fc.nat(50), cancel: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { size: 'max', maxLength: 200 }), async (steps) => {
        const clock = new SimClock();
        const log: string[] = [];
        const events = Array.from({ length: 20 }, (_, k) => new Noted(`${k}`, log));
        const expected = new Map<string, { due: number; seq: number }>();
        for (const [seq, { event, due, cancel }] of steps.entries()) {
          const one = events[event]!;
          expected.delete(one.name);
          if (cancel) clock.cancel(one);
          else {
            clock.schedule(one, due);
            expected.set(one.name, { due, seq });
          }
        }
        await clock.run(forever);
        const order = [...expected].sort(([, a], [, b]) => a.due - b.due || a.seq - b.seq).map(([name]) => name);
        expect(log).toEqual(order);
      }),
      { numRuns: 60 },
    );
  });
});
