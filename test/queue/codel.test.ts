import { describe, expect, it } from 'vitest';
import { CONGESTION_INTERVAL_MS, CONGESTION_TARGET_MS, CoDel } from '../../src/queue/codel.ts';

const TARGET = CONGESTION_TARGET_MS;
const INTERVAL = CONGESTION_INTERVAL_MS;

class Queue {
  private readonly delay = new CoDel();
  leaves(t: number, waited: number): boolean {
    this.delay.record(waited, t);
    return this.delay.congested(t);
  }
  congested(t: number): boolean {
    return this.delay.congested(t);
  }
}

describe('CoDel', () => {
  it('is congested once every wait of an interval was above the target', () => {
    const queue = new Queue();
    const verdicts: boolean[] = [];
    for (let t = 0; t <= 120; t += 10) verdicts.push(queue.leaves(t, 50));
    expect(verdicts).toEqual([...Array(10).fill(false), true, true, true]);
  });

  it('is not congested any more with the first short wait, and for an interval after', () => {
    const queue = new Queue();
    for (let t = 0; t <= 150; t += 10) queue.leaves(t, 50);
    expect(queue.congested(150)).toBe(true);
    expect(queue.leaves(160, TARGET)).toBe(false);
    let again = 170;
    while (!queue.leaves(again, 50)) again += 10;
    expect(again - 160).toBeGreaterThanOrEqual(INTERVAL);
    expect(again - 160).toBeLessThanOrEqual(3 * INTERVAL);
  });

  it('takes one stall for no congestion', () => {
    const queue = new Queue();
    for (let t = 0; t <= 500; t += 10) queue.leaves(t, 1);
    // nothing runs for 300 ms, then the queue is worked off within 60 ms
    for (let t = 800; t <= 860; t += 2) expect(queue.leaves(t, 860 - t + 25)).toBe(false);
  });

  it('forgets a spell when the queue was empty for an interval', () => {
    const queue = new Queue();
    for (let t = 0; t <= 150; t += 10) queue.leaves(t, 50);
    expect(queue.congested(150)).toBe(true);
    expect(queue.congested(251)).toBe(false);
    expect(queue.leaves(5_000, 50)).toBe(false);
    expect(queue.leaves(5_050, 50)).toBe(false);
  });

  it('does not take slow work for an empty queue', () => {
    const queue = new Queue();
    expect(queue.leaves(0, 700)).toBe(false);
    expect(queue.leaves(150, 700)).toBe(true);
    expect(queue.leaves(300, 700)).toBe(true);
    // this one came after the last had left: nothing is known of the time between
    expect(queue.leaves(450, 140)).toBe(false);
  });
});
