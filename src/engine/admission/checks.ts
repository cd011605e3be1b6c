import {
  DeadlineExceededError,
  InvalidRequestError,
  NoEligibleComponentError,
  type PlimsollError,
  QueueFullError,
} from '../../domain/errors.ts';
import { formatValue } from '../../domain/request.ts';
import type { Route, Workload } from '../../fleet/route.ts';
import { type Job, JobState } from '../../requests/job.ts';
import { shed } from '../execution/outcomes.ts';
import { fitsSomebody, tooLarge } from '../membership/fit.ts';
import { estimatedWait, retryAfterMs } from '../overload/wait-estimates.ts';
import { equalShareOf, heldIn, queueLimitOf, routeShare } from '../overload/watermarks.ts';
import type { EngineState } from '../state.ts';

/** What stands in the way of a request that was read; undefined when nothing does. May evict less important work. */
export function rejectionReason(state: EngineState, job: Job, t: number): PlimsollError | undefined {
  return unfitReason(state, job, t) ?? makeRoom(state, job.workload.route, job.cls, t);
}

/** The same but for want of room: what waiting for a place would not mend. */
export function unfitReason(state: EngineState, job: Job, t: number): PlimsollError | undefined {
  const { workload, cls, givenId, excluded } = job;
  const { route } = workload;
  if (givenId !== '' && state.requests.jobs.find(givenId) !== undefined) return duplicateId(givenId);
  if (route.members.length === 0 || (excluded !== null && !isServed(route, excluded))) return notServed(job);
  if (job.demand !== null && !fitsSomebody(state, job, job.demand)) return tooLarge(state, job, job.demand);
  if (state.fleet.rateLimits.count > 0 && isTooDear(state, job)) return costAboveLimit(job);
  if (job.deadline === Number.POSITIVE_INFINITY) return undefined;
  return infeasibleDeadline(state, job, job.deadline, workload, cls, t);
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

/** Whether each component that may take a request has a rate limit that is below its cost. */
function isTooDear({ fleet: { rateLimits } }: EngineState, { workload, excluded, cost }: Job): boolean {
  return workload.route.members.every((i) => excluded?.includes(i) === true || !rateLimits.allows(i, cost));
}

const costAboveLimit = ({ type, cost }: Job): NoEligibleComponentError =>
  new NoEligibleComponentError(
    `Each component that serves ${formatValue(type)} has a rateLimit below the request's cost of ${cost}, so that it could never start. Split the work, or correct the cost or the limit.`,
    { value: cost, reason: 'costAboveLimit' },
  );

function isServed({ members }: Route, excluded: readonly number[]): boolean {
  return excluded.length < members.length || members.some((i) => !excluded.includes(i));
}

/**
 * A deadline that has passed, or that the wait ahead and the usual service time would exceed. One request in twenty of those, and at
 * least one a second, is let through all the same: what is refused on an estimate can never correct it.
 */
function infeasibleDeadline(
  state: EngineState,
  job: Job,
  deadline: number,
  workload: Workload,
  cls: number,
  t: number,
): DeadlineExceededError | undefined {
  const remaining = deadline - t;
  if (!(remaining > 0)) return deadlinePassed(state, deadline, remaining);
  // of the last seconds; NaN after a pause: what was before it says nothing
  const service = workload.stats.known ? workload.stats.service.quantile(0.5, t) || 0 : 0;
  const wait = estimatedWait(state, workload, cls, service, t);
  if (wait + service <= remaining) return undefined;
  if (workload.stats.doubts(t)) {
    job.letThrough = service > remaining;
    return undefined;
  }
  return deadlineTooNear(state, deadline, remaining, wait, service);
}

function deadlinePassed(state: EngineState, deadline: number, remaining: number): DeadlineExceededError {
  return new DeadlineExceededError(
    `The deadline had passed ${Math.round(-remaining)} ms before the request was admitted. Check the clock that made it, or say deadlineInMs.`,
    { value: state.scheduler.toEpoch(deadline), reason: 'infeasible' },
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
    { value: state.scheduler.toEpoch(deadline), reason: 'infeasible' },
  );
}

/** Less important work that waits for its next attempt, which has its place in the queue too: the newest of the least important. */
function awaitingRetry({ requests: { jobs } }: EngineState, cls: number): Job | undefined {
  if (jobs.countByState[JobState.awaitingRetry] === 0) return undefined;
  let victim: Job | undefined;
  jobs.forEachOpen((job) => {
    if (job.state !== JobState.awaitingRetry || job.cls <= cls || job.exempt) return;
    if (victim === undefined || job.cls > victim.cls || (job.cls === victim.cls && job.seq > victim.seq)) victim = job;
  });
  return victim;
}

/** Makes room in a full queue by evicting less important work; the error when there is none. */
function makeRoom(state: EngineState, route: Route, cls: number, t: number): QueueFullError | undefined {
  if (heldIn(state) < state.settings.maxQueueSize && route.queued < routeShare(state, route)) return undefined;
  return evictFor(state, route, cls, t);
}

function evictFor(state: EngineState, route: Route, cls: number, t: number): QueueFullError | undefined {
  const { maxQueueSize, routeShareAlpha } = state.settings;
  const held = heldIn(state);
  const bound = queueLimitOf(state, route);
  // a bound below that of the queue says that other routes are in use
  const routeFull = route.queued >= bound && bound < maxQueueSize;
  if (held < maxQueueSize && !routeFull) return undefined;
  const equalShare = equalShareOf(state, route);
  // others have filled the queue while this route was hardly in use: it gets its place back from whoever holds the most
  const mayTake = bound < maxQueueSize && route.queued < equalShare;
  const victim =
    state.queue.evictable(cls, routeFull && !mayTake ? route : undefined) ??
    (mayTake ? state.queue.evictableOverShare(cls, equalShare) : undefined) ??
    (routeFull ? undefined : awaitingRetry(state, cls));
  if (victim !== undefined) {
    shed(state, victim, t, 'evicted');
    return undefined;
  }
  return new QueueFullError(
    routeFull
      ? `The queue holds ${route.queued} requests of this route, all that one route may hold now that others are in use (routeShareAlpha ${routeShareAlpha}). Wait with whenFull, or raise maxQueueSize.`
      : `The queue is full (${held} of ${maxQueueSize}) and holds nothing less important. Wait with whenFull, or raise maxQueueSize.`,
    {
      value: maxQueueSize,
      reason: routeFull ? 'routeFull' : 'queueFull',
      retryAfterMs: retryAfterMs(state, route, t),
    },
  );
}
