import type { FactReceiver } from '../domain/events.ts';
import type { AsyncScope } from '../domain/ports.ts';
import type { WorkloadRequest } from '../domain/request.ts';
import type { Demand } from '../fleet/resource-usage.ts';
import type { Workload } from '../fleet/route.ts';
import { Timer } from '../lib/timer.ts';
import { NOT_QUEUED, type QueueNode } from '../queue/partition-queue.ts';
import type { Partition } from '../queue/work-queue.ts';
import type { AttemptContext } from './attempt-context.ts';
import type { HandlerMark } from './handler-mark.ts';
import { WithRareFields } from './job-extras.ts';

/** The state of a job. A `vacant` one waits to be used again. */
export const JobState = { vacant: 0, queued: 1, inFlight: 2, awaitingRetry: 3 } as const;
export type JobState = (typeof JobState)[keyof typeof JobState];

/** What jobs and attempts call when their timer fires or their handler is due. */
export interface JobCallbacks {
  onJobTimer(job: Job, t: number): void;
  onAttemptTimer(attempt: Attempt, t: number): void;
  onAttemptStart(attempt: Attempt): void;
  onAttemptEnded(attempt: Attempt, ok: boolean, value: unknown): void;
}

/** What may cancel a request from outside, such as a signal: it is given the job, and told once when that has settled. */
export interface Cancellation {
  /** Null while the request has not been read, and when it is over. */
  job: Job | null;
  settled(): void;
}

const NOTHING: WorkloadRequest = { type: '' };

/**
 * A request: read, then accepted. Jobs are recycled: whoever keeps one beyond its settlement must compare `generation`. All times
 * are ms since the balancer's time 0; `deadline` is Infinity when there is none.
 */
export class Job extends WithRareFields implements QueueNode<Job> {
  readonly slot: number;
  generation = 0;
  state: JobState = JobState.vacant;
  request: WorkloadRequest = NOTHING;
  // read once, at admission: a property of the request may throw, or say something else, the next time
  type = '';
  /** Given by the caller, or '' while nobody has asked for the generated one. */
  givenId = '';
  workload: Workload;
  cls = 2;
  idempotent = true;

  submittedAt = 0;
  deadline = Number.POSITIVE_INFINITY;
  timeoutMs = 0;
  maxRetries = 0;
  attempts = 0;
  /** The attempt that may still decide the job; older ones have been aborted. */
  current: Attempt | null = null;
  lastComponent = -1;

  resolve: ((value: unknown) => void) | null = null;
  reject: ((error: unknown) => void) | null = null;
  /** Gets the terminal fact; an actor that asks by messages has one in each of its requests. */
  replyTo: FactReceiver | undefined = undefined;
  /** The submitter's async context, for the handler to run in. */
  scope: AsyncScope | undefined = undefined;
  cancellation: Cancellation | null = null;

  partition: Partition | null = null;
  seq = 0;
  queueNext: Job | null = null;
  queuePrev: Job | null = null;
  queueIndex = NOT_QUEUED;
  private readonly host: JobCallbacks;

  constructor(slot: number, workload: Workload, host: JobCallbacks) {
    super();
    this.slot = slot;
    this.workload = workload;
    this.host = host;
  }

  /** When it was queued first, which a retry keeps: work is queued when it is submitted. */
  get enqueuedAt(): number {
    return this.submittedAt;
  }

  /** When the present stay in the queue began: what CoDel and `queueTimeoutMs` measure. */
  get waitingSince(): number {
    // hot: docs/performance.md#3
    return this.rare === null ? this.submittedAt : this.sinceItCameBack();
  }

  /** The class that it was submitted with, which counts and sums by priority go by; `cls` may have been changed since. */
  get countedAs(): number {
    return this.rare === null || this.rare.countedAs < 0 ? this.cls : this.rare.countedAs;
  }

  countAs(cls: number): void {
    this.ensureRare.countedAs = cls;
  }

  private sinceItCameBack(): number {
    return this.requeuedAt < 0 ? this.submittedAt : this.requeuedAt;
  }

  onDue(t: number): void {
    this.host.onJobTimer(this, t);
  }

  /** Notes what may cancel it, until it has settled. */
  cancelledBy(cancellation: Cancellation): void {
    this.cancellation = cancellation;
    cancellation.job = this;
  }

  /** Drops everything that a settled job referred to. */
  clear(): void {
    this.state = JobState.vacant;
    this.generation++;
    this.request = NOTHING;
    this.givenId = '';
    this.rare = null;
    this.attempts = 0;
    this.current = null;
    this.lastComponent = -1;
    this.resolve = null;
    this.reject = null;
    this.replyTo = undefined;
    this.scope = undefined;
    this.partition = null;
    if (this.cancellation !== null) this.endCancellation();
  }

  private endCancellation(): void {
    this.cancellation?.settled();
    this.cancellation = null;
  }
}

/** Why an attempt was told to end. */
export type AbortCause = 'timeout' | 'deadline' | 'cancelled' | 'failover' | 'stopped' | 'superseded';

/** One run of a job's handler on one component. Recycled once its handler has settled. */
export class Attempt extends Timer {
  job: Job;
  /** Generation of the job when this attempt was made; differs once the job has been recycled. */
  generation = 0;
  number = 0;
  component = -1;
  /** Incarnation of the component's actor, so that another component with the same index is not mistaken for it. */
  incarnation = 0;
  startedAt = 0;
  /** Mean of the workload type when it started, ms; 0 when unknown. */
  scale = 0;
  demand: Demand | null = null;
  workload: Workload;
  // copies from the request that it ran for: when a late handler settles, the job may have been recycled
  type = '';
  metadata: WorkloadRequest['metadata'] = undefined;
  cls = 2;
  context: AttemptContext | null = null;
  probe = false;
  /** The share of it that has been counted as a failure although it was cut short. */
  blamed = 0;
  /** The probing that it is a probe of; its verdict on a later one is not asked for. */
  probeSession = 0;
  /** How crowded its component was when it started (see ConcurrencyLimits); 0 when nobody asks. */
  crowd: 0 | 1 | 2 = 0;
  started = false;
  /** Of its async context, where it has one. */
  mark: HandlerMark | null = null;
  /** How its handler settled. */
  ok = false;
  value: unknown = undefined;
  aborted: AbortCause | null = null;
  /** Its slot was freed before its handler settled. */
  abandoned = false;
  /** Which algorithm chose it. */
  algorithm = 0;
  /** Links of its component's list of attempts that hold a slot. */
  next: Attempt | null = null;
  prev: Attempt | null = null;
  readonly onValue: (value: unknown) => void;
  readonly onError: (error: unknown) => void;
  private readonly host: JobCallbacks;

  constructor(job: Job, host: JobCallbacks) {
    super();
    this.job = job;
    this.workload = job.workload;
    this.host = host;
    this.onValue = (value) => host.onAttemptEnded(this, true, value);
    this.onError = (error) => host.onAttemptEnded(this, false, error);
  }

  onDue(t: number): void {
    this.host.onAttemptTimer(this, t);
  }

  /** From the outbox: the transition that bound it has returned. */
  run(): void {
    this.host.onAttemptStart(this);
  }

  /** Whether its job is still the one it was made for. */
  get live(): boolean {
    return this.job.generation === this.generation;
  }

  /** What JSON shows of it, as when XState prints a message to a stopped actor: its links lead to the whole balancer. */
  toJSON(): { readonly type: string; readonly number: number; readonly component: number } {
    return { type: this.type, number: this.number, component: this.component };
  }
}
