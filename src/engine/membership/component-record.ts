import type { ActorLogic, ActorRefFrom } from 'xstate';
import type { ComponentStatus, Handler, ResolvedComponent, Worker } from '../../domain/component.ts';
import type { FailureCause } from '../../domain/events.ts';
import type { LatencySummary } from '../../domain/metrics.ts';
import { LatencyStats, type LatencyStatsPool } from '../../lib/histogram/latency-stats.ts';
import { Timer } from '../../lib/timer.ts';
import type { AttemptEnvironment } from '../../requests/attempt-context.ts';
import type { Attempt } from '../../requests/job.ts';
import type { ComponentEvent, ComponentInput } from './component-messages.ts';

/** The logic of a component actor: its statechart, whatever its snapshots are like. */
// biome-ignore lint/suspicious/noExplicitAny: XState's own bounds for any snapshot, system and emitted event
export type ComponentLogic = ActorLogic<any, ComponentEvent, ComponentInput, any, any>;

export type ComponentRef = ActorRefFrom<ComponentLogic>;

/**
 * Where a component stands with the balancer: `present`, `deregistering` (it leaves when its last slot is free; commands are
 * refused), or `crashLoop` (its actor crashed too often; only `recover` starts a new one).
 */
export type Membership = 'present' | 'deregistering' | 'crashLoop';

const NO_LATENCY = new LatencyStats().summary();

/** A component in the balancer: its actor, its worker, and the counts that no algorithm reads. */
export class ComponentRecord {
  // fields that every request uses come first and side by side, for few cache misses with thousands of components
  readonly index: number;
  /** Serial of the current actor; reports and probes of earlier ones are ignored. */
  incarnation = 0;
  /** Attempts that hold a slot. */
  attempts: Attempt | null = null;
  handlersSubmit = false;
  toldOfSelfWait = false;
  started = 0;
  succeeded = 0;
  private track: LatencyStats | undefined;
  readonly id: string;
  readonly handle: Handler;
  readonly environment: AttemptEnvironment;
  membership: Membership = 'present';
  readonly bandTimer: BandTimer;
  actor: ComponentRef | null = null;

  readonly runningCheck: RunningCheck;
  spec: ResolvedComponent;
  readonly worker: Worker | undefined;
  status: ComponentStatus = 'Available';
  state = 'entering';
  since = 0;
  /** When its present outage began, ms since the balancer's time 0. */
  failedSince = 0;
  failures = 0;
  /** When it was last operational again after a failure; what began before is not held against it. */
  recoveredAt = Number.NEGATIVE_INFINITY;
  /** Executions that must still succeed until its failures are forgotten, or until it is not avoided any more. */
  toProve = 0;
  /** Where it is avoided: when it may have its next trial, and how many in a row went badly. */
  trialAt = 0;
  badTrials = 0;
  /** Configured weight, before the optimizer's adjustments. */
  configuredWeight: number;
  failed = 0;
  timedOut = 0;
  aborted = 0;
  /** Attempts that its provider refused. */
  refused = 0;
  /** Rests that each ended with a refusal. */
  restsInARow = 0;
  abandoned = 0;
  restarts = 0;
  /** Times of recent restarts, ms since the balancer's time 0. */
  restartTimes: number[] = [];
  /** Number of the present probing session; a verdict from an earlier session is ignored. */
  probeSession = 0;
  badChecks = 0;
  /** The last error of its work; and the one that it has just been failed for, until that is told. */
  lastFailure: FailureCause | undefined = undefined;
  failedFor: FailureCause | undefined = undefined;
  badReports = 0;
  private readonly host: RecordCallbacks;

  constructor(index: number, spec: ResolvedComponent, host: RecordCallbacks) {
    const { handler } = spec;
    this.index = index;
    this.id = spec.id;
    this.handle = typeof handler === 'function' ? handler : (request, context) => handler.handle(request, context);
    this.spec = spec;
    this.configuredWeight = spec.weight;
    this.worker = typeof handler === 'function' ? undefined : handler;
    this.environment = host.environmentOf(spec.id);
    this.bandTimer = new BandTimer(this, host);
    this.runningCheck = new RunningCheck(this, host);
    this.host = host;
  }

  /** Latencies since the start; a component that was never used has none. */
  get latency(): LatencyStats {
    return this.track ?? this.firstTrack();
  }

  /** Reads what the end of an attempt will need, so that it is in the cache. The sum that it returns has no meaning. */
  prefetch(ms: number): number {
    return this.bandTimer.wheelSlot + (this.track === undefined ? 0 : this.track.prefetch(ms));
  }

  private firstTrack(): LatencyStats {
    const track = this.host.latencyPool.acquire();
    this.track = track;
    return track;
  }

  latencySummary(): LatencySummary {
    return this.track === undefined ? NO_LATENCY : this.track.summary();
  }

  /** Share of its time that was spent on what was used. */
  get efficiency(): number {
    return this.track === undefined ? 1 : this.track.efficiency;
  }

  /** The component has left. */
  retire(): void {
    if (this.track !== undefined) this.host.latencyPool.release(this.track);
    this.track = undefined;
  }

  link(attempt: Attempt): void {
    attempt.prev = null;
    attempt.next = this.attempts;
    if (this.attempts !== null) this.attempts.prev = attempt;
    this.attempts = attempt;
  }

  unlink(attempt: Attempt): void {
    if (attempt.prev === null) this.attempts = attempt.next;
    else attempt.prev.next = attempt.next;
    if (attempt.next !== null) attempt.next.prev = attempt.prev;
    attempt.next = null;
    attempt.prev = null;
  }
}

export interface RecordCallbacks {
  readonly latencyPool: LatencyStatsPool;
  environmentOf(componentId: string): AttemptEnvironment;
  onBandTimer(bandTimer: BandTimer, t: number): void;
  onCheckTimer(runningCheck: RunningCheck): void;
}

/** Fires when the load has been below the band's lower edge for `bandDwellMs`. */
export class BandTimer extends Timer {
  readonly record: ComponentRecord;
  private readonly host: RecordCallbacks;

  constructor(record: ComponentRecord, host: RecordCallbacks) {
    super();
    this.record = record;
    this.host = host;
  }

  /** Whether the load is below the edge. */
  get isRunning(): boolean {
    return this.wheelSlot >= 0;
  }

  onDue(t: number): void {
    this.host.onBandTimer(this, t);
  }
}

/** A health check under way: by the health checker's round, or as a probe of a failed component. Bounds its time. */
export class RunningCheck extends Timer {
  readonly record: ComponentRecord;
  /** Serial of the check; an answer to an earlier one is ignored. 0: none runs. */
  id = 0;
  /** The answer decides a probe rather than a round. */
  isProbe = false;
  controller: AbortController | null = null;
  private readonly host: RecordCallbacks;

  constructor(record: ComponentRecord, host: RecordCallbacks) {
    super();
    this.record = record;
    this.host = host;
  }

  onDue(): void {
    this.host.onCheckTimer(this);
  }
}
