import { describe, expect, it } from 'vitest';
import { LastingDelay } from '../../src/lib/lasting-delay.ts';

const TARGET = 1_000;
const INTERVAL = 5_000;

class Queue {
  private readonly delay = new LastingDelay();
  leaves(t: number, waited: number): boolean {
    this.delay.record(waited, t, TARGET);
    return this.delay.lasts(t, INTERVAL);
  }
}

describe('LastingDelay', () => {
  it('lasts once every wait of an interval was above the target', () => {
    const queue = new Queue();
    const verdicts: boolean[] = [];
    for (let t = 2_000; t <= 8_000; t += 500) verdicts.push(queue.leaves(t, 1_500));
    expect(verdicts).toEqual([...Array(10).fill(false), true, true, true]);
  });

  it('begins anew with the first short wait', () => {
    const queue = new Queue();
    for (let t = 2_000; t <= 8_000; t += 500) queue.leaves(t, 1_500);
    expect(queue.leaves(8_500, TARGET)).toBe(false);
    expect(queue.leaves(9_000, 1_500)).toBe(false);
    for (let t = 9_500; t < 14_000; t += 500) expect(queue.leaves(t, 1_500)).toBe(false);
    expect(queue.leaves(14_000, 1_500)).toBe(true);
  });

  it('takes a pause in which the queue was empty for no wait at all', () => {
    const queue = new Queue();
    for (let t = 2_000; t <= 8_000; t += 500) queue.leaves(t, 1_500);
    // what leaves now came after the last had left
    expect(queue.leaves(30_000, 1_500)).toBe(false);
    expect(queue.leaves(34_999, 6_000)).toBe(false);
    expect(queue.leaves(35_000, 6_000)).toBe(true);
  });

  it('goes on over a pause in which the same work stood in the queue', () => {
    const queue = new Queue();
    queue.leaves(2_000, 1_500);
    expect(queue.leaves(9_000, 8_000)).toBe(true);
  });
});
