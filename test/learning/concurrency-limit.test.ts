import { describe, expect, it } from 'vitest';
import { ConcurrencyLimits, Crowd } from '../../src/learning/concurrency-limit.ts';
import { seededRandom } from '../../src/testing.ts';

/**
 * A component that always has work: it starts as many as it may, and n at a time take n/parallel as long, if that is more
 * than 1. Exponential service times, since those of real work vary as much.
 */
class Busy {
  readonly limits = new ConcurrencyLimits();
  slots: number;
  /** Slots after each execution. */
  readonly seen: number[] = [];
  parallel: number;
  slowness = 1;
  private t = 0;
  private readonly random = seededRandom(1);
  private readonly running: { readonly ends: number; readonly crowd: 0 | 1 | 2; readonly takes: number }[] = [];

  constructor(capacity: number, parallel: number) {
    this.slots = capacity;
    this.parallel = parallel;
    this.limits.reset(0, capacity);
  }

  run(executions: number): this {
    for (let k = 0; k < executions; k++) {
      while (this.running.length < this.slots) {
        const taken = this.running.length + 1;
        const takes = 100 * this.slowness * -Math.log1p(-this.random()) * Math.max(1, taken / this.parallel);
        this.running.push({ ends: this.t + takes, crowd: this.limits.crowd(0, taken), takes });
      }
      this.running.sort((a, b) => a.ends - b.ends);
      const { ends, crowd, takes } = this.running.shift()!;
      this.t = ends;
      const slots = this.limits.finished(0, this.t, crowd, takes / 100);
      if (slots > 0) this.slots = slots;
      this.seen.push(this.slots);
    }
    return this;
  }

  /** Mean of the slots over the last executions. */
  mean(last: number): number {
    const some = this.seen.slice(-last);
    return some.reduce((sum, slots) => sum + slots, 0) / some.length;
  }
}

const restsBelow = (parallel: number): number => 2 * parallel + Math.sqrt(2 * parallel);

describe('the adaptive concurrency limit', () => {
  it.for([2, 5, 10])('comes to rest a little above what a component can do at a time: %i of 40', (parallel) => {
    const busy = new Busy(40, parallel).run(20_000);
    // it grows below 1.2 · c; at 2 · c a crowd takes twice as long as few, which shows beyond chance; one step is ½√limit
    expect(busy.mean(5_000)).toBeGreaterThan(parallel * 0.9);
    expect(busy.mean(5_000)).toBeLessThan(restsBelow(parallel));
  });

  it.for([5, 20, 40])('leaves a component that can do all of %i at a time nearly all of them', (capacity) => {
    expect(new Busy(capacity, capacity).run(20_000).mean(20_000)).toBeGreaterThan(0.95 * capacity);
  });

  it('takes a slow-down for what it is: nothing that fewer slots would mend', () => {
    const busy = new Busy(20, 20).run(5_000);
    busy.slowness = 4;
    busy.run(2_000);
    expect(busy.mean(2_000)).toBeGreaterThan(0.9 * 20);
  });

  it('follows a component that can do less, and one that can do more again', () => {
    const busy = new Busy(20, 20).run(5_000);
    busy.parallel = 4;
    expect(busy.run(10_000).mean(2_000)).toBeLessThan(restsBelow(4));
    busy.parallel = 20;
    expect(busy.run(10_000).mean(2_000)).toBeGreaterThan(18);
  });

  it('is 1 at least, and comes back from there', () => {
    const busy = new Busy(3, 0.5).run(5_000);
    expect(Math.min(...busy.seen)).toBe(1);
    busy.parallel = 3;
    expect(busy.run(5_000).mean(500)).toBeGreaterThan(2.5);
  });

  it('is the maximum while there is no crowd', () => {
    const limits = new ConcurrencyLimits();
    limits.reset(0, 20);
    // alone, whatever it takes
    const answers = Array.from({ length: 1_000 }, (_, k) =>
      limits.finished(0, k * 10, limits.crowd(0, 1), 1 + (k % 7)),
    );
    expect(answers.every((slots) => slots === 0)).toBe(true);
  });

  it('starts anew with a new maximum', () => {
    const busy = new Busy(40, 5).run(5_000);
    expect(busy.slots).toBeLessThan(20);
    busy.limits.reset(0, 8);
    busy.slots = 8;
    busy.parallel = 8;
    expect(Math.max(...busy.run(3_000).seen.slice(-3_000))).toBe(8);
    expect(busy.mean(1_000)).toBeGreaterThan(7);
  });

  it('calls half of the slots few, and four fifths a crowd', () => {
    const crowds = (capacity: number): Crowd[] => {
      const limits = new ConcurrencyLimits();
      limits.reset(0, capacity);
      return Array.from({ length: capacity }, (_, k) => limits.crowd(0, k + 1));
    };
    const { few, many, unknown } = Crowd;
    expect(crowds(1)).toEqual([few]);
    expect(crowds(2)).toEqual([few, many]);
    expect(crowds(4)).toEqual([few, few, unknown, many]);
    expect(crowds(10)).toEqual([few, few, few, few, few, unknown, unknown, many, many, many]);
  });

  it('keeps components apart, however many there are', () => {
    const limits = new ConcurrencyLimits();
    for (let i = 0; i <= 40; i++) limits.reset(i, i + 10);
    for (const i of [0, 7, 8, 40]) {
      const answers = Array.from({ length: 16 }, () => limits.finished(i, 0, Crowd.many, 1));
      expect(answers.at(-1)).toBe(Math.floor((i + 10) / 2));
    }
    expect(limits.finished(9, 0, Crowd.many, 1)).toBe(0);
  });
});
