import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOT_QUEUED, PartitionQueue, type QueueNode } from '../../src/queue/partition-queue.ts';
import { expectSame } from '../support/expect-same.ts';

class Job implements QueueNode<Job> {
  enqueuedAt: number;
  seq: number;
  queueNext: Job | null = null;
  queuePrev: Job | null = null;
  queueIndex = NOT_QUEUED;
  constructor(enqueuedAt: number, seq: number) {
    this.enqueuedAt = enqueuedAt;
    this.seq = seq;
  }
}

const operation = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('push' as const), pick: fc.nat(), wait: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('return' as const), pick: fc.nat(), wait: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('shift' as const), pick: fc.nat(), wait: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), pick: fc.nat(), wait: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('evict' as const), pick: fc.nat(), wait: fc.nat(2) }) },
);

describe('PartitionQueue', () => {
  it('behaves as a sorted array, whatever comes, returns and leaves', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 150, size: 'max' }), (operations) => {
        const queue = new PartitionQueue<Job>();
        let model: Job[] = [];
        const returned = new Set<Job>();
        const out: Job[] = [];
        let now = 0;
        let seq = 0;
        for (const { kind, pick, wait } of operations) {
          now += wait;
          if (kind === 'push') {
            const job = new Job(now, seq++);
            queue.pushNewest(job);
            model.push(job);
          } else if (kind === 'return' && out.length > 0) {
            const [job] = out.splice(pick % out.length, 1) as [Job];
            queue.pushReturned(job);
            model.push(job);
            returned.add(job);
          } else if (kind === 'shift') {
            const job = queue.shift();
            expectSame(job, model[0] ?? null);
            if (job !== null) out.push(job);
          } else if (kind === 'remove' && model.length > 0) {
            const job = model[pick % model.length]!;
            expectSame(queue.remove(job), true);
            expectSame(queue.remove(job), false);
            out.push(job);
          } else if (kind === 'evict') {
            const job = queue.newest();
            expectSame(job, model.findLast((candidate) => !returned.has(candidate)) ?? null);
            if (job !== null) queue.remove(job);
          }
          model = model.filter((job) => job.queueIndex !== NOT_QUEUED);
          for (const job of out) returned.delete(job);
          model.sort((a, b) => a.enqueuedAt - b.enqueuedAt || a.seq - b.seq);
          expectSame(queue.size, model.length);
          expectSame(queue.head(), model[0] ?? null);
          const listed = [...queue];
          expectSame(listed.length, model.length);
          for (const [k, job] of listed.entries()) expectSame(job, model[k]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('keeps what returned in order through removals in any order, with ties decided by seq', () => {
    const times = fc.array(fc.nat(6), { minLength: 1, maxLength: 60, size: 'max' });
    fc.assert(
      fc.property(
        times,
        fc.array(fc.nat(), { maxLength: 40, size: 'max' }),
        fc.infiniteStream(fc.nat()),
        (enqueued, picks, order) => {
          const queue = new PartitionQueue<Job>();
          let model = enqueued.map((time, seq) => new Job(time, seq));
          const shuffled = model.map((job) => ({ job, key: order.next().value as number }));
          for (const { job } of shuffled.sort((a, b) => a.key - b.key)) queue.pushReturned(job);
          model.sort((a, b) => a.enqueuedAt - b.enqueuedAt || a.seq - b.seq);
          for (const pick of picks) {
            const removed = model[pick % model.length];
            if (removed !== undefined) queue.remove(removed);
            model = model.filter((job) => job !== removed);
            expectSame(queue.head(), model[0] ?? null);
          }
          for (const job of model) expectSame(queue.shift(), job);
          expect(queue.shift()).toBeNull();
        },
      ),
      { numRuns: 500 },
    );
  });

  it('puts returned work before younger work and behind older', () => {
    const queue = new PartitionQueue<Job>();
    const [old, middle, young] = [new Job(1, 1), new Job(2, 2), new Job(3, 3)];
    queue.pushNewest(old);
    queue.pushNewest(middle);
    queue.remove(middle);
    queue.pushNewest(young);
    queue.pushReturned(middle);
    expect(queue.newest()).toBe(young);
    expect([queue.shift(), queue.shift(), queue.shift(), queue.shift()]).toEqual([old, middle, young, null]);
  });

  it('has no newest when all that waits has returned', () => {
    const queue = new PartitionQueue<Job>();
    queue.pushReturned(new Job(1, 1));
    expect(queue.newest()).toBeNull();
    expect(queue.size).toBe(1);
  });

  it('refuses a node that is queued already, and leaves no link on one that left', () => {
    const queue = new PartitionQueue<Job>();
    const [a, b] = [new Job(1, 1), new Job(2, 2)];
    queue.pushNewest(a);
    queue.pushReturned(b);
    for (const job of [a, b]) {
      expect(() => queue.pushNewest(job)).toThrow('queued already');
      expect(() => queue.pushReturned(job)).toThrow('queued already');
    }
    queue.pushNewest(new Job(3, 3));
    queue.remove(a);
    expect([a.queueNext, a.queuePrev, a.queueIndex]).toEqual([null, null, NOT_QUEUED]);
  });
});
