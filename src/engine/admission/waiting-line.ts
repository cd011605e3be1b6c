import {
  DeadlineExceededError,
  type PlimsollError,
  QueueFullError,
  RequestCancelledError,
} from '../../domain/errors.ts';
import type { Route } from '../../fleet/route.ts';
import { Timer } from '../../lib/timer.ts';
import type { Job } from '../../requests/job.ts';
import { heldIn, queueLimitOf } from '../overload/watermarks.ts';
import type { EngineState } from '../state.ts';
import { notRunning, reject } from './rejection.ts';

/** A request that waits for its place in the queue (`whenFull: 'wait'`). It is not open yet: nothing counts it. */
class Waiter extends Timer {
  readonly job: Job;
  private readonly waitingLine: WaitingLine;

  constructor(job: Job, waitingLine: WaitingLine) {
    super();
    this.job = job;
    this.waitingLine = waitingLine;
  }

  onDue(t: number): void {
    this.waitingLine.expire(this, t);
  }
}

/** What admits a request that has waited, or says what else is in its way. */
export type Admit = (state: EngineState, job: Job, t: number) => PlimsollError | undefined;

/** Before the queue: requests that wait for room in it, route by route in the order of their calls. */
export class WaitingLine {
  size = 0;
  private readonly state: EngineState;
  private readonly byRoute = new Map<Route, Waiter[]>();

  private readonly admit: Admit;

  constructor(state: EngineState, admit: Admit) {
    this.state = state;
    this.admit = admit;
  }

  /** Whether somebody waits for room on a route: then a newcomer waits behind. */
  holds(route: Route): boolean {
    return this.size > 0 && this.byRoute.has(route);
  }

  enter(job: Job): void {
    const { route } = job.workload;
    const waiter = new Waiter(job, this);
    const line = this.byRoute.get(route);
    if (line === undefined) this.byRoute.set(route, [waiter]);
    else line.push(waiter);
    this.size++;
    if (job.deadline !== Number.POSITIVE_INFINITY) this.state.scheduler.schedule(waiter, job.deadline);
  }

  /** Lets in as many as there is room for. */
  letIn(t: number): void {
    const { state } = this;
    for (const [route, line] of this.byRoute) {
      let n = 0;
      while (n < line.length && hasRoom(state, route)) {
        const waiter = line[n]!;
        state.scheduler.wheel.cancel(waiter);
        const problem = this.admit(state, waiter.job, t);
        if (problem instanceof QueueFullError) {
          if (waiter.job.deadline !== Number.POSITIVE_INFINITY) state.scheduler.schedule(waiter, waiter.job.deadline);
          break;
        }
        n++;
        this.size--;
        if (problem !== undefined) this.turnAway(waiter.job, problem, 'rejected', t);
      }
      if (n === line.length) this.byRoute.delete(route);
      else if (n > 0) line.splice(0, n);
    }
  }

  expire(waiter: Waiter, t: number): void {
    const message =
      'The deadline passed while the request waited for room in the queue. Give it more time, or send less.';
    this.leave(waiter);
    this.turnAway(waiter.job, new DeadlineExceededError(message, { reason: 'deadline' }), 'timedOut', t);
  }

  /** @returns whether a request of that id waited. */
  cancel(requestId: string, reason: string, t: number): boolean {
    const waiter = this.find(requestId);
    if (waiter !== undefined) this.cancelWaiter(waiter, requestId, reason, t);
    return waiter !== undefined;
  }

  /** Its place in the line stays; what it is let in as changes. @returns whether a request of that id waited. */
  reprioritize(requestId: string, cls: number): boolean {
    const waiter = this.find(requestId);
    if (waiter !== undefined) waiter.job.cls = cls;
    return waiter !== undefined;
  }

  private find(requestId: string): Waiter | undefined {
    for (const line of this.byRoute.values())
      for (const waiter of line) if (this.state.requests.jobs.idOf(waiter.job) === requestId) return waiter;
    return undefined;
  }

  /** The same for one that is at hand. */
  cancelJob(job: Job, reason: string, t: number, cause: unknown): void {
    const waiter = this.byRoute.get(job.workload.route)?.find((one) => one.job === job);
    if (waiter !== undefined) this.cancelWaiter(waiter, this.state.requests.jobs.idOf(job), reason, t, cause);
  }

  private cancelWaiter(waiter: Waiter, requestId: string, reason: string, t: number, cause?: unknown): void {
    this.leave(waiter);
    const message = `Request ${requestId} was cancelled (${reason}) while it waited for room in the queue.`;
    this.turnAway(waiter.job, new RequestCancelledError(message, { requestId, reason, cause }), 'cancelled', t);
  }

  /** The balancer takes nothing new any more, but what its handlers have submitted, if that. */
  close(phase: string, t: number, keepsNested = false): void {
    for (const line of [...this.byRoute.values()])
      for (const waiter of [...line]) {
        if (keepsNested && waiter.job.nested) continue;
        this.leave(waiter);
        this.turnAway(waiter.job, notRunning(phase), 'rejected', t);
      }
  }

  /** After a change of membership: types may lead elsewhere. */
  regroup(lookUp: (job: Job) => void): void {
    if (this.size === 0) return;
    const waiters = [...this.byRoute.values()].flat();
    this.byRoute.clear();
    for (const waiter of waiters) {
      lookUp(waiter.job);
      const { route } = waiter.job.workload;
      const line = this.byRoute.get(route);
      if (line === undefined) this.byRoute.set(route, [waiter]);
      else line.push(waiter);
    }
  }

  private leave(waiter: Waiter): void {
    this.state.scheduler.wheel.cancel(waiter);
    const { route } = waiter.job.workload;
    const line = this.byRoute.get(route) ?? [];
    const at = line.indexOf(waiter);
    if (at < 0) return;
    line.splice(at, 1);
    this.size--;
    if (line.length === 0) this.byRoute.delete(route);
  }

  private turnAway(job: Job, error: PlimsollError, outcome: 'rejected' | 'timedOut' | 'cancelled', t: number): void {
    const { mailbox, mode, requests } = this.state;
    reject(this.state, job, error, job.cls, t, outcome);
    requests.jobs.discard(job);
    // a drain may have waited for nothing else
    if (mode.phase === 'draining' && requests.jobs.open === 0) mailbox.control.push({ type: 'work.drained' });
    this.state.waiters.checkIdle();
  }
}

/** Whether the queue has a free place for work of a route. */
export const hasRoom = (state: EngineState, route: Route): boolean =>
  heldIn(state) < state.settings.maxQueueSize && route.queued < queueLimitOf(state, route);
