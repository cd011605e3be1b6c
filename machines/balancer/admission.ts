import {
  DeadlineExceededError,
  InvalidRequestError,
  NoEligibleComponentError,
  NotRunningError,
  type PlimsollError,
  QueueFullError,
} from '../../src/domain/errors.ts';
import type { TerminalFact } from '../../src/domain/events.ts';
import { classOf } from '../../src/domain/priority.ts';
import { requestProblem, show, type WorkloadRequest } from '../../src/domain/request.ts';
import { isValidRequest } from '../../src/domain/request-guard.ts';
import { idempotentByDefault } from '../../src/domain/workload.ts';
import { Standing } from '../../src/ledgers/component-ledger.ts';
import { type Job, JobState } from '../../src/ledgers/job.ts';
import { OutcomeColumn } from '../../src/ledgers/outcome-ledger.ts';
import { toDemand } from '../../src/ledgers/resource-ledger.ts';
import type { Route, WorkloadKind } from '../../src/ledgers/route.ts';
import type { Books } from './books.ts';
import { dispatch } from './dispatch.ts';
import type { Submission } from './events.ts';
import { requestFact } from './facts.ts';
import { shed } from './outcomes.ts';
import { indicesOf } from './regroup.ts';
import { boundOf, highWater } from './water.ts';

/** A request arrives: validated, admitted or rejected, queued, and dispatched when somebody is free. */
export function submit(books: Books, submission: Submission): void {
  submission.seen = true;
  const { request } = submission;
  const t = books.now();
  if (!isValidRequest(request)) {
    reject(
      books,
      submission,
      requestProblem(request) ?? new InvalidRequestError('The request could not be read.', { value: request }),
      2,
      t,
    );
    return;
  }
  const cls = request.priority === undefined ? 2 : classOf(request.priority);
  if (books.phase === 'draining' || books.phase === 'stopped') {
    reject(books, submission, notRunning(books.phase), cls, t);
    return;
  }
  const kind = books.routes.kindOf(request.type);
  const { route } = kind;
  const problem = obstacle(books, request, kind, cls, t);
  if (problem !== undefined) {
    reject(books, submission, problem, cls, t);
    return;
  }
  books.outcomes.submitted(cls);
  books.retryBudget.deposit(t);
  const job = books.jobs.acquire(request, kind);
  fill(books, job, submission, cls, t);
  submission.accepted = true;
  if (books.components.countByStanding[Standing.operational]! < books.components.count && job.idempotent)
    markSeen(books, route);
  route.unsettled++;
  route.lastWork = t;
  books.jobs.enter(job, JobState.queued);
  books.queue.push(job);
  if (books.facts.wants('request.accepted')) books.facts.post({ type: 'request.accepted', ...requestFact(books, job) });
  const { generation } = job;
  dispatch(books, t);
  // most jobs are bound at once; only one that stays needs its wait bounded
  if (job.generation === generation && job.state === JobState.queued) {
    books.schedule(job, Math.min(job.deadline, t + books.settings.queueTimeoutMs));
    highWater(books, route);
  }
  books.pressureWatch.wake(t);
}

const notRunning = (phase: string): NotRunningError =>
  new NotRunningError(`The balancer is ${phase} and takes no new requests. Start one, or send the request elsewhere.`, {
    reason: phase,
  });

function fill(books: Books, job: Job, submission: Submission, cls: number, t: number): void {
  const { request } = submission;
  const { settings } = books;
  job.cls = cls;
  job.idempotent = request.idempotent ?? idempotentByDefault(request.type);
  if (request.resources !== undefined) job.demand = toDemand(request.resources);
  if (request.excludedComponents !== undefined) job.excluded = indicesOf(books, request.excludedComponents);
  if (request.preferredComponents !== undefined) job.preferred = indicesOf(books, request.preferredComponents);
  job.affinityKey = request.affinityKey;
  job.submittedAt = t;
  job.enqueuedAt = t;
  job.waitingSince = t;
  job.deadline = request.deadline === undefined ? Number.POSITIVE_INFINITY : request.deadline - books.origin;
  job.timeoutMs = request.timeoutMs ?? settings.requestTimeoutMs;
  job.maxRetries = request.maxRetries ?? settings.maxRetries;
  job.resolve = submission.resolve ?? null;
  job.reject = submission.reject ?? null;
  job.replyTo = submission.replyTo;
  job.runInContext = books.input.captureContext?.();
  if (submission.id !== undefined) submission.id = books.jobs.idOf(job);
}

/** What stands in the way of a valid request; undefined when nothing does. May evict less important work. */
function obstacle(
  books: Books,
  request: WorkloadRequest,
  kind: WorkloadKind,
  cls: number,
  t: number,
): PlimsollError | undefined {
  const { route } = kind;
  if (request.id !== undefined && books.jobs.find(request.id) !== undefined) {
    return new InvalidRequestError(
      `Request id ${show(request.id)} is in use by an open request: ids must be unique among these. Leave the id out to have one made.`,
      {
        value: request.id,
        requestId: request.id,
        reason: 'duplicateId',
      },
    );
  }
  if (route.members.length === 0 || !isServed(books, request, route)) {
    return new NoEligibleComponentError(
      `No registered component serves ${show(request.type)}${request.excludedComponents === undefined ? '' : ' outside its excludedComponents'}. Register one, or correct the type.`,
      {
        value: request.type,
        reason: 'notServed',
      },
    );
  }
  if (request.deadline !== undefined) {
    const late = infeasible(books, request.deadline - books.origin, kind, cls, t);
    if (late !== undefined) return late;
  }
  return makeRoom(books, route, cls, t);
}

function isServed(books: Books, request: WorkloadRequest, route: Route): boolean {
  const excluded = request.excludedComponents;
  if (excluded === undefined || excluded.length < route.members.length) return true;
  return route.members.some((i) => !excluded.includes(books.entries[i]!.id));
}

/** A deadline that has passed, or that the wait ahead and the usual service time would exceed. */
function infeasible(
  books: Books,
  deadline: number,
  kind: WorkloadKind,
  cls: number,
  t: number,
): DeadlineExceededError | undefined {
  const remaining = deadline - t;
  const service = kind.work.known ? kind.work.service.quantile(0.5, t) : 0;
  const wait = remaining <= 0 ? 0 : estimatedWait(books, kind.route, cls, t);
  if (remaining > 0 && !(wait + service > remaining)) return undefined;
  return new DeadlineExceededError(
    remaining <= 0
      ? `The deadline had passed ${Math.round(-remaining)} ms before the request was submitted. Check the clock that made it.`
      : `The deadline is ${Math.round(remaining)} ms away, but about ${Math.round(wait)} ms of waiting and ${Math.round(service)} ms of work lie ahead. Give it more time or try elsewhere.`,
    { value: deadline + books.origin, reason: 'infeasible' },
  );
}

/** Jobs ahead over the rate at which the route finishes work; 0 when nothing is ahead or nothing is known, ms. */
function estimatedWait(books: Books, route: Route, cls: number, t: number): number {
  const ahead = books.queue.ahead(route, cls);
  if (ahead === 0) return 0;
  let perSecond = 0;
  for (const i of route.members) perSecond += books.performance.finishRate(i, t);
  return perSecond > 0 ? (ahead / perSecond) * 1000 : 0;
}

/** Makes room in a full queue by evicting less important work; the error when there is none. */
function makeRoom(books: Books, route: Route, cls: number, t: number): QueueFullError | undefined {
  const { maxQueueSize, maxRouteShare } = books.settings;
  // work that waits for a retry comes back into the queue: newcomers count it
  const held = books.queue.size + books.jobs.countByState[JobState.awaitingRetry]!;
  const routeFull = route.queued >= maxQueueSize * maxRouteShare && route.queued >= boundOf(books, route);
  if (held < maxQueueSize && !routeFull) return undefined;
  // a free slot may be waiting for just this request
  const victim = books.queue.evictable(cls, routeFull ? route : undefined);
  if (victim !== undefined) {
    shed(books, victim, t, 'evicted');
    return undefined;
  }
  return new QueueFullError(
    routeFull
      ? `The queue holds ${route.queued} requests of this route, all that one route may hold while others are in use (maxRouteShare ${maxRouteShare}). Wait for ready(), or raise it.`
      : `The queue is full (${held} of ${maxQueueSize}) and holds nothing less important. Wait for ready(), or raise maxQueueSize.`,
    { value: maxQueueSize, reason: routeFull ? 'routeFull' : 'queueFull' },
  );
}

/** Failed components of the route now know that idempotent work exists: only such work will probe them. */
function markSeen(books: Books, route: Route): void {
  const { components } = books;
  for (const i of route.members) if (components.standing[i] !== Standing.operational) components.idempotentSeen[i] = 1;
}

function reject(books: Books, submission: Submission, error: PlimsollError, cls: number, t: number): void {
  const { request, replyTo } = submission;
  books.outcomes.submitted(cls);
  books.outcomes.settled(cls, OutcomeColumn.rejected, t);
  submission.accepted = false;
  if (replyTo !== undefined || books.facts.wants('request.rejected')) {
    const valid =
      typeof request === 'object' &&
      request !== null &&
      !(error instanceof InvalidRequestError && error.reason === undefined);
    const fact: TerminalFact = {
      type: 'request.rejected',
      requestId: valid ? (request.id ?? '') : '',
      workload: valid ? request.type : '',
      priority: valid ? (request.priority ?? 'NORMAL') : 'NORMAL',
      metadata: valid ? request.metadata : undefined,
      attempts: 0,
      totalMs: 0,
      componentId: undefined,
      error,
    };
    books.facts.reply(replyTo, fact);
    books.facts.post(fact);
  }
  submission.reject?.(error);
}
