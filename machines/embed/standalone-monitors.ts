import type { ActorLogic, ActorSystem, AnyActorRef, EventObject, Snapshot, SnapshotFrom } from 'xstate';
import { InvalidConfigError } from '../../src/domain/errors.ts';
import type { Receiver } from '../../src/domain/events.ts';
import type { Forecast } from '../../src/domain/metrics.ts';
import { formatValue } from '../../src/domain/request.ts';
import type { ResolvedSettings } from '../../src/domain/settings.ts';
import type { Advice, LoadAlert, MonitorReport } from '../../src/engine/control/monitor-messages.ts';
import { Optimizer } from '../../src/engine/control/optimizer.ts';
import type { EngineState } from '../../src/engine/state.ts';
import { withFastPath, withInput } from '../fast-path.ts';
import { healthCheckerMachine } from '../monitors/health-checker.ts';
import { loadMonitorMachine } from '../monitors/load-monitor.ts';
import { optimizerMachine } from '../monitors/optimizer.ts';
import { type Armed, requestProcessorMachine } from '../monitors/timer.machine.ts';
import { stateOf } from './balancer-ref.ts';
import { type BalancerTarget, targetOf } from './submission.ts';

/** Input of a monitor as an actor of your own, beside a balancer that runs. */
export interface MonitorActorInput<F> {
  /** `systemId` of the balancer in the actor's system, or its reference. */
  readonly balancer: BalancerTarget;
  /** Period, 1 ms and up. Default: the balancer's own for this monitor, as it is at the start. */
  readonly everyMs?: number | undefined;
  /** Is sent what the monitor emits. */
  readonly subscriber?: Receiver<F> | undefined;
}

/** A cycle is over: the alerts that the present load calls for, before any cooldown. */
export interface LoadSampled {
  readonly type: 'load.sampled';
  readonly alerts: readonly LoadAlert[];
}

/** Time for your own health checks; tell the balancer by `component.reportHealth`. */
export interface HealthRoundDue {
  readonly type: 'health.roundDue';
}

/** What a cycle of the optimizer found. It changes nothing; `component.update` does. */
export interface OptimizerAdvised {
  readonly type: 'optimizer.advised';
  /** New weights by component id, where they change. */
  readonly weights: Readonly<Record<string, number>>;
  readonly forecast: Forecast;
  readonly scaling: 'up' | 'down' | undefined;
}

/** The time that was set has come. */
export interface TimersDue {
  readonly type: 'timer.fired';
}

/** Begins its period anew. */
interface PeriodChanged {
  readonly type: 'period.changed';
}

/** A monitor as actor logic, under a type of our own. */
export interface MonitorLogic<TInput, TFact extends EventObject, TCommand extends EventObject = PeriodChanged>
  extends ActorLogic<
    Snapshot<undefined> & { readonly value: string },
    TCommand,
    TInput,
    // biome-ignore lint/suspicious/noExplicitAny: XState's own bound for "any system"
    ActorSystem<any>,
    TFact
  > {}

type Heard = MonitorReport | Armed | PeriodChanged;

/** The handler of what a monitor tells itself: it is emitted. */
const telling =
  <TSnapshot>(factOf: (report: Heard, snapshot: TSnapshot) => EventObject) =>
  (snapshot: TSnapshot, report: Heard, scope: { emit(fact: EventObject): void }): undefined => {
    scope.emit(factOf(report, snapshot));
  };

/** An optimizer's memory beside the balancer's own. */
class StandaloneOptimizer extends Optimizer {
  private readonly ids: readonly string[];

  constructor(state: EngineState) {
    const { components, performance, rateLimits, records } = state.fleet;
    const { outcomes } = state.requests;
    super({
      ...{ components, performance, outcomes, rateLimits },
      configuredWeight: (i) => records[i]?.configuredWeight ?? 1,
      settings: () => state.settings,
      now: () => state.scheduler.now(),
    });
    this.ids = components.ids;
  }

  inNames({ weights, forecast, scaling }: Advice): OptimizerAdvised {
    const named = [...weights].map(([i, weight]) => [this.ids[i] ?? '', weight] as const);
    return { type: 'optimizer.advised', weights: Object.fromEntries(named), forecast, scaling };
  }
}

type Period = 'loadMonitorIntervalMs' | 'healthCheckIntervalMs' | 'optimizationIntervalMs';

/**
 * The state that a monitor reads, and what each takes as input.
 * @throws InvalidConfigError, NotRunningError
 */
function beside<F>(input: MonitorActorInput<F>, self: AnyActorRef, period: Period) {
  const given: unknown = input;
  if (typeof given !== 'object' || given === null) throw invalid('input', 'an object with a balancer', given);
  const { balancer, everyMs, subscriber } = input;
  if (everyMs !== undefined && !(typeof everyMs === 'number' && everyMs >= 1 && everyMs < 2 ** 31))
    throw invalid('everyMs', 'ms from 1', everyMs);
  if (typeof balancer !== 'string' && (typeof balancer !== 'object' || balancer === null))
    throw invalid('balancer', 'a systemId or an actor reference', balancer);
  const state = stateOf(targetOf(self.system, balancer));
  if (state === undefined) throw invalid('balancer', 'a balancer that runs', balancer);
  subscribe(self, subscriber);
  const { settings } = state;
  const fixed: ResolvedSettings = { ...settings, [period]: everyMs ?? settings[period] };
  return { state, base: { settings: () => fixed, parent: self } };
}

const invalid = (key: string, expected: string, value: unknown): InvalidConfigError =>
  new InvalidConfigError(`Invalid monitor: ${key}: expected ${expected} (given: ${formatValue(value)}).`, { value });

/** @throws InvalidConfigError */
function subscribe<F>(self: AnyActorRef, subscriber: Receiver<F> | undefined): void {
  if (subscriber === undefined) return;
  if (typeof subscriber?.send !== 'function') throw invalid('subscriber', 'an actor reference', subscriber);
  self.on('*', (fact: F) => {
    try {
      subscriber.send(fact);
    } catch {
      // whoever listens must not hurt the monitor
    }
  });
}

const loadMonitor = withFastPath(loadMonitorMachine, { 'load.sampled': telling((report) => report) });
const healthChecker = withFastPath(healthCheckerMachine, { 'health.roundDue': telling((report) => report) });
const optimizer = withFastPath(optimizerMachine, {
  'optimizer.advised': telling((report, { context }: SnapshotFrom<typeof optimizerMachine>) =>
    'advice' in report && context.advisor instanceof StandaloneOptimizer
      ? context.advisor.inNames(report.advice)
      : report,
  ),
});
const requestProcessor = withFastPath(requestProcessorMachine, {
  'timer.fired': telling(({ type }) => ({ type })),
});

/** Watches a balancer's load: every 5 s by default, tells which alerts it calls for. */
export const loadMonitorLogic = withInput<MonitorLogic<MonitorActorInput<LoadSampled>, LoadSampled>>(
  loadMonitor,
  (input, self) => {
    const { state, base } = beside(input, self, 'loadMonitorIntervalMs');
    return { ...base, components: state.fleet.components };
  },
);

/** Tells when a round of health checks is due: every 10 s by default. */
export const healthCheckerLogic = withInput<MonitorLogic<MonitorActorInput<HealthRoundDue>, HealthRoundDue>>(
  healthChecker,
  (input, self) => beside(input, self, 'healthCheckIntervalMs').base,
);

/** Forecasts a balancer's load and advises weights and scaling: every 60 s by default. It reads, and changes nothing. */
export const optimizerLogic = withInput<MonitorLogic<MonitorActorInput<OptimizerAdvised>, OptimizerAdvised>>(
  optimizer,
  (input, self) => {
    const { state, base } = beside(input, self, 'optimizationIntervalMs');
    return { ...base, advisor: new StandaloneOptimizer(state) };
  },
);

/** Input of a request processor of your own. */
export interface RequestProcessorInput {
  readonly subscriber?: Receiver<TimersDue> | undefined;
}

/**
 * One timer for whatever you have to wake for: `timer.set {dueAt}` sets it (`dueAt`: ms since the actor started;
 * Infinity: never), `timer.fired` is emitted at the start and when it is due.
 */
export interface RequestProcessorLogic<TInput> extends MonitorLogic<TInput, TimersDue, Armed> {}

/** @param resolve the ms that have passed since now, by the host's clock */
export const createRequestProcessorLogic = <TInput extends RequestProcessorInput>(
  resolve: (input: TInput, self: AnyActorRef) => () => number,
): RequestProcessorLogic<TInput> =>
  withInput<RequestProcessorLogic<TInput>>(requestProcessor, (input, self) => {
    subscribe(self, input?.subscriber);
    return { now: resolve(input, self), parent: self };
  });
