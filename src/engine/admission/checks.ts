import {
  DeadlineExceededError,
  InvalidRequestError,
  NoEligibleComponentError,
  type PlimsollError,
  QueueFullError,
} from '../../domain/errors.ts';
import { formatValue } from '../../domain/request.ts';
import { ServingState } from '../../fleet/component-table.ts';
import type { Route, Workload } from '../../fleet/route.ts';
import { type Job, JobState } from '../../requests/job.ts';
import { shed } from '../execution/outcomes.ts';
import { queueLimitOf, routeShare } from '../overload/watermarks.ts';
import type { EngineState } from '../state.ts';

const { operational } = ServingState;
const { awaitingRetry } = JobState;

/** Why a request cannot be admitted; undefined when it can. May evict less important work to make room. */
export function rejectionReason(state: EngineState, job: Job, t: number): PlimsollError | undefined {
  const { workload, cls, givenId, excluded } = job;
  const { route } = workload;
  if (givenId !== '' && state.requests.jobs.find(givenId) !== undefined) return duplicateId(givenId);
  if (route.members.length === 0 || (excluded !== null && !isServed(route, excluded))) return notServed(job);
  if (job.deadline !== Number.POSITIVE_INFINITY) {
    const late = infeasibleDeadline(state, job.deadline, workload, cls, t);
    if (late !== undefined) return late;
  }
  return makeRoom(state, route, cls, t);
}

const duplicateId = (id: string): InvalidRequestError =>
  new InvalidRequestError(
    `Request id ${formatValue(id)} is in use by an open request: ids must be unique among these. Leave the id out to have one made.`,
    { value: id, requestId: id, reason: 'duplicateId' },
  );

const notServed = ({ type, excluded }: Job): NoEligibleComponentError =>
  new NoEligibleComponentError(
    `No registered component serves ${formatValue(type)}${excluded === null ? '' : ' outside its excludedComponents'}. Register one, or correct the type.`,
    { value: type, reason: 'notServed' },
  );

function isServed({ members }: Route, excluded: readonly number[]): boolean {
  return excluded.length < members.length || members.some((i) => !excluded.includes(i));
}

/** A deadline that has passed, or that the wait ahead and the usual service time would exceed. */
function infeasibleDeadline(
  state: EngineState,
  deadline: number,
  workload: Workload,
  cls: number,
  t: number,
): DeadlineExceededError | undefined {
  const remaining = deadline - t;
  if (!(remaining > 0)) return deadlinePassed(state, deadline, remaining);
  // the quantiles cover the last seconds only: after a pause the long-term mean stands in for them
  const service = workload.stats.known ? workload.stats.service.quantile(0.5, t) || workload.stats.scale : 0;
  const wait = estimatedWait(state, workload, cls, service, t);
  return wait + service > remaining ? deadlineTooNear(state, deadline, remaining, wait, service) : undefined;
}

function deadlinePassed(state: EngineState, deadline: number, remaining: number): DeadlineExceededError {
  return new DeadlineExceededError(
    `The deadline had passed ${Math.round(-remaining)} ms before the request was submitted. Check the clock that made it.`,
    { value: deadline + state.scheduler.origin, reason: 'infeasible' },
  );
}

function deadlineTooNear(
  state: EngineState,
  deadline: number,
  remaining: number,
  wait: number,
  service: number,
): DeadlineExceededError {
  return new DeadlineExceededError(
    `The deadline is ${Math.round(remaining)} ms away, but about ${Math.round(wait)} ms of waiting and ${Math.round(service)} ms of work lie ahead. Give it more time or try elsewhere.`,
    { value: deadline + state.scheduler.origin, reason: 'infeasible' },
  );
}

/** How long the drain rate of a route is cached, ms: it rests on averages over seconds, and changes slowly. */
const DRAIN_FRESH_MS = 10;

/**
 * Expected wait in ms: jobs ahead over the rate at which the route finishes jobs; 0 when none is ahead or no rate is known.
 * The rate of a component is the larger of what it has finished lately and what it could finish (slots over service
 * time). After a quiet hour the former is nearly 0 and says nothing.
 */
function estimatedWait(state: EngineState, { route }: Workload, cls: number, serviceMs: number, t: number): number {
  const ahead = state.queue.ahead(route, cls);
  if (ahead === 0) return 0;
  if (t - route.drainAt > DRAIN_FRESH_MS) {
    route.drainAt = t;
    route.drainPerMs = drainPerMs(state, route, serviceMs, t);
  }
  return route.drainPerMs > 0 ? ahead / route.drainPerMs : 0;
}

/** Jobs per ms that a route works off. */
function drainPerMs(state: EngineState, route: Route, serviceMs: number, t: number): number {
  const { components, performance } = state.fleet;
  let perMs = 0;
  for (const i of route.members) {
    if (components.servingState[i] !== operational) continue;
    const meanMs = performance.meanResponseMs(i) || serviceMs;
    perMs += Math.max(performance.finishRate(i, t) / 1000, components.slots[i]! / meanMs);
  }
  return perMs;
}

/** Makes room in a full queue by evicting less important work; the error when there is none. */
function makeRoom(state: EngineState, route: Route, cls: number, t: number): QueueFullError | undefined {
  // work that waits for a retry comes back into the queue: newcomers count it
  const held = state.queue.size + state.requests.jobs.countByState[awaitingRetry]!;
  const share = routeShare(state);
  if (held < state.settings.maxQueueSize && route.queued < share) return undefined;
  return evictFor(state, route, cls, held, share, t);
}

function evictFor(
  state: EngineState,
  route: Route,
  cls: number,
  held: number,
  share: number,
  t: number,
): QueueFullError | undefined {
  const { maxQueueSize, maxRouteShare } = state.settings;
  // queueLimitOf is below maxQueueSize only while other routes are in use
  const routeFull = route.queued >= share && queueLimitOf(state, route) < maxQueueSize;
  if (held < maxQueueSize && !routeFull) return undefined;
  let victim = state.queue.evictable(cls, routeFull ? route : undefined);
  // one route may have filled the queue while it was the only one in use: the others now get their shares back
  if (victim === undefined && route.queued < share) victim = state.queue.evictableOverShare(cls, route, share);
  if (victim !== undefined) {
    shed(state, victim, t, 'evicted');
    return undefined;
  }
  return new QueueFullError(
    routeFull
      ? `The queue holds ${route.queued} requests of this route, all that one route may hold while others are in use (maxRouteShare ${maxRouteShare}). Wait for ready(), or raise it.`
      : `The queue is full (${held} of ${maxQueueSize}) and holds nothing less important. Wait for ready(), or raise maxQueueSize.`,
    { value: maxQueueSize, reason: routeFull ? 'routeFull' : 'queueFull' },
  );
}
