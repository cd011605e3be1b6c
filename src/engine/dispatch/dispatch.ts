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
import { awaitTokens } from './token-wait.ts';

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
  // what has left the queue makes room for who waits before it
  if (state.waitingLine.size > 0 && !state.dispatch.isRunning) state.waitingLine.letIn(t);
  if (state.waiters.ready.size > 0) state.events.enqueue(state.waiters.wakeReady);
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
  state.fleet.rateLimits.pass = dispatchPass;
  do {
    const partition = queue.next(dispatchPass, t);
    if (partition === undefined) break;
    if (!servePartition(state, partition, t)) {
      partition.blockedIn = dispatchPass;
      if (!mayServe(state, partition.route)) queue.sleep(partition);
    }
  } while (components.freeCount > 0 || components.awaitingProbeCount > 0);
  state.dispatch.isRunning = false;
  // what has left the queue makes room
  if (state.waiters.ready.size > 0) state.events.enqueue(state.waiters.wakeReady);
}

/** Whether somebody of a route has a free slot or wants a probe. */
function mayServe({ fleet: { components } }: EngineState, route: Route): boolean {
  if (route.freeCount > 0) return true;
  const { awaitingProbe } = components;
  for (let k = 0; k < awaitingProbe.length; k++) if (route.has(awaitingProbe[k]!)) return true;
  return false;
}

/** Serves or drops one job of a partition. @returns false when nothing of it can be served now. */
function servePartition(state: EngineState, partition: Partition, t: number): boolean {
  if (partition.parked.length > 0) return serveBehindParked(state, partition, t);
  const head = partition.jobs.head();
  if (head === null) return false;
  if (tryBind(state, partition, head, t)) return true;
  return parkIfConstrained(state, partition, head, t);
}

/** Serves parked jobs first, since they are older, and then the head. */
function serveBehindParked(state: EngineState, partition: Partition, t: number): boolean {
  const { parked } = partition;
  const looks = Math.min(parked.length, MAX_PARKED_LOOKS);
  let blocked = false;
  for (let k = 0; k < looks; k++) {
    const job = parked[k]!;
    if (tryBind(state, partition, job, t)) return true;
    if (state.fleet.rateLimits.count > 0 && state.selection.selector.last === Pick.none) awaitTokens(state, job, t);
    if (job.overtakes >= MAX_OVERTAKES) blocked = true;
  }
  if (blocked) return false;
  const head = partition.jobs.head();
  if (head === null) return false;
  if (!tryBind(state, partition, head, t)) return parkIfConstrained(state, partition, head, t);
  for (let k = 0; k < parked.length; k++) if (parked[k]!.demand !== null) parked[k]!.overtakes++;
  return true;
}

/** @returns whether the head was put aside, so that those behind it can be looked at. */
function parkIfConstrained(state: EngineState, partition: Partition, head: Job, t: number): boolean {
  const isDear = isTooDear(state, partition, head, t);
  if (!isDear && !hasOwnConstraint(state, head)) return false;
  state.queue.park(partition, head);
  return true;
}

/** Whether a job may have to wait where others of its partition need not. */
function hasOwnConstraint({ selection: { selector }, fleet }: EngineState, job: Job): boolean {
  if (selector.last !== Pick.none) return false;
  return job.excluded !== null || job.demand !== null || selector.lastWasNoProbe || isHeldBack(fleet, job);
}

/** Whether it may not go where others of its partition may: to a free component that runs nothing twice. */
function isHeldBack({ components }: EngineState['fleet'], { mayHaveRun, workload }: Job): boolean {
  if (components.runsOnceCount === 0 || !mayHaveRun) return false;
  return workload.route.members.some((i) => components.runsOnce[i] === 1 && components.free[i]! > 0);
}

/** Whether a job waits for more of a rate limit than others of its partition may need, and leaves them something. */
function isTooDear(state: EngineState, { parked }: Partition, job: Job, t: number): boolean {
  if (state.fleet.rateLimits.count === 0 || state.selection.selector.last !== Pick.none) return false;
  return awaitTokens(state, job, t) && parked.length < MAX_PARKED_LOOKS;
}

/** Tries to bind a queued job, or ends it when its time is over. @returns whether the job has left the queue. */
function tryBind(state: EngineState, partition: Partition, job: Job, t: number): boolean {
  const { route } = partition;
  const waited = t - job.waitingSince;
  if (job.deadline <= t) {
    leaves(state, partition, job, waited, t);
    expire(state, job, t);
    return true;
  }
  const chosen = choose(state, route, job, t);
  if (chosen < 0) return false;
  const probe = state.selection.selector.lastWasProbe;
  leaves(state, partition, job, waited, t);
  if (waited > 0 && isDropped(state, partition, job, waited, t)) {
    shed(state, job, t, 'overload');
    return true;
  }
  state.queue.remove(job);
  state.requests.outcomes.queue.recordAt(waited, t);
  state.requests.tallies.waited(job.countedAs, waited);
  state.selection.algorithms.counters[state.selection.algorithms.number]!.picks++;
  const { records, components, slowStart } = state.fleet;
  if (components.warming.length > 0 && !probe) slowStart.picked(route, chosen, t);
  const record = records[chosen]!;
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

/** A job leaves the queue, to be run or because its time is over: its wait tells how its part of the queue is. */
function leaves(state: EngineState, { delay, route }: Partition, job: Job, waited: number, t: number): void {
  delay.record(waited, t);
  if (state.overload.givesWay[job.cls] === 1) route.lasting.record(waited, t, state.settings.shedding.targetMs);
}

/** Whether overload control drops a job that has waited; also notes that its part of the queue is congested. */
function isDropped(state: EngineState, partition: Partition, job: Job, waited: number, t: number): boolean {
  const { delay, route, cls } = partition;
  const congested = delay.congested(t);
  const lasting = state.overload.givesWay[cls] === 1 && route.lasting.lasts(t, state.settings.shedding.intervalMs);
  if (!congested && !lasting) return false;
  const { shedding, sheddingThreshold } = state.settings;
  const load = utilization(state.fleet, route, t, 1);
  if (load < sheddingThreshold) return false;
  if (congested) state.queue.congested(partition, t);
  const remainingMs = job.deadline === Number.POSITIVE_INFINITY ? undefined : job.deadline - t;
  return shouldDrop({
    cls,
    waitedMs: waited,
    remainingMs,
    p97ServiceMs: remainingMs === undefined ? 0 : job.workload.stats.service.quantile(0.97, t),
    congested,
    lasting,
    utilization: load,
    threshold: sheddingThreshold,
    targetMs: shedding.targetMs,
    exempt: job.exempt,
  });
}
