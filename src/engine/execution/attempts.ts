import { isAboveBand } from '../../fleet/component-bands.ts';
import { AttemptContext } from '../../requests/attempt-context.ts';
import { type AbortCause, type Attempt, type Job, JobState } from '../../requests/job.ts';
import { requestFact } from '../events/request-events.ts';
import { trialBegan } from '../health/avoidance.ts';
import { cutShort } from '../health/blame.ts';
import { probeEnded } from '../health/checks.ts';
import { callEnded, callTaken } from '../health/refusals.ts';
import type { ComponentRecord } from '../membership/component-record.ts';
import { slotFreed } from '../overload/band-timers.ts';
import type { EngineState } from '../state.ts';

const { inFlight } = JobState;

/** Binds a job to a component: takes slot and resources, and leaves the handler to the outbox, where user code runs. */
export function bind(state: EngineState, job: Job, record: ComponentRecord, probe: boolean, t: number): void {
  const i = record.index;
  const attempt = state.requests.jobs.acquireAttempt(job);
  const { workload } = job;
  attempt.number = ++job.attempts;
  attempt.component = i;
  attempt.incarnation = record.incarnation;
  attempt.startedAt = t;
  attempt.scale = workload.stats.unit;
  attempt.demand = job.demand;
  attempt.algorithm = state.selection.algorithms.number;
  state.fleet.components.take(i);
  if (state.fleet.limits !== undefined) attempt.crowd = state.fleet.limits.crowd(i, state.fleet.components.taken[i]!);
  if (job.demand !== null) state.fleet.resources.reserve(i, job.demand);
  if (state.fleet.rateLimits.count > 0) state.fleet.rateLimits.take(i, job.cost, t);
  if (state.fleet.components.restCount > 0) callTaken(state, i);
  state.fleet.performance.started(i, t, attempt.scale);
  record.link(attempt);
  record.started++;
  state.requests.counters.started++;
  job.current = attempt;
  if (job.isAwaited) job.waitsNoLonger();
  job.lastComponent = i;
  state.requests.jobs.enter(job, inFlight);
  state.scheduler.schedule(job, Math.min(t + job.timeoutMs, job.deadline));
  if (probe) beginProbe(state, record, attempt);
  if (state.events.isObserved('request.assigned')) tellOf(state, job, record, attempt, t);
  // the component hears of it only where its state may change: one message less a request (docs/decisions/0011)
  if (state.waiters.messageObservers > 0 || isAboveBand(state.fleet.components, i))
    record.actor?.send({ type: 'request.assign', attempt });
  state.events.enqueue(attempt);
}

function beginProbe(state: EngineState, record: ComponentRecord, attempt: Attempt): void {
  const { index, probeSession } = record;
  attempt.probe = true;
  attempt.probeSession = probeSession;
  if (state.fleet.components.avoided[index] === 1) trialBegan(record);
  state.requests.counters.probes++;
  state.fleet.components.setAwaitsProbe(index, false);
}

function tellOf(state: EngineState, job: Job, record: ComponentRecord, attempt: Attempt, t: number): void {
  state.events.publish({
    type: 'request.assigned',
    ...requestFact(state, job),
    componentId: record.id,
    attempt: attempt.number,
    waitMs: t - job.waitingSince,
  });
}

/** Runs the handler; from the outbox, so that it may call back in. */
export function startAttempt(state: EngineState, attempt: Attempt): void {
  const { job } = attempt;
  if (attempt.aborted !== null || !attempt.live) {
    // ended before it began: its slot is already free
    state.requests.jobs.releaseAttempt(attempt);
    return;
  }
  const record = state.fleet.records[attempt.component];
  if (record === undefined) return;
  attempt.started = true;
  if (state.fleet.rateLimits.count > 0) noteStart(state, attempt);
  const context = new AttemptContext(record.environment, job, attempt.number);
  attempt.context = context;
  let result: unknown;
  try {
    result = state.handlers.call(attempt, record);
    // a native promise is safe to wait for; a user's thenable may throw or lie, and is handled with care below
    if (result instanceof Promise && result.constructor === Promise) {
      then.call(result, attempt.onValue, attempt.onError);
      return;
    }
  } catch (error) {
    endAttempt(state, attempt, false, error);
    return;
  }
  take(state, attempt, result);
}

/** The rate limit counts from when the handler is called, and handlers that were called before it may have taken their time. */
function noteStart({ fleet: { rateLimits }, scheduler }: EngineState, { component, startedAt }: Attempt): void {
  if (!rateLimits.isLimited(component)) return;
  const t = scheduler.now();
  if (t > startedAt) rateLimits.startedLate(component, startedAt, t);
}

/** Handles what a handler has returned when it is no native promise: a thenable, or a plain value. */
function take(state: EngineState, attempt: Attempt, result: unknown): void {
  try {
    if (isThenable(result)) {
      Promise.resolve(result).then(attempt.onValue, attempt.onError);
      return;
    }
  } catch (error) {
    endAttempt(state, attempt, false, error);
    return;
  }
  endAttempt(state, attempt, true, result);
}

const { then } = Promise.prototype;

function isThenable(value: unknown): boolean {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return typeof Reflect.get(value, 'then') === 'function';
}

/** Whether a request may run again after this attempt has begun: the request and the component that it began on must both allow it. */
export function mayRunTwice({ fleet: { components } }: EngineState, job: Job, { component }: Attempt): boolean {
  return job.idempotent && components.runsOnce[component] === 0;
}

/** The handler has settled. */
export function endAttempt(state: EngineState, attempt: Attempt, ok: boolean, value: unknown): void {
  attempt.ok = ok;
  attempt.value = value;
  if (attempt.mark !== null) state.handlers.ended(attempt);
  state.mailbox.settlements.add(attempt);
}

/** Logs a handler that settled after the balancer had stopped. */
export function logLateSettlement(state: EngineState, { ok, value, context, number }: Attempt): void {
  state.requests.counters.settledLate++;
  // not from the component table: it may be empty by now
  const { componentId, requestId } = context ?? {};
  state.diagnostics.log(
    'warn',
    { ok, ...(ok ? {} : { err: value }), componentId, requestId, attempt: number },
    'plimsoll: a handler settled after the balancer had stopped',
  );
}

/** Who ends a run for reasons of their own: that it has not come to an end tells something of its component. */
const CUT_SHORT: ReadonlySet<AbortCause> = new Set(['deadline', 'cancelled', 'superseded']);

/**
 * Tells an attempt to end. Its slot stays taken until its handler settles or `abortGraceMs` has passed; one whose
 * handler has not begun is over at once.
 */
export function abort(state: EngineState, attempt: Attempt, cause: AbortCause, reason: Error, t: number): void {
  if (attempt.aborted !== null) return;
  attempt.aborted = cause;
  const record = state.fleet.records[attempt.component];
  if (record !== undefined) record.aborted++;
  if (!attempt.started) {
    release(state, attempt, t);
    probeEnded(state, attempt, undefined);
    if (record !== undefined && state.fleet.components.restCount > 0) callEnded(state, record, attempt);
    return;
  }
  if (record !== undefined && CUT_SHORT.has(cause))
    probeEnded(state, attempt, cutShort(state, record, attempt, t) ? false : 'inconclusive', 'probe hung');
  const { context } = attempt;
  if (context !== null) {
    if (context.observed) state.events.enqueue({ run: () => context.abort(reason) });
    else context.abort(reason);
  }
  state.scheduler.schedule(attempt, t + state.settings.abortGraceMs);
}

/**
 * Frees slot and resources; the attempt itself lives on until its handler has settled. A deregistered component on which
 * nothing runs any more is removed after the present message.
 */
export function release(state: EngineState, attempt: Attempt, t: number): void {
  const i = attempt.component;
  // only an aborted attempt has a timer
  if (attempt.wheelSlot >= 0) state.scheduler.wheel.cancel(attempt);
  state.fleet.components.release(i);
  if (attempt.demand !== null) state.fleet.resources.free(i, attempt.demand);
  state.fleet.performance.stopped(i, attempt.startedAt, attempt.scale);
  const record = state.fleet.records[i];
  if (record === undefined) return;
  record.unlink(attempt);
  record.latency.addBusy(t - attempt.startedAt);
  slotFreed(state, record, t);
  if (record.membership === 'deregistering' && record.attempts === null) state.fleet.drained.push(record);
}
