import { Standing } from '../../fleet/component-table.ts';
import { type Job, JobState } from '../../requests/job.ts';
import type { Route } from '../../fleet/route.ts';
import type { Partition } from '../../queue/work-queue.ts';
import { HELD, NONE } from '../../selection/component-selector.ts';
import { shouldDrop } from '../../queue/shedding.ts';
import { bind } from '../execution/attempts.ts';
import type { Books } from '../state.ts';
import { explain } from './decision-recorder.ts';
import { slotTaken } from '../overload/band-timers.ts';
import { expire, shed } from '../execution/outcomes.ts';
import { shadow } from '../reporting/shadow-metrics.ts';
import { lowWater } from '../overload/watermarks.ts';

/** A job that waits for resources may be passed by this many later ones, then it blocks its partition. */
const MAX_PASSED = 16;
/** Parked heads that one visit looks at: more would make a completion cost what the queue is long. */
const MAX_PARKED_LOOKS = 16;

/**
 * Binds queued work to free slots: the heads of the partitions in the order of their keys, skipping any for whom there
 * is nobody, so that one unservable head never blocks other work.
 */
export function dispatch(books: Books, t: number): void {
  books.pass++;
  goOn(books, t);
}

/**
 * The same within the pass that has begun: for work that arrives while nothing else changes. Heads for whom there was nobody
 * a moment ago are not asked about again for each newcomer.
 */
export function goOn(books: Books, t: number): void {
  const { queue, components } = books;
  // with no free slot anywhere, and nobody to be probed, every pick would be in vain
  if (queue.size === 0 || (components.openCount === 0 && components.probesWanted === 0)) return;
  if (books.flowing && !books.dispatching && books.phase !== 'starting') bindQueued(books, t);
}

function bindQueued(books: Books, t: number): void {
  const { queue, components, pass } = books;
  books.dispatching = true;
  do {
    const partition = queue.next(pass);
    if (partition === undefined) break;
    if (!serve(books, partition, t)) partition.blockedIn = pass;
  } while (components.openCount > 0 || components.probesWanted > 0);
  books.dispatching = false;
}

/** Serves or drops one job of a partition. @returns false when nothing of it can be served now. */
function serve(books: Books, partition: Partition, t: number): boolean {
  if (partition.parked.length > 0) return serveBehindParked(books, partition, t);
  const head = partition.jobs.head();
  if (head === null) return false;
  if (place(books, partition, head, t)) return true;
  return parkIfPeculiar(books, partition, head);
}

/** The parked ones first: they are older. */
function serveBehindParked(books: Books, partition: Partition, t: number): boolean {
  const { parked } = partition;
  const looks = Math.min(parked.length, MAX_PARKED_LOOKS);
  let blocked = false;
  for (let k = 0; k < looks; k++) {
    const job = parked[k]!;
    if (place(books, partition, job, t)) return true;
    if (job.passed >= MAX_PASSED) blocked = true;
  }
  if (blocked) return false;
  const head = partition.jobs.head();
  if (head === null) return false;
  if (!place(books, partition, head, t)) return parkIfPeculiar(books, partition, head);
  for (let k = 0; k < parked.length; k++) if (parked[k]!.demand !== null) parked[k]!.passed++;
  return true;
}

/** @returns whether the head was put aside, so that those behind it can be looked at. */
function parkIfPeculiar(books: Books, partition: Partition, head: Job): boolean {
  if (!isPeculiar(books, head)) return false;
  books.queue.park(partition, head);
  return true;
}

/** Whether a job may have to wait where others of its partition need not. */
function isPeculiar(books: Books, job: Job): boolean {
  if (job.excluded !== null || job.demand !== null) return books.chooser.last === NONE;
  return books.components.panic && !job.idempotent;
}

/** Tries to bind a queued job, or ends it when its time is over. @returns whether the job has left the queue. */
function place(books: Books, partition: Partition, job: Job, t: number): boolean {
  const { delay, route } = partition;
  const { intervalMs, targetMs } = books.settings.shedding;
  const waited = t - job.waitingSince;
  if (job.deadline <= t) {
    delay.record(waited, t, intervalMs);
    expire(books, job, t);
    return true;
  }
  const chosen = choose(books, route, job, t);
  if (chosen < 0) return false;
  const probe = books.chooser.lastWasProbe;
  delay.record(waited, t, intervalMs);
  // where the shortest wait of an interval is above the target, this one is
  if (waited > targetMs && isCongested(books, partition, job, t) && isDropped(books, route, job, t)) {
    shed(books, job, t, 'overload');
    return true;
  }
  books.queue.remove(job);
  books.outcomes.queue.recordAt(waited, t);
  books.algorithms.tallies[books.algorithms.number]!.picks++;
  const entry = books.entries[chosen]!;
  bind(books, job, entry, probe, t);
  slotTaken(books, entry);
  lowWater(books, route);
  return true;
}

/** Who takes the job; negative: nobody, now. */
function choose(books: Books, route: Route, job: Job, t: number): number {
  const { algorithms, chooser } = books;
  const chosen = chooser.choose(job, algorithms.policy, t, route.queued - 1);
  if (books.notesPicks) notePick(books, route, job, chosen, t);
  if (chosen < 0 && chosen === HELD) algorithms.tallies[algorithms.number]!.holds++;
  return chosen;
}

function notePick(books: Books, route: Route, job: Job, chosen: number, t: number): void {
  const { decisions, shadows } = books;
  if (shadows !== undefined) shadow(books, shadows, job, chosen);
  if (decisions !== undefined && chosen !== NONE) explain(books, decisions, job, chosen, route.queued - 1, t);
}

function isCongested({ settings: { shedding } }: Books, { delay }: Partition, job: Job, t: number): boolean {
  return job.cls > 0 && !job.exempt && delay.congested(t, shedding.targetMs, shedding.intervalMs);
}

function isDropped(books: Books, route: Route, job: Job, t: number): boolean {
  const { shedding, sheddingThreshold } = books.settings;
  const service = job.deadline === Number.POSITIVE_INFINITY ? 0 : job.kind.work.service.quantile(0.97, t);
  return shouldDrop({
    cls: job.cls,
    waitedMs: t - job.waitingSince,
    remainingMs: job.deadline === Number.POSITIVE_INFINITY ? undefined : job.deadline - t,
    p97ServiceMs: service,
    congested: true,
    utilisation: utilization(books, route, 1),
    threshold: sheddingThreshold,
    targetMs: shedding.targetMs,
    exempt: job.exempt,
  });
}

/**
 * Slots taken over ramped slots of the route's operational components; 0 when none is operational.
 * @param more slots about to be taken
 */
export function utilization(books: Books, route: Route, more = 0): number {
  const { components } = books;
  let taken = more;
  let slots = 0;
  for (const i of route.members) {
    if (components.standing[i] !== Standing.operational) continue;
    taken += components.taken[i]!;
    slots += components.slots[i]!;
  }
  return slots > 0 ? taken / slots : 0;
}

/** Puts a job that came back (retry, failover) into the queue with its original enqueue time. */
export function requeue(books: Books, job: Job, t: number): void {
  job.backSince = t;
  job.current = null;
  job.passed = 0;
  books.jobs.enter(job, JobState.queued);
  books.queue.pushBack(job);
  books.schedule(job, Math.min(job.deadline, t + books.settings.queueTimeoutMs));
}
