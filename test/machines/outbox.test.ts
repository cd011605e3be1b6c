import { describe, expect, it } from 'vitest';
import { createEmptyActor } from 'xstate';
import { EventBus } from '../../src/engine/events/event-bus.ts';
import { ReusableList } from '../../src/lib/double-buffer.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the way out of the balancer', () => {
  it('runs each effect once, in order, those that effects add behind them', async () => {
    const complaints: unknown[] = [];
    const bus = new EventBus(
      createEmptyActor(),
      () => {},
      (_, cause) => complaints.push(cause),
    );
    const ran: string[] = [];
    const note = (name: string, more: readonly string[] = []) => ({
      run() {
        ran.push(name);
        for (const one of more) bus.enqueue(note(one));
        if (name === 'throws') throw new Error(name);
      },
    });
    for (let round = 0; round < 3; round++) {
      ran.length = 0;
      bus.enqueue(note('a', ['a1', 'a2']));
      bus.enqueue(note('throws'));
      bus.enqueue(note('b', ['b1']));
      expect(ran, 'while the transition runs').toEqual([]);
      await turn();
      expect(ran).toEqual(['a', 'throws', 'b', 'a1', 'a2', 'b1']);
    }
    expect(complaints).toHaveLength(3);
  });

  it('sends what the tick has gathered before that, and what comes up meanwhile', async () => {
    const ran: string[] = [];
    const gathered = ['one', 'two'];
    const bus = new EventBus(
      createEmptyActor(),
      () => {},
      () => {},
      () => {
        const next = gathered.shift();
        if (next === undefined) return false;
        ran.push(next);
        return true;
      },
    );
    bus.wake();
    bus.wake();
    await turn();
    expect(ran).toEqual(['one', 'two']);
    gathered.push('three');
    bus.enqueue({ run: () => ran.push('effect') && gathered.push('four') });
    await turn();
    expect(ran).toEqual(['one', 'two', 'three', 'effect', 'four']);
  });

  it('holds nothing of what it has run, nor the room that a flood has taken', () => {
    const box = new ReusableList<object>();
    const effect = { run: () => {} };
    for (const flood of [3, 100_000, 5]) {
      for (let k = 0; k < flood; k++) box.add(effect);
      expect(box.count).toBe(flood);
      box.empty();
      expect(box.count).toBe(0);
      expect(box.items).not.toContain(effect);
      expect(box.items.length).toBeLessThanOrEqual(4_096);
    }
  });
});
