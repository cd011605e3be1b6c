import { createEmptyActor } from 'xstate';
import { describe, expect, it } from 'vitest';
import { FactHub } from '../../machines/balancer/fact-hub.ts';
import { Outbox } from '../../machines/balancer/outbox.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the way out of the balancer', () => {
  it('runs each effect once, in order, those that effects add behind them', async () => {
    const complaints: unknown[] = [];
    const hub = new FactHub(
      createEmptyActor(),
      () => {},
      (_, cause) => complaints.push(cause),
    );
    const ran: string[] = [];
    const note = (name: string, more: readonly string[] = []) => ({
      run() {
        ran.push(name);
        for (const one of more) hub.defer(note(one));
        if (name === 'throws') throw new Error(name);
      },
    });
    for (let round = 0; round < 3; round++) {
      ran.length = 0;
      hub.defer(note('a', ['a1', 'a2']));
      hub.defer(note('throws'));
      hub.defer(note('b', ['b1']));
      expect(ran, 'while the transition runs').toEqual([]);
      await turn();
      expect(ran).toEqual(['a', 'throws', 'b', 'a1', 'a2', 'b1']);
    }
    expect(complaints).toHaveLength(3);
  });

  it('holds nothing of what it has run, nor the room that a flood has taken', () => {
    const box = new Outbox();
    const effect = { run: () => {} };
    for (const flood of [3, 100_000, 5]) {
      for (let k = 0; k < flood; k++) box.add(effect);
      expect(box.count).toBe(flood);
      box.empty();
      expect(box.count).toBe(0);
      expect(box.effects).not.toContain(effect);
      expect(box.effects.length).toBeLessThanOrEqual(4_096);
    }
  });
});
