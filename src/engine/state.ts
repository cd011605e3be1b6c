import type { AnyActorRef } from 'xstate';
import type { ActiveAlgorithm } from '../domain/algorithm.ts';
import type { Fact, PressureLevel, Severity } from '../domain/events.ts';
import type { Clock, Logger, Random } from '../domain/ports.ts';
import type { ResolvedSettings } from '../domain/settings.ts';
import { ComponentTable } from '../fleet/component-table.ts';
import { TimingWheel } from '../lib/timing-wheel.ts';
import { DECISIONS_KEPT, DecisionLog } from '../selection/decision-log.ts';
import type { Attempt, Job } from '../requests/job.ts';
import { JobTable } from '../requests/job-table.ts';
import { OutcomeStats } from '../requests/outcome-stats.ts';
import { PerformanceStats } from '../fleet/performance-stats.ts';
import { ResourceUsage } from '../fleet/resource-usage.ts';
import { RouteTable } from '../fleet/route-table.ts';
import type { Timer } from '../lib/timer.ts';
import { WorkQueue } from '../queue/work-queue.ts';
import { AlertThrottle } from './events/alert-throttle.ts';
import { ConcurrencyLimits } from '../learning/concurrency-limit.ts';
import { ComponentSelector } from '../selection/component-selector.ts';
import type { FleetView } from '../selection/policy.ts';
import { RetryBudget } from '../requests/retry-budget.ts';
import { ShadowEvaluation } from '../selection/shadow-evaluation.ts';
import { ChangeDetector } from '../learning/change-detector.ts';
import { Optimizer } from './control/optimizer.ts';
import { ActivePolicy } from './control/active-policy.ts';
import { logLateSettlement } from './execution/attempts.ts';
import type { ResolvedOptions } from './resolved-options.ts';
import type { StopChild } from './membership/components.ts';
import type { ComponentRecord } from './membership/component-record.ts';
import type { BalancerControl, BalancerEvent, FailoverLevel, Submission } from './messages.ts';
import { type OnError, EventBus } from './events/event-bus.ts';
import { EngineCallbacks } from './callbacks.ts';
import type { Effect } from './events/effect.ts';
import { rejectLateArrival } from './admission/rejection.ts';
import { PressureWatch } from './overload/pressure.ts';
import { TickBatch } from './events/tick-batch.ts';

/** Phases of the balancer, mirrored from the statechart so that lanes can read them. */
export type Phase = 'starting' | 'running' | 'draining' | 'stopped';

/**
 * Everything that one balancer counts, in one place that no statechart context copies. The modules beside this file
 * change it, each its own part; the statechart decides when.
 */
export class EngineState {
  settings: ResolvedSettings;
  readonly input: ResolvedOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger | undefined;
  readonly self: AnyActorRef;
  readonly events: EventBus;

  /** Epoch ms of the clock at 0. */
  origin: number;
  private latest = 0;
  readonly components: ComponentTable;
  readonly performance = new PerformanceStats();
  readonly resources = new ResourceUsage();
  readonly routes: RouteTable;
  readonly fleet: FleetView;
  readonly queue: WorkQueue;
  readonly jobs: JobTable;
  readonly outcomes = new OutcomeStats(this.performance.slow);
  readonly wheel = new TimingWheel<Timer>(0);
  readonly selector: ComponentSelector;
  readonly algorithms: ActivePolicy;
  readonly retryBudget: RetryBudget;
  readonly alerts = new AlertThrottle();
  readonly callbacks = new EngineCallbacks(this);
  readonly pressureWatch = new PressureWatch(this);
  /** Where `explain`, `adaptiveConcurrency` and `shadow` ask for them; `notesPicks` says that the first or the last does. */
  readonly decisions: DecisionLog | undefined;
  readonly limits: ConcurrencyLimits | undefined;
  readonly shadows: ShadowEvaluation | undefined;
  readonly notesPicks: boolean;
  readonly changeDetector = new ChangeDetector();
  readonly optimizer: Optimizer;

  /** By component index. */
  readonly records: (ComponentRecord | undefined)[] = [];
  nextIncarnation = 1;
  phase: Phase = 'starting';
  flowing = true;
  pressure: PressureLevel = 'normal';
  failoverLevel: FailoverLevel = 'steady';
  /** Attempts whose handlers have settled, and requests handed in by calls, in this turn. */
  readonly settlements = new TickBatch<Attempt>(this, { type: 'attempts.settled' }, logLateSettlement);
  readonly arrivals = new TickBatch<Job>(this, { type: 'requests.submitted' }, rejectLateArrival);
  /** Control events for the statechart that arose since the last lane returned. */
  control: BalancerControl[] = [];
  /** Submissions that wait in the mailbox: their promises must settle even if it is cleared. */
  readonly pendingSubmissions = new Set<Submission>();
  private readonly stopWaiters = new Set<() => void>();
  /** Who waits for room in the queue; each looks again when there may be some. */
  readonly readyWaiters = new Set<() => void>();
  readonly wakeReadyWaiters: Effect = {
    run: () => {
      for (const look of this.readyWaiters) look();
    },
  };

  /** How many watch the messages, and want one for each request and each assignment. */
  messageObservers = 0;
  /** When request-processor wakes next, ms since the origin. */
  nextWakeAt = Number.POSITIVE_INFINITY;
  processor: AnyActorRef | undefined = undefined;
  /** Monitors that replaced crashed ones, by id. */
  readonly monitors = new Map<string, AnyActorRef>();
  readonly monitorRestarts: number[] = [];
  /** Our own timers came more than 100 ms late: the event loop was blocked, so time-outs prove nothing. */
  lagging = false;
  dispatching = false;
  dispatchPass = 0;
  aboveHighWatermark = false;
  /** When the save that is under way began; -Infinity: none is. */
  savingSince = Number.NEGATIVE_INFINITY;
  /** How long a stop waits for open requests before it cancels them, ms. */
  drainTimeoutMs = 30_000;
  /** Entries whose actor crashed too often. */
  crashLooping = 0;
  openFailovers = 0;
  failovers = 0;
  readonly counters = {
    started: 0,
    retried: 0,
    rerouted: 0,
    probes: 0,
    abandoned: 0,
    settledLate: 0,
    dropped: 0,
    evicted: 0,
  };
  lastShedAt = Number.NEGATIVE_INFINITY;
  forecast = { arrivalsPerSecond: 0, upperPerSecond: 0, utilization: 0, upperUtilization: 0 };

  /** From the actor's scope, which exists once its first snapshot has been made. */
  stopChild: StopChild = () => {};
  emit: (fact: Fact) => void = () => {};

  constructor(input: ResolvedOptions, self: AnyActorRef) {
    const { settings, clock, random } = input;
    this.input = input;
    this.settings = settings;
    this.clock = clock;
    this.random = random;
    this.logger = input.logger;
    this.self = self;
    this.origin = clock.now();
    const gathered = (): boolean => {
      const sent = this.arrivals.flush();
      return this.settlements.flush() || sent;
    };
    this.events = new EventBus(self, (fact) => this.emit(fact), this.logError, gathered);
    this.components = new ComponentTable({ onFreeChanged: (i, open) => this.routes.onFreeChanged(i, open) }, settings);
    this.routes = new RouteTable(this.components, random);
    this.fleet = { components: this.components, performance: this.performance, resources: this.resources };
    this.queue = new WorkQueue(settings.agingMs);
    this.jobs = new JobTable(Math.floor(random() * 36 ** 5).toString(36), this.callbacks);
    this.selector = new ComponentSelector(this.fleet, random, (policy, cause) =>
      this.report('ERROR', 'POLICY_FAILED', undefined, { policy: policy.name, cause }),
    );
    this.algorithms = new ActivePolicy(settings.algorithm, input.policy);
    this.retryBudget = new RetryBudget(settings.retryBudget.ratio, settings.retryBudget.perSecond);
    this.limits = settings.adaptiveConcurrency ? new ConcurrencyLimits() : undefined;
    this.shadows = settings.shadow ? new ShadowEvaluation(this.algorithms.adaptive) : undefined;
    const { explain, shadow } = settings;
    this.decisions = explain === false ? undefined : new DecisionLog(explain === true ? DECISIONS_KEPT : explain);
    this.notesPicks = shadow || explain !== false;
    this.optimizer = new Optimizer({
      components: this.components,
      performance: this.performance,
      outcomes: this.outcomes,
      resources: this.resources,
      adaptive: this.algorithms.adaptive,
      shifts: this.changeDetector,
      settings: () => this.settings,
      now: () => this.now(),
    });
  }

  /** ms since the origin; never goes backwards or throws: where the clock does, time goes on from where it was. */
  now(): number {
    let t = Number.NaN;
    try {
      t = this.clock.now() - this.origin;
    } catch (cause) {
      this.logError('the clock threw', cause);
    }
    if (t > this.latest) this.latest = t;
    else if (t < this.latest) this.origin += t - this.latest;
    return this.latest;
  }

  /** Sends to the balancer itself; what comes after its end is nobody's. */
  send(event: BalancerEvent): void {
    if (this.phase !== 'stopped') this.self.send(event);
  }

  /** Puts something on the wheel and makes sure that somebody wakes for it. */
  schedule(entry: Timer, dueAt: number): void {
    this.wheel.schedule(entry, dueAt);
    // what is due already is due now: it must not look as if we were late
    if (dueAt < this.nextWakeAt) this.setWakeUp(Math.max(dueAt, this.latest));
  }

  setWakeUp(dueAt: number): void {
    this.nextWakeAt = dueAt;
    this.processor?.send({ type: 'timer.set', dueAt: dueAt === Number.POSITIVE_INFINITY ? dueAt : Math.ceil(dueAt) });
  }

  /** Logs; a logger that throws is ignored: there is nobody left to tell. */
  log(level: 'debug' | 'info' | 'warn' | 'error', fields: object, message: string): void {
    try {
      this.logger?.[level](fields, message);
    } catch {
      // the next log line may get through
    }
  }

  readonly logError: OnError = (message, cause) => this.log('error', { err: cause }, `plimsoll: ${message}`);

  /** A contained error: logged, and told to whoever listens. */
  report(severity: Severity, code: string, componentId: string | undefined, cause: unknown): void {
    this.log(
      severity === 'INFO' ? 'info' : severity === 'WARNING' ? 'warn' : 'error',
      { code, componentId, err: cause },
      'plimsoll: contained an error',
    );
    this.events.publish({ type: 'error.reported', severity, code, componentId, cause });
  }

  /** Calls back once when the balancer has stopped, behind its last facts. @returns takes it back. */
  whenStopped(run: () => void): () => void {
    if (this.phase === 'stopped') this.events.enqueue({ run });
    else this.stopWaiters.add(run);
    return () => this.stopWaiters.delete(run);
  }

  /** The books are closed: whoever waits for that, or for room, is told. */
  notifyStopped(): void {
    for (const run of this.stopWaiters) this.events.enqueue({ run });
    this.stopWaiters.clear();
    this.events.enqueue(this.wakeReadyWaiters);
  }

  get activeAlgorithm(): ActiveAlgorithm {
    return this.algorithms.active;
  }
}
