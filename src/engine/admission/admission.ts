import { type PlimsollError, QueueFullError } from '../../domain/errors.ts';
import { classOf } from '../../domain/priority.ts';
import { isValidRequest, requestProblem, type WorkloadRequest } from '../../domain/request.ts';
import { idempotentByDefault } from '../../domain/workload.ts';
import { ServingState } from '../../fleet/component-table.ts';
import { toDemand } from '../../fleet/resource-usage.ts';
import type { Route } from '../../fleet/route.ts';
import { type Job, JobState } from '../../requests/job.ts';
import { copyOfRequest } from '../../requests/request-copy.ts';
import { continuePass } from '../dispatch/dispatch.ts';
import { defect } from '../events/alerts.ts';
import { requestFact } from '../events/request-events.ts';
import { patienceOf } from '../execution/requeue.ts';
import { indicesOf } from '../membership/route-changes.ts';
import type { EngineView } from '../engine-view.ts';
import type { Submission } from '../messages.ts';
import { checkHighWatermark } from '../overload/watermarks.ts';
import type { EngineState } from '../state.ts';
import { rejectionReason, unfitReason } from './checks.ts';
import { warnOfSelfWait } from './self-wait.ts';
import { DEFAULT_CLASS, notRunning, reject, unreadable } from './rejection.ts';

const { operational } = ServingState;
const { queued } = JobState;

/** A request arrives in a message of its own: it is read, and then admitted or rejected. */
export function submit(state: EngineState, submission: Submission): void {
  if (submission.processed !== undefined) submission.processed = true;
  if (state.mailbox.pendingSubmissions.size > 0) state.mailbox.pendingSubmissions.delete(submission);
  const t = state.scheduler.now();
  const job = readOrRefuse(state, submission, t);
  state.dispatch.pass++;
  const admitted = job !== undefined && admitOrReject(state, attachCaller(state, job, submission), t);
  if (submission.accepted !== undefined) submission.accepted = admitted;
  if (submission.id !== undefined && !admitted) submission.id = '';
  letInWaiting(state, t);
}

/** What has just been admitted may have evicted something of a route for which others wait. */
function letInWaiting({ waitingLine, waiters }: EngineState, t: number): void {
  if (waitingLine.size > 0) waitingLine.letIn(t);
  waiters.checkIdle();
}

/** Whether no request is open, nor waits to be; or the balancer has stopped, after which none is. */
export const isIdle = ({ requests, waitingLine, mailbox, mode }: EngineState): boolean =>
  mode.phase === 'stopped' ||
  (requests.jobs.open === 0 &&
    waitingLine.size === 0 &&
    mailbox.arrivals.current.count === 0 &&
    mailbox.pendingSubmissions.size === 0);

function readOrRefuse(state: EngineState, submission: Submission, t: number): Job | undefined {
  let problem: PlimsollError | undefined;
  try {
    const job = toJob(state, submission.request);
    if (job !== undefined) return job;
    problem = requestProblem(submission.request);
  } catch (cause) {
    // it was valid when it was validated; a property of it throws now and then
    problem = unreadable(cause);
  }
  reject(state, submission, problem ?? unreadable(undefined), DEFAULT_CLASS, t);
  return undefined;
}

/** Notes on the job who gets its outcome, and on the submission what id the job has. */
function attachCaller(state: EngineState, job: Job, submission: Submission): Job {
  const { replyTo, resolve, reject, cancellation } = submission;
  if (submission.whenFull !== undefined) job.patient = submission.whenFull === 'wait';
  if (replyTo !== undefined) job.replyTo = replyTo;
  if (resolve !== undefined) job.resolve = resolve;
  if (reject !== undefined) job.reject = reject;
  if (cancellation !== undefined) job.cancelledBy(cancellation);
  job.scope = state.options.captureContext?.();
  if (submission.id !== undefined) submission.id = state.requests.jobs.idOf(job);
  return job;
}

/**
 * Makes a job of a request; undefined when the request is not valid. The job is not open yet.
 * @throws whatever a property of the request throws; no job is left then.
 */
export function toJob(state: EngineState, request: WorkloadRequest): Job | undefined {
  const own = copyOfRequest(request);
  if (!isValidRequest(own)) return undefined;
  // of the requests of one tick the first one has the clocks read
  if (state.mailbox.arrivals.current.count === 0) state.scheduler.readWallAnew();
  const { type } = own;
  const job = state.requests.jobs.acquire(own, state.fleet.routes.workloadOf(type));
  job.type = type;
  try {
    fillJob(state, job, own);
  } catch (cause) {
    state.requests.jobs.discard(job);
    throw cause;
  }
  return job;
}

function fillJob(state: EngineState, job: Job, request: WorkloadRequest): void {
  const { id, priority, metadata, idempotent, resources, excludedComponents, preferredComponents, affinityKey, cost } =
    request;
  const { requestTimeoutMs, maxRetries, nonIdempotentTypes } = state.settings;
  // few requests have these, and a job that has just been acquired has none of them
  if (id !== undefined) job.givenId = id;
  if (metadata !== undefined) job.metadata = metadata;
  if (resources !== undefined) job.demand = toDemand(resources);
  if (excludedComponents !== undefined) job.excluded = indicesOf(state, excludedComponents);
  if (preferredComponents !== undefined) job.preferred = indicesOf(state, preferredComponents);
  if (affinityKey !== undefined) job.affinityKey = affinityKey;
  if (cost !== undefined) job.cost = cost;
  job.cls = priority === undefined ? DEFAULT_CLASS : classOf(priority);
  job.idempotent = idempotent ?? idempotentByDefault(job.type, nonIdempotentTypes);
  job.deadline = deadlineOf(state, request);
  job.timeoutMs = request.timeoutMs ?? requestTimeoutMs;
  job.maxRetries = request.maxRetries ?? maxRetries;
  if (state.settings.whenFull === 'wait') job.patient = true;
  if (state.handlers.isInside()) {
    job.nested = true;
    job.submitter = state.handlers.currentMark();
  }
}

/** The end of a request's time, ms since the balancer's time 0. It counts from this call on, whatever happens to any clock later. */
export function deadlineOf({ scheduler }: EngineView, { deadline, deadlineInMs }: WorkloadRequest): number {
  if (deadline !== undefined) return scheduler.fromEpoch(deadline);
  return deadlineInMs === undefined ? Number.POSITIVE_INFINITY : scheduler.now() + deadlineInMs;
}

/** Admits all requests that calls have submitted within one tick. They were read when they were submitted. */
export function admitSubmitted(state: EngineState): void {
  const t = state.scheduler.now();
  const jobs = state.mailbox.arrivals.take();
  state.dispatch.pass++;
  for (let k = 0; k < jobs.count; k++) {
    try {
      admitOrReject(state, jobs.items[k]!, t);
    } catch (cause) {
      // a defect of ours concerns one of them only
      defect(state, cause, 'requests.submitted');
    }
  }
  jobs.empty();
  letInWaiting(state, t);
}

/** @returns whether it was admitted. */
function admitOrReject(state: EngineState, job: Job, t: number): boolean {
  const { phase, admitsNested } = state.mode;
  const drains = phase === 'draining';
  // what handlers submit is part of the work that a drain waits for
  const runs = drains ? admitsNested && job.nested : phase !== 'stopped';
  const queues = runs && job.patient && state.waitingLine.holds(job.workload.route);
  const problem = !runs ? notRunning(phase) : queues ? unfitReason(state, job, t) : rejectionReason(state, job, t);
  if ((queues && problem === undefined) || (job.patient && problem instanceof QueueFullError)) {
    state.waitingLine.enter(job);
    return true;
  }
  if (problem === undefined) {
    admit(state, job, t);
    return true;
  }
  reject(state, job, problem, job.cls, t);
  state.requests.jobs.discard(job);
  return false;
}

/** Admits a request that has waited for room, unless something else is in its way by now. */
export function admitFromWaitingLine(state: EngineState, job: Job, t: number): PlimsollError | undefined {
  const problem = rejectionReason(state, job, t);
  if (problem === undefined) admit(state, job, t);
  return problem;
}

/** The job is open from here on: queued, and dispatched when somebody is free. */
function admit(state: EngineState, job: Job, t: number): void {
  const { events } = state;
  const { components } = state.fleet;
  const { route } = job.workload;
  state.requests.jobs.admit(job);
  job.submittedAt = t;
  state.requests.outcomes.submitted(job.cls);
  job.workload.submitted[job.cls]!++;
  state.requests.retryBudgets.of(route).deposit(t);
  if (components.countByServingState[operational]! < components.count && job.idempotent)
    noteIdempotent(state, route, t);
  route.openJobs++;
  route.lastWork = t;
  state.requests.jobs.enter(job, queued);
  state.queue.push(job);
  if (events.isObserved('request.accepted')) events.publish({ type: 'request.accepted', ...requestFact(state, job) });
  const { generation } = job;
  continuePass(state, t);
  // most jobs are bound at once; only one that stays needs its wait bounded
  if (job.generation === generation && job.state === queued) {
    state.scheduler.schedule(job, patienceOf(state, job, t));
    checkHighWatermark(state, route);
    if (job.nested) warnOfSelfWait(state, job);
  }
  state.overload.periodicCheck.wake(t);
}

/** Tells the failed components of the route: while idempotent work comes, only such work may probe them. */
function noteIdempotent(state: EngineState, route: Route, t: number): void {
  const { components } = state.fleet;
  // for one that runs nothing twice no work is idempotent
  for (const i of route.members)
    if (components.servingState[i] !== operational && components.runsOnce[i] === 0) components.idempotentAt[i] = t;
}
