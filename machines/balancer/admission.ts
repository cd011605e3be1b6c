import { InvalidRequestError, NotRunningError, type PlimsollError } from '../../src/domain/errors.ts';
import type { AboutRequest, TerminalFact } from '../../src/domain/events.ts';
import { classOf, priorityOf } from '../../src/domain/priority.ts';
import { requestProblem } from '../../src/domain/request.ts';
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
import type { Effect } from './outbox.ts';
import { requestFact } from './facts.ts';
import { obstacle } from './obstacles.ts';
import { indicesOf } from './regroup.ts';
import { highWater } from './water.ts';

const { operational } = Standing;
const { queued } = JobState;

/** Class of a request that names no priority, or none that can be read. */
const ORDINARY = classOf('NORMAL');

/** A request arrives: validated, admitted or rejected, queued, and dispatched when somebody is free. */
export function submit(books: Books, submission: Submission): void {
  if (submission.seen !== undefined) submission.seen = true;
  if (books.unseen.size > 0) books.unseen.delete(submission);
  const t = books.now();
  const job = admit(books, submission, t);
  if (job === undefined) return;
  if (submission.accepted !== undefined) submission.accepted = true;
  enqueue(books, job, t);
}

function enqueue(books: Books, job: Job, t: number): void {
  const { components, facts, settings } = books;
  const { route } = job.kind;
  books.outcomes.submitted(job.cls);
  books.retryBudget.deposit(t);
  if (components.countByStanding[operational]! < components.count && job.idempotent) markSeen(books, route);
  route.unsettled++;
  route.lastWork = t;
  books.jobs.enter(job, queued);
  books.queue.push(job);
  if (facts.wants('request.accepted')) facts.post({ type: 'request.accepted', ...requestFact(books, job) });
  const { generation } = job;
  dispatch(books, t);
  // most jobs are bound at once; only one that stays needs its wait bounded
  if (job.generation === generation && job.state === queued) {
    books.schedule(job, Math.min(job.deadline, t + settings.queueTimeoutMs));
    highWater(books, route);
  }
  books.pressureWatch.wake(t);
}

/** The job of a request that may come in; undefined when it was rejected. */
function admit(books: Books, submission: Submission, t: number): Job | undefined {
  const { request } = submission;
  let cls = ORDINARY;
  let problem: PlimsollError | undefined;
  try {
    if (isValidRequest(request)) {
      if (request.priority !== undefined) cls = classOf(request.priority);
      const kind = books.routes.kindOf(request.type);
      problem =
        books.phase === 'draining' || books.phase === 'stopped'
          ? notRunning(books.phase)
          : obstacle(books, request, kind, cls, t);
      if (problem === undefined) return take(books, submission, kind, cls, t);
    } else problem = requestProblem(request);
  } catch (cause) {
    // it was valid when it was validated; a property of it throws now and then
    problem = unreadable(cause);
  }
  reject(books, submission, problem ?? unreadable(undefined), cls, t);
  return undefined;
}

const unreadable = (cause: unknown): InvalidRequestError =>
  new InvalidRequestError(
    'Invalid request: one of its properties throws or changes when it is read. Submit plain data; nothing was enqueued.',
    { cause },
  );

/** A submission for a balancer that has not been started, or whose actor has stopped: rejected, and counted. */
export function turnAway(books: Books, submission: Submission, phase: 'new' | 'stopped'): void {
  const error =
    phase === 'stopped'
      ? notRunning(phase)
      : new NotRunningError('The balancer has not been started. Await startLoadBalancing() first.', { reason: phase });
  reject(books, submission, error, ORDINARY, books.now());
}

const notRunning = (phase: string): NotRunningError =>
  new NotRunningError(
    `The balancer ${phase === 'stopped' ? 'has stopped' : `is ${phase}`} and takes no new requests. Start one, or send the request elsewhere.`,
    { reason: phase },
  );

/** Makes the job of a valid request. What the request throws when it is read passes on, and no job is left. */
function take(books: Books, submission: Submission, kind: WorkloadKind, cls: number, t: number): Job {
  const job = books.jobs.acquire(submission.request, kind);
  try {
    fill(books, job, submission, cls, t);
  } catch (cause) {
    books.jobs.release(job);
    throw cause;
  }
  return job;
}

function fill(books: Books, job: Job, submission: Submission, cls: number, t: number): void {
  const { request } = submission;
  const { metadata, idempotent, resources, excludedComponents, preferredComponents, affinityKey, deadline } = request;
  job.cls = cls;
  job.type = request.type;
  job.idempotent = idempotent ?? idempotentByDefault(job.type);
  // what few have: a job that has just been acquired has none of it
  if (metadata !== undefined) job.metadata = metadata;
  if (resources !== undefined) job.demand = toDemand(resources);
  if (excludedComponents !== undefined) job.excluded = indicesOf(books, excludedComponents);
  if (preferredComponents !== undefined) job.preferred = indicesOf(books, preferredComponents);
  if (affinityKey !== undefined) job.affinityKey = affinityKey;
  if (submission.replyTo !== undefined) job.replyTo = submission.replyTo;
  job.submittedAt = t;
  job.deadline = deadline === undefined ? Number.POSITIVE_INFINITY : deadline - books.origin;
  job.timeoutMs = request.timeoutMs ?? books.settings.requestTimeoutMs;
  job.maxRetries = request.maxRetries ?? books.settings.maxRetries;
  if (submission.resolve !== undefined) job.resolve = submission.resolve;
  if (submission.reject !== undefined) job.reject = submission.reject;
  job.scope = books.input.captureContext?.();
  if (submission.id !== undefined) submission.id = books.jobs.idOf(job);
}

/** Failed components of the route now know that idempotent work exists: only such work will probe them. */
function markSeen(books: Books, route: Route): void {
  const { components } = books;
  for (const i of route.members) if (components.standing[i] !== operational) components.idempotentSeen[i] = 1;
}

function reject(books: Books, submission: Submission, error: PlimsollError, cls: number, t: number): void {
  const { request, replyTo } = submission;
  books.outcomes.submitted(cls);
  books.outcomes.settled(cls, OutcomeColumn.rejected, t);
  if (submission.accepted !== undefined) submission.accepted = false;
  if (replyTo !== undefined || books.facts.wants('request.rejected')) {
    const fact: TerminalFact = {
      type: 'request.rejected',
      ...factOfAny(request),
      priority: priorityOf(cls),
      attempts: 0,
      totalMs: 0,
      componentId: undefined,
      error,
    };
    books.facts.reply(replyTo, fact);
    books.facts.post(fact);
  }
  if (submission.reject !== undefined) books.facts.defer(new Refusal(submission.reject, error));
}

/**
 * Tells a submitter of its rejection once its call has returned: a promise that is rejected before anybody could handle it
 * costs Node's watch for unhandled rejections more than the whole admission, and that at the very moment of a flood.
 */
class Refusal implements Effect {
  private readonly tell: (error: unknown) => void;
  private readonly error: PlimsollError;

  constructor(tell: (error: unknown) => void, error: PlimsollError) {
    this.tell = tell;
    this.error = error;
  }

  run(): void {
    this.tell(this.error);
  }
}

/** What can be told of something that may be no request at all: whoever sent it must know it again. */
export function factOfAny(request: unknown): Omit<AboutRequest, 'priority'> {
  const read = (key: string): unknown => {
    try {
      return typeof request === 'object' && request !== null ? Reflect.get(request, key) : undefined;
    } catch {
      return undefined;
    }
  };
  const [id, type, metadata] = [read('id'), read('type'), read('metadata')];
  return {
    requestId: typeof id === 'string' ? id : '',
    workload: typeof type === 'string' ? type : '',
    metadata: isRecord(metadata) ? metadata : undefined,
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
