import type { ErrorRules, ResolvedComponent } from '../domain/component.ts';
import type { Fact, FactReceiver, PressureLevel } from '../domain/events.ts';
import type { Forecast } from '../domain/metrics.ts';
import type {
  AsyncScope,
  AsyncStore,
  Clock,
  FactChannel,
  Integrations,
  Logger,
  ProcessHold,
  Random,
  StateStore,
} from '../domain/ports.ts';
import type { ResolvedSettings } from '../domain/settings.ts';
import type { ComponentTable } from '../fleet/component-table.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import type { PerformanceStats } from '../fleet/performance-stats.ts';
import type { RateLimits } from '../fleet/rate-limits.ts';
import type { ResourceUsage } from '../fleet/resource-usage.ts';
import type { Route } from '../fleet/route.ts';
import type { RouteTable } from '../fleet/route-table.ts';
import type { SlowStart } from '../fleet/slow-start.ts';
import type { TransitionCounts } from '../fleet/transition-counts.ts';
import type { ChangeDetector } from '../learning/change-detector.ts';
import type { ConcurrencyLimits } from '../learning/concurrency-limit.ts';
import type { WorkQueue } from '../queue/work-queue.ts';
import type { HandlerMark } from '../requests/handler-mark.ts';
import type { Attempt, Job } from '../requests/job.ts';
import type { JobTable } from '../requests/job-table.ts';
import type { OutcomeStats } from '../requests/outcome-stats.ts';
import type { RequestTallies } from '../requests/request-tallies.ts';
import type { RetryBudgets } from '../requests/retry-budget.ts';
import type { ComponentSelector } from '../selection/component-selector.ts';
import type { DecisionLog } from '../selection/decision-log.ts';
import type { Policy } from '../selection/policy.ts';
import type { ShadowEvaluation } from '../selection/shadow-evaluation.ts';
import type { WaitingLine } from './admission/waiting-line.ts';
import type { EngineCallbacks } from './callbacks.ts';
import type { ActivePolicy } from './control/active-policy.ts';
import type { Optimizer } from './control/optimizer.ts';
import type { TokenTimer } from './dispatch/token-wait.ts';
import type { EngineEntrance } from './engine-view.ts';
import type { AlertThrottle } from './events/alert-throttle.ts';
import type { Diagnostics } from './events/diagnostics.ts';
import type { EventBus } from './events/event-bus.ts';
import type { TickBatch } from './events/tick-batch.ts';
import type { ComponentLogic, ComponentRecord } from './membership/component-record.ts';
import type { BalancerControl, BalancerEvent, ChildRef, EngineActor, FailoverLevel, Submission } from './messages.ts';
import type { PeriodicCheck } from './overload/periodic-check.ts';
import type { RecentWindow } from './reporting/recent-window.ts';
import type { RunningHandlers } from './running-handlers.ts';
import type { Scheduler } from './scheduler.ts';
import type { Waiters } from './waiters.ts';

/** What a balancer is given: settings with every default, components, ports. */
export interface ResolvedOptions extends ErrorRules {
  readonly settings: ResolvedSettings;
  readonly components: readonly ResolvedComponent[];
  readonly policy: Policy | undefined;
  readonly clock: Clock;
  /** Keeps the process alive while there is work; undefined where the clock is the user's. */
  readonly processHold?: ProcessHold | undefined;
  readonly random: Random;
  readonly logger: Logger | undefined;
  readonly store: StateStore | undefined;
  readonly integrations?: Integrations | undefined;
  /** Gets every fact from the start. */
  readonly subscriber?: FactReceiver | undefined;
  /** Where all facts of the process go; undefined: nowhere. */
  readonly factChannel?: FactChannel | undefined;
  /** Captures the submitter's async context; undefined: handlers run in the dispatcher's. */
  readonly captureContext: (() => AsyncScope) | undefined;
  /** Marks the async contexts of handlers; undefined: they are not marked. */
  readonly handlerMarks?: AsyncStore<HandlerMark | undefined> | undefined;
  /** What the balancer runs in; undefined: the context of whoever has set it going. */
  readonly ownContext?: AsyncScope | undefined;
  /** In place of the component's own statechart: for tests that crash it. */
  readonly componentLogic?: ComponentLogic;
}

/** The same with the statechart of a component, which the engine starts and does not know. */
export interface EngineOptions extends ResolvedOptions {
  readonly componentLogic: ComponentLogic;
}

/** Phases of the balancer, mirrored from the statechart so that what passes by it can read them. */
export type Phase = 'starting' | 'running' | 'draining' | 'stopped';

/** The components and what is known of them, by component index. */
export interface Fleet {
  readonly components: ComponentTable;
  readonly performance: PerformanceStats;
  readonly resources: ResourceUsage;
  readonly rateLimits: RateLimits;
  readonly slowStart: SlowStart;
  readonly routes: RouteTable;
  /** The tables as policies may read them. */
  readonly view: FleetView;
  readonly records: (ComponentRecord | undefined)[];
  /** Changes of status since the start. */
  readonly transitions: TransitionCounts;
  /** Set when `settings.adaptiveConcurrency` is on. */
  readonly limits: ConcurrencyLimits | undefined;
  /** Numbers component actors and health checks, so that messages of an earlier one can be told apart. */
  nextIncarnation: number;
  /** Deregistered components on which nothing runs any more; removed after the present message. */
  drained: ComponentRecord[];
  /** Components whose actor crashed too often. */
  crashLooping: number;
  /** Routes with work that have nobody who is operational, and since when, ms since the origin. */
  readonly downRoutes: Map<Route, number>;
  /** The version of the fleet for which that holds. */
  downRoutesVersion: number;
}

/** The requests: those that are open, and what became of the others. */
export interface Requests {
  readonly jobs: JobTable;
  readonly outcomes: OutcomeStats;
  readonly tallies: RequestTallies;
  readonly retryBudgets: RetryBudgets;
  readonly counters: {
    started: number;
    retried: number;
    rerouted: number;
    probes: number;
    abandoned: number;
    settledLate: number;
    dropped: number;
    evicted: number;
  };
}

/** Who chooses components, and what is written down about it. */
export interface Selection {
  readonly selector: ComponentSelector;
  readonly algorithms: ActivePolicy;
  readonly changeDetector: ChangeDetector;
  /** Set when `settings.explain` is on. */
  readonly decisions: DecisionLog | undefined;
  /** Set when `settings.shadow` is on. */
  readonly shadows: ShadowEvaluation | undefined;
  /** Whether one of the two is. */
  readonly notesPicks: boolean;
}

/** What the regions of the statechart are derived from. */
export interface Mode {
  phase: Phase;
  /** Dispatch is not paused. */
  flowing: boolean;
  failoverLevel: FailoverLevel;
  /** Failovers since the start, and those that have unsettled jobs. */
  failovers: number;
  openFailovers: number;
  /** How long a stop waits for open requests before it cancels them, ms. */
  drainTimeoutMs: number;
  /** Until when a stop waits, ms since the balancer's time 0. */
  drainUntil: number;
  /** The balancer drains, and still admits what its handlers submit. */
  admitsNested: boolean;
}

/** How near the balancer is to its limits. */
export interface Overload {
  pressure: PressureLevel;
  readonly periodicCheck: PeriodicCheck;
  /** Since when the load has been below what the pressure shows, ms since the balancer's time 0; Infinity: it is not. */
  calmSince: number;
  /** The queue as a whole is above its high watermark. */
  aboveHighWatermark: boolean;
  /** ms since the balancer's time 0; -Infinity: never. */
  lastShedAt: number;
  /** By class of priority, 1: gives way when overload lasts (`shedding.priorities`). */
  givesWay: Uint8Array;
}

/** What is on its way to the balancer's actor. */
export interface Mailbox {
  /** Requests that calls have submitted in this tick. */
  readonly arrivals: TickBatch<Job>;
  /** Attempts whose handlers have settled in this tick. */
  readonly settlements: TickBatch<Attempt>;
  /** Control events for the statechart that arose since the last message was handled. */
  control: BalancerControl[];
  /** Submissions that wait in the actor's mailbox: their promises must settle even if it is cleared. */
  readonly pendingSubmissions: Set<Submission>;
  /** Sends to the balancer itself; what comes after its end is nobody's. */
  send(event: BalancerEvent): void;
}

/** The actors that the balancer looks after beside its components. */
export interface Supervision {
  /** Monitors that replaced crashed ones, by id. */
  readonly monitors: Map<string, ChildRef>;
  readonly monitorRestarts: number[];
  // of the actor's scope, which exists once its first snapshot has been made
  emit: (fact: Fact) => void;
  stopChild: (child: ChildRef) => void;
}

/**
 * The state of one balancer. It is one mutable object that no statechart copies into its context. The modules beside this
 * file change it, each its own part; the statecharts decide when. `create.ts` makes it.
 */
export interface EngineState extends EngineEntrance {
  settings: ResolvedSettings;
  readonly options: EngineOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly self: EngineActor;
  readonly scheduler: Scheduler;
  readonly events: EventBus;
  readonly diagnostics: Diagnostics;
  readonly alerts: AlertThrottle;
  readonly waiters: Waiters;
  readonly callbacks: EngineCallbacks;
  readonly fleet: Fleet;
  readonly queue: WorkQueue;
  /** Requests that wait for a place in the queue. */
  readonly waitingLine: WaitingLine;
  readonly requests: Requests;
  readonly handlers: RunningHandlers;
  readonly selection: Selection;
  readonly mode: Mode;
  readonly overload: Overload;
  /** The last seconds, for every view of them. */
  readonly recent: RecentWindow;
  readonly mailbox: Mailbox;
  readonly supervision: Supervision;
  /** What is learned of the work, and when adaptive reviews its strategies next, ms since the balancer's time 0. */
  readonly learning: { readonly optimizer: Optimizer; forecast: Forecast; nextStrategyReview: number };
  /** The pass of the dispatch that is under way, or was the last. */
  readonly dispatch: { isRunning: boolean; pass: number; readonly tokenTimer: TokenTimer };
  /** When the save that is under way began; -Infinity: none is. How the load went: nothing is saved before it is `done`. */
  readonly persistence: { savingSince: number; load: 'pending' | 'failed' | 'done'; loading: Promise<unknown> | null };
}
