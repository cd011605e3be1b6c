import type { Route } from '../../fleet/route.ts';
import { utilization } from '../../fleet/utilization.ts';
import { shouldDrop } from '../../queue/shedding.ts';
import type { Partition } from '../../queue/work-queue.ts';
import type { Job } from '../../requests/job.ts';
import { Pick } from '../../selection/built-in-policy.ts';
import { bind } from '../execution/attempts.ts';
import { expire, shed } from '../execution/outcomes.ts';
import { slotTaken } from '../overload/band-timers.ts';
import { checkLowWatermark } from '../overload/watermarks.ts';
import type { EngineState } from '../state.ts';
import { explain, shadow } from './decision-recorder.ts';

/** This many later jobs may overtake one that waits for resources; after that it blocks its partition. */
const MAX_OVERTAKES = 16;
/** Parked jobs that one visit looks at: with no bound the cost of a completion would grow with the queue. */
const MAX_PARKED_LOOKS = 16;

/**
 * Binds queued work to free slots. Takes the heads of the partitions in the order of their keys, and skips those that
 * nobody can serve now, so that they never block other work.
 */
export function dispatch(state: EngineState, t: number): void {
  state.dispatch.pass++;
  continuePass(state, t);
}

/**
 * Goes on with the present pass, for work that arrives while nothing else changes. Does not retry partitions already found
 * blocked in this pass.
 */
export function continuePass(state: EngineState, t: number): void {
  const { queue } = state;
  const { components } = state.fleet;
  // without a free slot, and without a component that awaits a probe, nothing could be bound
  if (queue.size === 0 || (components.freeCount === 0 && components.awaitingProbeCount === 0)) return;
  if (state.mode.flowing && !state.dispatch.isRunning && state.mode.phase !== 'starting') bindQueued(state, t);
}

function bindQueued(state: EngineState, t: number): void {
  const { queue } = state;
  const { components } = state.fleet;
  const { pass: dispatchPass } = state.dispatch;
  state.dispatch.isRunning = true;
  do {
    const partition = queue.next(dispatchPass);
    if (partition === undefined) break;
    if (!servePartition(state, partition, t)) partition.blockedIn = dispatchPass;
  } while (components.freeCount > 0 || components.awaitingProbeCount > 0);
  state.dispatch.isRunning = false;
}

/** Serves or drops one job of a partition. @returns false when nothing of it can be served now. */
function servePartition(state: EngineState, partition: Partition, t: number): boolean {
  if (partition.parked.length > 0) return serveBehindParked(state, partition, t);
  const head = partition.jobs.head();
  if (head === null) return false;
  if (tryBind(state, partition, head, t)) return true;
  return parkIfConstrained(state, partition, head);
}

/** Serves parked jobs first, since they are older, and then the head. */
function serveBehindParked(state: EngineState, partition: Partition, t: number): boolean {
  const { parked } = partition;
  const looks = Math.min(parked.length, MAX_PARKED_LOOKS);
  let blocked = false;
  for (let k = 0; k < looks; k++) {
    const job = parked[k]!;
    if (tryBind(state, partition, job, t)) return true;
    if (job.overtakes >= MAX_OVERTAKES) blocked = true;
  }
  if (blocked) return false;
  const head = partition.jobs.head();
  if (head === null) return false;
  if (!tryBind(state, partition, head, t)) return parkIfConstrained(state, partition, head);
  for (let k = 0; k < parked.length; k++) if (parked[k]!.demand !== null) parked[k]!.overtakes++;
  return true;
}

/** @returns whether the head was put aside, so that those behind it can be looked at. */
function parkIfConstrained(state: EngineState, partition: Partition, head: Job): boolean {
  if (!hasOwnConstraint(state, head)) return false;
  state.queue.park(partition, head);
  return true;
}

/** Whether a job may have to wait where others of its partition need not. */
function hasOwnConstraint(state: EngineState, job: Job): boolean {
  if (job.excluded !== null || job.demand !== null) return state.selection.selector.last === Pick.none;
  return state.fleet.components.panic && !job.idempotent;
}

/** Tries to bind a queued job, or ends it when its time is over. @returns whether the job has left the queue. */
function tryBind(state: EngineState, partition: Partition, job: Job, t: number): boolean {
  const { delay, route } = partition;
  const { intervalMs, targetMs } = state.settings.shedding;
  const waited = t - job.waitingSince;
  if (job.deadline <= t) {
    delay.record(waited, t, intervalMs);
    expire(state, job, t);
    return true;
  }
  const chosen = choose(state, route, job, t);
  if (chosen < 0) return false;
  const probe = state.selection.selector.lastWasProbe;
  delay.record(waited, t, intervalMs);
  // congestion means that even the shortest wait of an interval was above the target: a shorter wait needs no check
  if (waited > targetMs && isCongested(state, partition, job, t) && isDropped(state, route, job, t)) {
    shed(state, job, t, 'overload');
    return true;
  }
  state.queue.remove(job);
  state.requests.outcomes.queue.recordAt(waited, t);
  state.selection.algorithms.counters[state.selection.algorithms.number]!.picks++;
  const record = state.fleet.records[chosen]!;
  bind(state, job, record, probe, t);
  slotTaken(state, record);
  checkLowWatermark(state, route);
  return true;
}

/** Index of the component that takes the job; negative: none does now. */
function choose(state: EngineState, route: Route, job: Job, t: number): number {
  const { algorithms, selector } = state.selection;
  const chosen = selector.select(job, algorithms.policy, t, route.queued - 1);
  if (state.selection.notesPicks) notePick(state, route, job, chosen, t);
  if (chosen < 0 && chosen === Pick.hold) algorithms.counters[algorithms.number]!.holds++;
  return chosen;
}

function notePick(state: EngineState, route: Route, job: Job, chosen: number, t: number): void {
  const { decisions, shadows } = state.selection;
  if (shadows !== undefined) shadow(state, shadows, job, chosen);
  if (decisions !== undefined && chosen !== Pick.none) explain(state, decisions, job, chosen, route.queued - 1, t);
}

function isCongested({ settings: { shedding } }: EngineState, { delay }: Partition, job: Job, t: number): boolean {
  return job.cls > 0 && !job.exempt && delay.congested(t, shedding.targetMs, shedding.intervalMs);
}

function isDropped(state: EngineState, route: Route, job: Job, t: number): boolean {
  const { shedding, sheddingThreshold } = state.settings;
  const service = job.deadline === Number.POSITIVE_INFINITY ? 0 : job.workload.stats.service.quantile(0.97, t);
  return shouldDrop({
    cls: job.cls,
    waitedMs: t - job.waitingSince,
    remainingMs: job.deadline === Number.POSITIVE_INFINITY ? undefined : job.deadline - t,
    p97ServiceMs: service,
    congested: true,
    utilization: utilization(state.fleet.components, route, 1),
    threshold: sheddingThreshold,
    targetMs: shedding.targetMs,
    exempt: job.exempt,
  });
}
