import { describe, expect, it } from 'vitest';
import { play } from '../../../../docs/examples/mayarbi-bot/market/player.ts';
import { VirtualClock } from '../../../../src/testing/clock/virtual-clock.ts';

const events = (...times: number[]) => times.map((atMs) => ({ atMs }));

/** Plays on a virtual clock and notes when each event came. */
const start = (source: Parameters<typeof play>[0]) => {
  const clock = new VirtualClock(5000);
  const controller = new AbortController();
  const came: [due: number, at: number][] = [];
  const onEvent = ({ atMs }: { atMs: number }): void => void came.push([atMs, clock.now() - 5000]);
  const done = play(source, { clock, onEvent, signal: controller.signal });
  return { clock, came, done, stop: () => controller.abort() };
};

describe('play', () => {
  it('gives each event out when it is due', async () => {
    const { clock, came, done } = start(events(0, 10, 10, 250));
    await clock.advance(100);
    expect(came.map(([, at]) => at)).toEqual([0, 10, 10]);
    await clock.advance(1000);
    expect(came.map(([, at]) => at)).toEqual([0, 10, 10, 250]);
    expect(await done).toBe(4);
  });

  it('gives late events out at once and in order, after a pause of the process', async () => {
    const { clock, came, done } = start(events(10, 20, 30, 500));
    clock.jump(100);
    await clock.advance(0);
    expect(came.map(([due]) => due)).toEqual([10, 20, 30]);
    await clock.advance(400);
    expect(await done).toBe(4);
  });

  it('lets timers have a turn amid a backlog', async () => {
    const { clock, came, done } = start(events(...new Array<number>(200).fill(0)));
    let seen = -1;
    clock.setTimeout(() => {
      seen = came.length;
    }, 0);
    await clock.advance(0);
    expect(await done).toBe(200);
    expect(seen).toBeLessThan(100);
  });

  it('stops at once when it is told to, and closes its source', async () => {
    let closed = false;
    const source = (function* () {
      try {
        for (let atMs = 0; ; atMs += 100) yield { atMs };
      } finally {
        closed = true;
      }
    })();
    const { clock, done, stop } = start(source);
    await clock.advance(250);
    stop();
    expect(await done).toBe(3);
    expect(closed).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('does not begin when it was told to stop before', async () => {
    const clock = new VirtualClock();
    const onEvent = (): void => expect.fail('an event');
    expect(await play(events(0), { clock, onEvent, signal: AbortSignal.abort() })).toBe(0);
  });

  it('rejects when the source fails', async () => {
    const source = (async function* () {
      yield { atMs: 0 };
      throw new Error('source broke');
    })();
    const { done, came } = start(source);
    await expect(done).rejects.toThrow('source broke');
    expect(came).toHaveLength(1);
  });
});
