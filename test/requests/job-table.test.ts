import { describe, expect, it } from 'vitest';
import { Route, Workload } from '../../src/fleet/route.ts';
import { type Job, type JobCallbacks, JobState } from '../../src/requests/job.ts';
import { JobTable } from '../../src/requests/job-table.ts';
import { expectSame } from '../support/expect-same.ts';

const host: JobCallbacks = { onJobTimer() {}, onAttemptTimer() {}, onAttemptStart() {}, onAttemptEnded() {} };
const workload = new Workload('GENERAL', new Route(0));
const FLOOD = 40_000;

function open(table: JobTable): Job {
  const job = table.acquire({ type: 'GENERAL' }, workload);
  table.admit(job);
  table.enter(job, JobState.queued);
  return job;
}

describe('JobTable', () => {
  it('lets go of what a flood has made, and gives no id twice', () => {
    const table = new JobTable('t', host);
    const ids = new Set<string>();
    const seen = new Set<Job>();
    for (let flood = 0; flood < 3; flood++) {
      const jobs = Array.from({ length: FLOOD }, () => open(table));
      expect(table.open).toBe(FLOOD);
      expect(new Set(jobs.map(({ slot }) => slot)).size, 'one slot each').toBe(FLOOD);
      for (const job of jobs) {
        const id = table.idOf(job);
        expectSame(ids.has(id), false);
        ids.add(id);
        expectSame(table.find(id), job);
        seen.add(job);
      }
      for (const job of jobs) table.release(job);
      expect(table.open).toBe(0);
    }
    for (const id of ids) expectSame(table.find(id), undefined);
    // the first flood made all, the others only what had been let go meanwhile
    expect(seen.size).toBe(FLOOD + 2 * (FLOOD - 16_384));
  });

  it('visits what is open, also while it is released', () => {
    const table = new JobTable('t', host);
    const jobs = Array.from({ length: FLOOD }, () => open(table));
    for (const job of jobs.slice(100)) table.release(job);
    const visited: Job[] = [];
    table.forEachOpen((job) => {
      visited.push(job);
      table.release(job);
    });
    expect(visited).toEqual(jobs.slice(0, 100));
    expect(table.open).toBe(0);
    expect(table.countByState[JobState.queued]).toBe(0);
  });

  it('keeps the ids that callers gave apart from those it makes', () => {
    const table = new JobTable('t', host);
    const named = table.acquire({ type: 'GENERAL', id: 'mine' }, workload);
    named.givenId = 'mine';
    table.admit(named);
    const other = open(table);
    expect(table.find('mine')).toBe(named);
    expect(
      table.find(table.generatedId(named.slot, named.generation)),
      'its generated id is not in use',
    ).toBeUndefined();
    expect(table.find(table.idOf(other))).toBe(other);
    table.release(named);
    expect(table.find('mine')).toBeUndefined();
  });
});
