import type { WorkloadRequest } from '../domain/request.ts';
import { ChangeDetector } from '../learning/change-detector.ts';
import { givesWayOf } from '../queue/shedding.ts';
import { WorkQueue } from '../queue/work-queue.ts';
import type { Job } from '../requests/job.ts';
import { JobTable } from '../requests/job-table.ts';
import { OutcomeStats } from '../requests/outcome-stats.ts';
import { RequestTallies } from '../requests/request-tallies.ts';
import { RetryBudgets } from '../requests/retry-budget.ts';
import { ComponentSelector } from '../selection/component-selector.ts';
import { DECISIONS_KEPT, DecisionLog } from '../selection/decision-log.ts';
import { ShadowEvaluation } from '../selection/shadow-evaluation.ts';
import { admitFromWaitingLine, isIdle, toJob } from './admission/admission.ts';
import { rejectLateArrival, rejectNotRunning } from './admission/rejection.ts';
import { RoomWaiters, tellOfRoom } from './admission/room.ts';
import { WaitingLine } from './admission/waiting-line.ts';
import { EngineCallbacks } from './callbacks.ts';
import { ActivePolicy } from './control/active-policy.ts';
import { reviewStrategies } from './control/monitor-reports.ts';
import { Optimizer } from './control/optimizer.ts';
import { shutDown } from './control/shutdown.ts';
import { TokenTimer } from './dispatch/token-wait.ts';
import { AlertThrottle } from './events/alert-throttle.ts';
import { Diagnostics } from './events/diagnostics.ts';
import { EventBus } from './events/event-bus.ts';
import { TickBatch } from './events/tick-batch.ts';
import { logLateSettlement } from './execution/attempts.ts';
import { offerTrials } from './health/avoidance.ts';
import { probeEarly } from './health/early-probing.ts';
import { recheckRoutes } from './health/failover-level.ts';
import { newFleet } from './membership/new-fleet.ts';
import type { BalancerEvent, EngineActor, Submission } from './messages.ts';
import { PeriodicCheck } from './overload/periodic-check.ts';
import { reviewPressure } from './overload/pressure.ts';
import { RecentWindow } from './reporting/recent-window.ts';
import { RunningHandlers } from './running-handlers.ts';
import { Scheduler } from './scheduler.ts';
import type { EngineOptions, EngineState, Fleet, Mailbox, Mode, Overload, Requests, Selection } from './state.ts';
import { Waiters } from './waiters.ts';

const MADE = new WeakSet<object>();

/** Whether something is the state of a balancer. */
export const isEngineState = (value: unknown): value is EngineState =>
  typeof value === 'object' && value !== null && MADE.has(value);

/**
 * Makes the state of one balancer. Nothing runs before its actor does.
 * @param self the balancer's actor, which has not been started.
 */
export function createEngineState(options: EngineOptions, self: EngineActor): EngineState {
  const engine = new Engine(options, self);
  MADE.add(engine);
  return engine;
}

/** One shape for all balancers, so that what the compiler has learned of one serves the others. */
class Engine implements EngineState {
  settings: EngineState['settings'];
  readonly options: EngineOptions;
  readonly clock: EngineState['clock'];
  readonly random: EngineState['random'];
  readonly self: EngineActor;
  readonly scheduler: Scheduler;
  readonly events: EventBus;
  readonly diagnostics: Diagnostics;
  readonly alerts = new AlertThrottle();
  readonly waiters: Waiters;
  readonly callbacks: EngineCallbacks;
  readonly fleet: Fleet;
  readonly queue: WorkQueue;
  readonly waitingLine: WaitingLine;
  readonly requests: Requests;
  readonly handlers: RunningHandlers;
  readonly selection: Selection;
  readonly mode: Mode;
  readonly overload: Overload;
  readonly recent: RecentWindow;
  readonly mailbox: Mailbox;
  readonly supervision: EngineState['supervision'];
  readonly learning: EngineState['learning'];
  readonly dispatch = { isRunning: false, pass: 0, tokenTimer: new TokenTimer() };
  readonly persistence: EngineState['persistence'] = {
    savingSince: Number.NEGATIVE_INFINITY,
    load: 'pending',
    loading: null,
  };

  constructor(options: EngineOptions, self: EngineActor) {
    const { settings, clock, random } = options;
    this.options = options;
    this.settings = settings;
    this.clock = clock;
    this.random = random;
    this.self = self;
    this.mode = newMode();
    this.handlers = new RunningHandlers(options.handlerMarks, options.ownContext);
    this.diagnostics = new Diagnostics(options.logger, (fact) => this.events.publish(fact));
    this.events = new EventBus(
      self,
      (fact) => this.supervision.emit(fact),
      this.diagnostics.logError,
      () => {
        const sent = this.mailbox.arrivals.flush();
        return this.mailbox.settlements.flush() || sent;
      },
      (drain) => this.handlers.outside(drain),
      options.factChannel,
    );
    this.scheduler = new Scheduler(clock, (cause) => this.diagnostics.logError('the clock threw', cause));
    this.callbacks = new EngineCallbacks(this);
    this.waiters = new Waiters(
      new RoomWaiters(this),
      () => tellOfRoom(this),
      (effect) => this.events.enqueue(effect),
      () => this.mode.phase === 'stopped',
      () => isIdle(this),
    );
    this.fleet = newFleet(options);
    this.queue = new WorkQueue(settings.agingMs);
    this.fleet.routes.onWoken = (route) => this.queue.wake(route);
    this.waitingLine = new WaitingLine(this, admitFromWaitingLine);
    this.requests = newRequests(this);
    this.selection = newSelection(this);
    this.overload = {
      pressure: 'normal',
      periodicCheck: new PeriodicCheck(this, [
        reviewStrategies,
        probeEarly,
        offerTrials,
        recheckRoutes,
        reviewPressure,
      ]),
      calmSince: Number.POSITIVE_INFINITY,
      aboveHighWatermark: false,
      lastShedAt: Number.NEGATIVE_INFINITY,
      givesWay: givesWayOf(settings),
    };
    this.recent = new RecentWindow(this);
    this.mailbox = newMailbox(this);
    this.supervision = { monitors: new Map(), monitorRestarts: [], emit: () => {}, stopChild: () => {} };
    this.learning = newLearning(this);
  }

  handIn(
    request: WorkloadRequest,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
    whenFull: Submission['whenFull'],
    cancellation: Submission['cancellation'],
  ): boolean {
    const job = readable(this, request);
    if (job === undefined) return false;
    job.resolve = resolve;
    job.reject = reject;
    if (whenFull !== undefined) job.patient = whenFull === 'wait';
    if (cancellation !== undefined) job.cancelledBy(cancellation);
    job.scope = this.options.captureContext?.();
    this.mailbox.arrivals.add(job);
    return true;
  }

  turnAway(submission: Submission, phase: 'new' | 'stopped'): void {
    rejectNotRunning(this, submission, phase);
  }

  notePending(submission: Submission): void {
    this.mailbox.pendingSubmissions.add(submission);
  }

  flush(): void {
    this.mailbox.arrivals.flush();
  }

  observeMessages(): () => void {
    this.waiters.messageObservers++;
    let observes = true;
    return () => {
      if (observes) this.waiters.messageObservers--;
      observes = false;
    };
  }

  shutDown(): void {
    shutDown(this);
  }
}

function readable(state: EngineState, request: WorkloadRequest): Job | undefined {
  try {
    return toJob(state, request);
  } catch {
    return undefined; // the message that is sent instead says why
  }
}

const newMode = (): Mode => ({
  phase: 'starting',
  flowing: true,
  failoverLevel: 'steady',
  failovers: 0,
  openFailovers: 0,
  drainTimeoutMs: 30_000,
  drainUntil: Number.POSITIVE_INFINITY,
  admitsNested: false,
});

function newRequests({ settings, random, callbacks }: EngineState): Requests {
  const { ratio, perSecond } = settings.retryBudget;
  return {
    jobs: new JobTable(Math.floor(random() * 36 ** 5).toString(36), callbacks),
    outcomes: new OutcomeStats(),
    tallies: new RequestTallies(),
    retryBudgets: new RetryBudgets(ratio, perSecond),
    counters: {
      started: 0,
      retried: 0,
      rerouted: 0,
      probes: 0,
      abandoned: 0,
      settledLate: 0,
      dropped: 0,
      evicted: 0,
    },
  };
}

function newSelection({ settings, options, random, diagnostics, fleet: { view } }: EngineState): Selection {
  const { explain, shadow } = settings;
  const algorithms = new ActivePolicy(settings.algorithm, options.policy);
  return {
    selector: new ComponentSelector(view, random, (policy, cause) =>
      diagnostics.report('ERROR', 'POLICY_FAILED', undefined, { policy: policy.name, cause }),
    ),
    algorithms,
    changeDetector: new ChangeDetector(),
    decisions: explain === false ? undefined : new DecisionLog(explain === true ? DECISIONS_KEPT : explain),
    shadows: shadow ? new ShadowEvaluation(algorithms.adaptive) : undefined,
    notesPicks: shadow || explain !== false,
  };
}

function newMailbox(state: EngineState): Mailbox {
  return {
    arrivals: new TickBatch(state, { type: 'requests.submitted' }, rejectLateArrival),
    settlements: new TickBatch(state, { type: 'attempts.settled' }, logLateSettlement),
    control: [],
    pendingSubmissions: new Set(),
    send(event: BalancerEvent): void {
      if (state.mode.phase !== 'stopped') state.self.send(event);
    },
  };
}

function newLearning(state: EngineState): EngineState['learning'] {
  const { fleet, requests, scheduler } = state;
  return {
    optimizer: new Optimizer({
      ...fleet.view,
      outcomes: requests.outcomes,
      configuredWeight: (i) => fleet.records[i]?.configuredWeight ?? 1,
      settings: () => state.settings,
      now: () => scheduler.now(),
    }),
    forecast: { arrivalsPerSecond: 0, upperPerSecond: 0, utilization: 0, upperUtilization: 0 },
    nextStrategyReview: 0,
  };
}
