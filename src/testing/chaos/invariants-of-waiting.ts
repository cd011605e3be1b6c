import { QueueFullError } from '../../domain/errors.ts';
import type { TerminalFact } from '../../domain/events.ts';
import { classOf } from '../../domain/priority.ts';
import type { WorkloadRequest } from '../../domain/request.ts';
import type { EngineView } from '../../engine/engine-view.ts';
import { heldIn } from '../../engine/overload/watermarks.ts';
import { ServingState } from '../../fleet/component-table.ts';
import type { Partition } from '../../queue/work-queue.ts';
import type { Job } from '../../requests/job.ts';
import type { Complain } from './invariants-per-event.ts';

/** Algorithms that may leave a request waiting although a component is free. */
const HOLDING = new Set(['performance-based', 'adaptive', 'custom']);
/** So many of those that wait for resources are looked at, and so many may pass one of them by. */
const LOOKS = 16;
const OVERTAKES = 16;
/** Class of the most important work that gives way. */
const FIRST_TO_GIVE_WAY = classOf('LOW');

type Refusal = Extract<TerminalFact, { type: 'request.shed' | 'request.rejected' }>;

/**
 * The rules of waiting, after every event: no request waits beside a free component that may take it, and nothing is refused
 * for want of room while there is some.
 */
export class WaitingInvariants {
  private readonly state: EngineView;
  private readonly complain: Complain;
  /** The most that the queue has held in this instant, and before it; and what had arrived when it began. */
  private instant = { at: -1, most: 0, arrivedBefore: 0 };
  private held = 0;
  private arrived = 0;

  constructor(state: EngineView, complain: Complain) {
    this.state = state;
    this.complain = complain;
  }

  check(): void {
    const { state } = this;
    const at = state.scheduler.now();
    if (at !== this.instant.at) this.instant = { at, most: this.held, arrivedBefore: this.arrived };
    this.held = heldIn(state);
    this.arrived = state.requests.outcomes.totalSubmitted;
    this.instant.most = Math.max(this.instant.most, this.held);
    if (!state.mode.flowing || (state.mode.phase !== 'running' && state.mode.phase !== 'draining')) return;
    for (const partition of state.queue.busyPartitions()) this.checkPartition(partition);
  }

  private checkPartition({ jobs, parked, route }: Partition): void {
    const looks = parked.slice(0, LOOKS);
    const head = jobs.head();
    if (head !== null && looks.every(({ overtakes }) => overtakes < OVERTAKES)) looks.push(head);
    const { components, records } = this.state.fleet;
    const holds = HOLDING.has(this.state.selection.algorithms.active);
    if (holds && route.members.some((i) => components.taken[i]! > 0)) return;
    for (const job of looks) {
      const free = route.members.find((i) => this.mayTake(i, job));
      if (free !== undefined) this.complain('idle', `${records[free]?.id} is free while a request for it waits`);
    }
  }

  private mayTake(i: number, job: Job): boolean {
    const { excluded, demand, mayHaveRun } = job;
    const { components, resources } = this.state.fleet;
    return (
      components.servingState[i] === ServingState.operational &&
      components.free[i]! > 0 &&
      excluded?.includes(i) !== true &&
      !(mayHaveRun && components.runsOnce[i] === 1) &&
      this.hasTokens(i, job) &&
      // as if no report of its usage had expired: when one does, nothing happens at once
      (demand === null || resources.fits(i, demand, Number.NEGATIVE_INFINITY))
    );
  }

  /** After a leap of the clock what came due meanwhile is only noticed when the next timer fires, late. */
  private hasTokens(i: number, job: Job): boolean {
    const { scheduler, fleet } = this.state;
    const now = scheduler.now();
    return !fleet.rateLimits.isLimited(i) || (scheduler.nextWakeAt > now && fleet.rateLimits.admits(i, job, now));
  }

  /** Listeners hear that a request was refused or dropped, in the instant in which it was, but maybe some events later. */
  refused({ type, error, priority, requestId }: Refusal, request: WorkloadRequest | undefined): void {
    const { state, instant } = this;
    const { maxQueueSize } = state.settings;
    if (error instanceof QueueFullError && error.reason === 'queueFull') {
      const isNew = state.scheduler.now() !== instant.at;
      const { most: held, arrivedBefore } = isNew ? { most: this.held, arrivedBefore: this.arrived } : instant;
      const most = Math.max(held, heldIn(state)) + state.requests.outcomes.totalSubmitted - arrivedBefore;
      if (most < maxQueueSize)
        this.complain('room', `${requestId} was refused with at most ${most} of ${maxQueueSize} places taken`);
    }
    const canWait =
      request?.deadline === undefined && request?.deadlineInMs === undefined && classOf(priority) < FIRST_TO_GIVE_WAY;
    if (type === 'request.shed' && error.reason === 'overload' && canWait)
      this.complain('shedding', `${requestId}, which can wait, was dropped for having waited`);
  }
}
