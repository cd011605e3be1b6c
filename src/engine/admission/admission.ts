import type { PlimsollError } from '../../domain/errors.ts';
import { classOf } from '../../domain/priority.ts';
import { requestProblem, type WorkloadRequest } from '../../domain/request.ts';
import { isValidRequest } from '../../domain/request-guard.ts';
import { idempotentByDefault } from '../../domain/workload.ts';
import { Standing } from '../../fleet/component-table.ts';
import { type Job, JobState } from '../../requests/job.ts';
import { toDemand } from '../../fleet/resource-usage.ts';
import type { Route } from '../../fleet/route.ts';
import { defect } from '../events/alerts.ts';
import type { Books } from '../state.ts';
import { goOn } from '../dispatch/dispatch.ts';
import type { Submission } from '../messages.ts';
import { requestFact } from '../events/request-events.ts';
import { obstacle } from './checks.ts';
import { notRunning, ORDINARY, refuse, unreadable } from './rejection.ts';
import { indicesOf } from '../membership/route-changes.ts';
import { highWater } from '../overload/watermarks.ts';

const { operational } = Standing;
const { queued } = JobState;

/** A request arrives by a message of its own: read, and then admitted or refused. */
export function submit(books: Books, submission: Submission): void {
  if (submission.seen !== undefined) submission.seen = true;
  if (books.unseen.size > 0) books.unseen.delete(submission);
  const t = books.now();
  const job = readOrRefuse(books, submission, t);
  books.pass++;
  const admitted = job !== undefined && receive(books, named(books, job, submission), t);
  if (submission.accepted !== undefined) submission.accepted = admitted;
  if (submission.id !== undefined && !admitted) submission.id = '';
}

function readOrRefuse(books: Books, submission: Submission, t: number): Job | undefined {
  let problem: PlimsollError | undefined;
  try {
    const job = read(books, submission.request);
    if (job !== undefined) return job;
    problem = requestProblem(submission.request);
  } catch (cause) {
    // it was valid when it was validated; a property of it throws now and then
    problem = unreadable(cause);
  }
  refuse(books, submission, problem ?? unreadable(undefined), ORDINARY, t);
  return undefined;
}

/** The job of a submission, which is told its id. */
function named(books: Books, job: Job, submission: Submission): Job {
  const { replyTo, resolve, reject } = submission;
  if (replyTo !== undefined) job.replyTo = replyTo;
  if (resolve !== undefined) job.resolve = resolve;
  if (reject !== undefined) job.reject = reject;
  job.scope = books.input.captureContext?.();
  if (submission.id !== undefined) submission.id = books.jobs.idOf(job);
  return job;
}

/**
 * A job that is not open yet, filled in from a request; undefined when that is not valid. What the request throws when it
 * is read passes on, and no job is left. Times of the job are the request's own until it is admitted.
 */
export function read(books: Books, request: WorkloadRequest): Job | undefined {
  if (!isValidRequest(request)) return undefined;
  const { type } = request;
  const job = books.jobs.blank(request, books.routes.kindOf(type));
  job.type = type;
  try {
    fill(books, job, request);
  } catch (cause) {
    books.jobs.discard(job);
    throw cause;
  }
  return job;
}

function fill(books: Books, job: Job, request: WorkloadRequest): void {
  const { id, priority, metadata, idempotent, resources, excludedComponents, preferredComponents, affinityKey } =
    request;
  const { requestTimeoutMs, maxRetries } = books.settings;
  // what few have: a job that has just been taken has none of it
  if (id !== undefined) job.givenId = id;
  if (metadata !== undefined) job.metadata = metadata;
  if (resources !== undefined) job.demand = toDemand(resources);
  if (excludedComponents !== undefined) job.excluded = indicesOf(books, excludedComponents);
  if (preferredComponents !== undefined) job.preferred = indicesOf(books, preferredComponents);
  if (affinityKey !== undefined) job.affinityKey = affinityKey;
  job.cls = priority === undefined ? ORDINARY : classOf(priority);
  job.idempotent = idempotent ?? idempotentByDefault(job.type);
  job.deadline = request.deadline ?? Number.POSITIVE_INFINITY;
  job.timeoutMs = request.timeoutMs ?? requestTimeoutMs;
  job.maxRetries = request.maxRetries ?? maxRetries;
}

/** Requests handed in by calls, all of a turn: read already. */
export function allArrived(books: Books): void {
  const t = books.now();
  const jobs = books.arrivals.take();
  books.pass++;
  for (let k = 0; k < jobs.count; k++) {
    try {
      receive(books, jobs.items[k]!, t);
    } catch (cause) {
      // a defect of ours concerns one of them only
      defect(books, cause, 'request.arrived');
    }
  }
  jobs.empty();
}

/** @returns whether it was admitted. */
function receive(books: Books, job: Job, t: number): boolean {
  const { phase } = books;
  // the clock may have been set back since it was read, which moves the origin
  job.deadline -= books.origin;
  const problem = phase === 'draining' || phase === 'stopped' ? notRunning(phase) : obstacle(books, job, t);
  if (problem === undefined) {
    admit(books, job, t);
    return true;
  }
  refuse(books, job, problem, job.cls, t);
  books.jobs.discard(job);
  return false;
}

/** The job is open from here on: queued, and dispatched when somebody is free. */
function admit(books: Books, job: Job, t: number): void {
  const { components, facts, settings } = books;
  const { route } = job.kind;
  books.jobs.admit(job);
  job.submittedAt = t;
  books.outcomes.submitted(job.cls);
  books.retryBudget.deposit(t);
  if (components.countByStanding[operational]! < components.count && job.idempotent) markSeen(books, route);
  route.unsettled++;
  route.lastWork = t;
  books.jobs.enter(job, queued);
  books.queue.push(job);
  if (facts.wants('request.accepted')) facts.post({ type: 'request.accepted', ...requestFact(books, job) });
  const { generation } = job;
  goOn(books, t);
  // most jobs are bound at once; only one that stays needs its wait bounded
  if (job.generation === generation && job.state === queued) {
    books.schedule(job, Math.min(job.deadline, t + settings.queueTimeoutMs));
    highWater(books, route);
  }
  books.pressureWatch.wake(t);
}

/** Failed components of the route now know that idempotent work exists: only such work will probe them. */
function markSeen(books: Books, route: Route): void {
  const { components } = books;
  for (const i of route.members) if (components.standing[i] !== operational) components.idempotentSeen[i] = 1;
}
