import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Route, Workload } from '../../src/fleet/route.ts';
import { type Partition, WorkQueue } from '../../src/queue/work-queue.ts';
import type { Job, JobCallbacks } from '../../src/requests/job.ts';
import { JobTable } from '../../src/requests/job-table.ts';

const host: JobCallbacks = { onJobTimer() {}, onAttemptTimer() {}, onAttemptStart() {}, onAttemptEnded() {} };
const AGING = 100;

/** What is done to the queue: which job of those that are out or in, by place. */
const step = fc.record({
  act: fc.constantFrom('push', 'push', 'back', 'remove', 'park', 'next', 'sleep', 'wake', 'wakeAll'),
  which: fc.nat(50),
  cls: fc.nat(4),
  route: fc.nat(1),
  wait: fc.nat(80),
});

describe('the queue', () => {
  it('serves the partition whose oldest job is due first, whatever comes, returns, is put aside and leaves', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const jobs = new JobTable('q', host);
        const kinds = [0, 1].map((id) => new Workload(`K${id}`, new Route(id)));
        const queue = new WorkQueue(AGING);
        const waiting: Job[] = [];
        const out: Job[] = [];
        const asleep = new Set<Partition>();
        let t = 0;
        for (const { act, which, cls, route, wait } of steps) {
          t += wait;
          const job = waiting[which % waiting.length];
          if (act === 'push') {
            const fresh = jobs.acquire({ type: `K${route}` }, kinds[route]!);
            jobs.admit(fresh);
            fresh.cls = cls;
            fresh.submittedAt = t;
            queue.push(fresh);
            waiting.push(fresh);
          } else if (act === 'back' && out.length > 0) {
            const [back] = out.splice(which % out.length, 1);
            queue.pushBack(back!);
            waiting.push(back!);
          } else if (act === 'remove' && job !== undefined) {
            queue.remove(job);
            waiting.splice(waiting.indexOf(job), 1);
            out.push(job);
          } else if (act === 'park' && job !== undefined && job.partition?.jobs.head() === job) {
            queue.park(job.partition, job);
          } else if (act === 'sleep' && job?.partition != null) {
            queue.sleep(job.partition);
            asleep.add(job.partition);
          } else if (act === 'wake') {
            queue.wake(kinds[route]!.route);
            for (const partition of asleep) if (partition.route === kinds[route]!.route) asleep.delete(partition);
          } else if (act === 'wakeAll') {
            queue.wakeAll();
            asleep.clear();
          }
          // one that has become empty begins awake
          for (const partition of asleep) if (partition.size === 0) asleep.delete(partition);
          for (const partition of queue.busyPartitions()) {
            const heads = [partition.jobs.head(), partition.parked[0] ?? null];
            const times = heads.map((head) => (head === null ? Number.POSITIVE_INFINITY : head.enqueuedAt));
            expect(partition.oldest()).toBe(Math.min(...times));
          }
          expect(queue.size).toBe(waiting.length);
          const next = queue.next(-2, 0);
          const looked = queue.busyPartitions().filter((one) => !asleep.has(one));
          for (const { route: each } of kinds) {
            const sleeping = [...asleep].filter((one) => one.route === each).length;
            expect(each.sleeping).toBe(sleeping);
          }
          if (looked.length === 0) expect(next).toBe(undefined);
          else {
            const keys = looked.map((one) => one.cls * AGING + one.oldest());
            expect(next!.cls * AGING + next!.oldest()).toBe(Math.min(...keys));
          }
        }
      }),
    );
  });

  it('begins anew where a partition has been empty', () => {
    const jobs = new JobTable('q', host);
    const workload = new Workload('K', new Route(0));
    const queue = new WorkQueue(AGING);
    for (const t of [10, 500]) {
      const job = jobs.acquire({ type: 'K' }, workload);
      jobs.admit(job);
      job.submittedAt = t;
      expect(queue.push(job).oldest()).toBe(t);
      queue.remove(job);
      expect(queue.next(-2, 0)).toBe(undefined);
    }
  });

  it('does not count age on a route whose important work is congested, for as long as that is fresh', () => {
    const jobs = new JobTable('q', host);
    const kinds = [0, 1].map((id) => new Workload(`K${id}`, new Route(id)));
    const queue = new WorkQueue(AGING);
    const add = (t: number, cls: number, workload: Workload): void => {
      const job = jobs.acquire({ type: workload.name }, workload);
      jobs.admit(job);
      job.submittedAt = t;
      job.cls = cls;
      queue.push(job);
    };
    add(0, 3, kinds[0]!);
    add(1, 3, kinds[1]!);
    add(5_000, 0, kinds[0]!);
    add(5_000, 0, kinds[1]!);
    const order = (t: number): string[] => {
      const seen: string[] = [];
      for (let next = queue.next(9, t); next !== undefined; next = queue.next(9, t)) {
        next.blockedIn = 9;
        seen.push(`${next.cls} of ${next.route.id}`);
      }
      for (const partition of queue.busyPartitions()) partition.blockedIn = -1;
      return seen;
    };
    expect(order(5_000)).toEqual(['3 of 0', '3 of 1', '0 of 0', '0 of 1']);
    const congested = queue.partitionOf(kinds[0]!.route, 0);
    queue.congested(congested, 5_000);
    expect(order(5_050)).toEqual(['3 of 1', '0 of 0', '0 of 1', '3 of 0']);
    // the less important one says nothing about the more important one
    queue.congested(queue.partitionOf(kinds[0]!.route, 3), 5_050);
    expect(order(5_099)[3]).toBe('3 of 0');
    expect(order(5_100)).toEqual(['3 of 0', '3 of 1', '0 of 0', '0 of 1']);
  });
});
