import { AttemptContext } from '../../requests/attempt-context.ts';
import { Standing } from '../../fleet/component-table.ts';
import { type AbortCause, type Attempt, type Job, JobState } from '../../requests/job.ts';
import { rises } from '../../../machines/component/bands.ts';
import type { Books } from '../state.ts';
import { reapIfLeft } from '../membership/components.ts';
import type { Entry } from '../membership/component-record.ts';
import { requestFact } from '../events/request-events.ts';
import { slotFreed } from '../overload/band-timers.ts';
import { probeEnded } from '../health/checks.ts';

const { inFlight } = JobState;
const { isolated } = Standing;

/** Binds a job to a component: takes slot and resources, tells the component, leaves the handler to the outbox. */
export function bind(books: Books, job: Job, entry: Entry, probe: boolean, t: number): void {
  const i = entry.index;
  const attempt = books.jobs.acquireAttempt(job);
  const { kind } = job;
  attempt.number = ++job.attempts;
  attempt.component = i;
  attempt.entry = entry.serial;
  attempt.startedAt = t;
  attempt.scale = kind.work.scale;
  attempt.demand = job.demand;
  attempt.algorithm = books.algorithms.number;
  books.components.take(i);
  if (books.limits !== undefined) attempt.crowd = books.limits.crowd(i, books.components.taken[i]!);
  if (job.demand !== null) books.resources.reserve(i, job.demand);
  books.performance.started(i, t, attempt.scale);
  entry.link(attempt);
  entry.started++;
  books.tally.started++;
  job.current = attempt;
  job.lastComponent = i;
  books.jobs.enter(job, inFlight);
  books.schedule(job, Math.min(t + job.timeoutMs, job.deadline));
  if (probe) beginProbe(books, entry, attempt);
  if (books.facts.wants('request.assigned')) tellOf(books, job, entry, attempt, t);
  // one message less a request, to an actor that with thousands of them is in no cache (docs/decisions/0011)
  if (books.overheard > 0 || rises(books.components, i)) entry.actor?.send({ type: 'request.assign', attempt });
  books.facts.defer(attempt);
}

function beginProbe(books: Books, { index, probeRound }: Entry, attempt: Attempt): void {
  attempt.probe = true;
  attempt.round = probeRound;
  attempt.panic = books.components.standing[index] === isolated;
  books.tally.probes++;
  if (!attempt.panic) books.components.setWantsProbe(index, false);
}

function tellOf(books: Books, job: Job, entry: Entry, attempt: Attempt, t: number): void {
  books.facts.post({
    type: 'request.assigned',
    ...requestFact(books, job),
    componentId: entry.id,
    attempt: attempt.number,
    waitMs: t - job.waitingSince,
  });
}

/** Runs the handler; from the outbox, so that it may call back in. */
export function startAttempt(books: Books, attempt: Attempt): void {
  const { job } = attempt;
  if (attempt.aborted !== null || !attempt.live) {
    // ended before it began: its slot is already free
    books.jobs.releaseAttempt(attempt);
    return;
  }
  const entry = books.entries[attempt.component];
  if (entry === undefined) return;
  attempt.started = true;
  const deadline = job.deadline === Number.POSITIVE_INFINITY ? undefined : job.deadline + books.origin;
  const context = new AttemptContext(entry.workplace, job, attempt.number, deadline);
  attempt.context = context;
  let result: unknown;
  try {
    const { scope, request } = job;
    result =
      scope === undefined
        ? entry.handle(request, context)
        : scope.runInAsyncScope(entry.handle, undefined, request, context);
    // a promise of the language cannot lie about itself, whatever was hung on it; anything else is asked with care
    if (result instanceof Promise && result.constructor === Promise) {
      then.call(result, attempt.onValue, attempt.onError);
      return;
    }
  } catch (error) {
    endAttempt(books, attempt, false, error);
    return;
  }
  take(books, attempt, result);
}

/** What a handler has returned that is no promise of the language. */
function take(books: Books, attempt: Attempt, result: unknown): void {
  try {
    if (isThenable(result)) {
      Promise.resolve(result).then(attempt.onValue, attempt.onError);
      return;
    }
  } catch (error) {
    endAttempt(books, attempt, false, error);
    return;
  }
  endAttempt(books, attempt, true, result);
}

const { then } = Promise.prototype;

function isThenable(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return typeof Reflect.get(value, 'then') === 'function';
}

/** The handler has settled. */
export function endAttempt(books: Books, attempt: Attempt, ok: boolean, value: unknown): void {
  attempt.ok = ok;
  attempt.value = value;
  books.settlements.add(attempt);
}

/** It did so when nobody was left to tell. */
export function settledTooLate(books: Books, { ok, value, component, number }: Attempt): void {
  books.tally.settledLate++;
  books.log(
    'warn',
    { ok, ...(ok ? {} : { err: value }), component, attempt: number },
    'plimsoll: a handler settled after the balancer had stopped',
  );
}

/**
 * Tells an attempt to end. Its slot stays taken until its handler settles or `abortGraceMs` has passed; one whose
 * handler has not begun is over at once.
 */
export function abort(books: Books, attempt: Attempt, cause: AbortCause, reason: Error, t: number): void {
  if (attempt.aborted !== null) return;
  attempt.aborted = cause;
  const entry = books.entries[attempt.component];
  if (entry !== undefined) entry.aborted++;
  if (!attempt.started) {
    release(books, attempt, t);
    probeEnded(books, attempt, undefined);
    if (entry !== undefined) reapIfLeft(books, entry);
    return;
  }
  const { context } = attempt;
  if (context !== null) {
    if (context.observed) books.facts.defer({ run: () => context.abort(reason) });
    else context.abort(reason);
  }
  books.schedule(attempt, t + books.settings.abortGraceMs);
}

/**
 * Frees slot and resources; the attempt itself lives on until its handler has settled. Whoever calls this reaps the
 * component at last, if it was leaving.
 */
export function release(books: Books, attempt: Attempt, t: number): void {
  const i = attempt.component;
  // few wait for anything: those that were told to end
  if (attempt.wheelSlot >= 0) books.wheel.cancel(attempt);
  books.components.release(i);
  if (attempt.demand !== null) books.resources.free(i, attempt.demand);
  books.performance.stopped(i, attempt.startedAt, attempt.scale);
  const entry = books.entries[i];
  if (entry === undefined) return;
  entry.unlink(attempt);
  entry.latency.addBusy(t - attempt.startedAt);
  slotFreed(books, entry, t);
}
