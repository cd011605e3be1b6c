import type { ActorLogic, ActorSystem, AnyActorRef, EventObject, Snapshot, SnapshotFrom } from 'xstate';
import type { ComponentStatus, ResolvedComponent } from '../../src/domain/component.ts';
import type { CommandRefused, FactOfType, Receiver } from '../../src/domain/events.ts';
import type { Clock, Random } from '../../src/domain/ports.ts';
import type { BalancerSettings, ResolvedSettings } from '../../src/domain/settings.ts';
import type {
  Command,
  ComponentEvent,
  ComponentInput,
  ComponentReport,
} from '../../src/engine/membership/component-messages.ts';
import { isBelowBand } from '../../src/fleet/component-bands.ts';
import { ComponentTable, ServingState } from '../../src/fleet/component-table.ts';
import { componentMachine } from '../component/component.machine.ts';
import { componentHandlers } from '../component/fast-path.ts';
import { type Scope, withFastPath, withInput } from '../fast-path.ts';

/** Input of a component as an actor of your own. */
export interface ComponentActorInput
  extends Pick<BalancerSettings, 'recovery' | 'highLoadThreshold' | 'overloadThreshold' | 'bandDwellMs'> {
  readonly id: string;
  /** 1 and up, as in a component's spec. */
  readonly maxConcurrentTasks?: number | undefined;
  /** Default: the actor system's clock when it has `now()`, else the machine's monotonic time. */
  readonly clock?: Clock | undefined;
  /** For the jitter of cooldowns. Default `Math.random`. */
  readonly random?: Random | undefined;
  /** Is sent what the actor emits: `input: ({ self }) => ({ id, subscriber: self })`. */
  readonly subscriber?: Receiver<ComponentFact> | undefined;
}

/** What a component as an actor of its own emits. */
export type ComponentFact =
  | FactOfType<'component.statusChanged' | 'component.stateChanged'>
  | CommandRefused
  /** It is probing: try it once, and answer `probe.good` or `probe.bad`. */
  | { readonly type: 'component.probeRequested'; readonly componentId: string };

export type ComponentCommand =
  | ({
      readonly type: 'component.drain' | 'component.resume' | 'component.fail' | 'component.recover';
    } & Pick<Command, 'reason'> & { readonly replyTo?: Receiver<CommandRefused> | undefined })
  | { readonly type: 'probe.good' }
  | { readonly type: 'probe.bad'; readonly reason?: string | undefined }
  /** A piece of work begins or ends on it: the load bands go by these. */
  | { readonly type: 'request.assign' | 'request.released' };

/** The five states, as the statechart spells them. */
export type ComponentActorState =
  | {
      readonly operational: {
        readonly load: 'gauging' | 'available' | 'busy' | 'overloaded';
        readonly ramp: 'steady' | 'warming';
        readonly rate: 'asking' | 'open' | 'resting' | 'reopening';
      };
    }
  | { readonly maintenance: 'draining' | 'drained' }
  | { readonly failed: 'isolated' | 'probing' };

export type ComponentActorSnapshot = Snapshot<undefined> & { readonly value: ComponentActorState };

/** A component as actor logic, under a type of our own. */
export interface ComponentLogicOf<TInput>
  // biome-ignore lint/suspicious/noExplicitAny: XState's own bound for "any system"
  extends ActorLogic<ComponentActorSnapshot, ComponentCommand, TInput, ActorSystem<any>, ComponentFact> {}

/** The input with every default. */
export interface SoloInput {
  readonly spec: ResolvedComponent;
  readonly settings: ResolvedSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly subscriber: Receiver<ComponentFact> | undefined;
}

type ComponentSnapshot = SnapshotFrom<typeof componentMachine>;
type ComponentScope = Scope<ComponentSnapshot, ComponentEvent, EventObject>;

/** The table of one component alone, and what its balancer would otherwise do for it. */
class SoloTable extends ComponentTable {
  readonly input: SoloInput;
  status: ComponentStatus = 'Available';
  /** Empty before the first. */
  state = '';
  private bandTimer: unknown;

  constructor(input: SoloInput) {
    super({ onFreeChanged() {} }, input.settings);
    this.input = input;
    this.add(input.spec);
  }

  /** Starts the band timer when the load is below the band's lower edge, and stops it when it is back. */
  watchBand(self: AnyActorRef): void {
    const { clock, settings } = this.input;
    if (this.servingState[0] !== ServingState.operational || !isBelowBand(this, 0)) this.forgetDwell();
    else this.bandTimer ??= clock.setTimeout(() => this.dwellElapsed(self), settings.bandDwellMs);
  }

  forgetDwell(): void {
    if (this.bandTimer !== undefined) this.input.clock.clearTimeout(this.bandTimer);
    this.bandTimer = undefined;
  }

  private dwellElapsed(self: AnyActorRef): void {
    this.bandTimer = undefined;
    self.send({ type: 'load.dwellElapsed' });
  }
}

function soloOf({ context: { table } }: ComponentSnapshot): SoloTable {
  if (table instanceof SoloTable) return table;
  throw new TypeError('a component of a balancer has no table of its own');
}

function tell(solo: SoloTable, scope: ComponentScope, fact: ComponentFact): void {
  scope.emit(fact);
  post(solo.input.subscriber, scope, fact);
}

function post<T>(to: Receiver<T> | undefined, { logger }: ComponentScope, fact: T): void {
  try {
    to?.send(fact);
  } catch (cause) {
    logger('plimsoll: a subscriber threw', cause);
  }
}

function refuse(snapshot: ComponentSnapshot, scope: ComponentScope, command: string, reason: string): undefined {
  const solo = soloOf(snapshot);
  const { id, state } = { id: snapshot.context.id, state: solo.state };
  tell(solo, scope, { type: 'command.refused', command, componentId: id, state, reason });
}

function noteState(solo: SoloTable, scope: ComponentScope, to: ComponentStatus, state: string, reason: string): void {
  const { status, state: before } = solo;
  const componentId = solo.input.spec.id;
  solo.status = to;
  solo.state = state;
  if (status !== to)
    tell(solo, scope, { type: 'component.statusChanged', componentId, from: status, to, state, reason });
  else if (before !== state && before !== '')
    tell(solo, scope, { type: 'component.stateChanged', componentId, from: before, to: state, reason });
}

/** What the balancer does with the reports of its components, reduced to telling them. */
function heed(snapshot: ComponentSnapshot, report: ComponentReport, scope: ComponentScope): undefined {
  const solo = soloOf(snapshot);
  if (report.type === 'component.stateReported') {
    noteState(solo, scope, report.status, report.state, report.reason);
    solo.watchBand(scope.self);
  } else if (report.type === 'component.probeRequested') {
    tell(solo, scope, { type: 'component.probeRequested', componentId: solo.input.spec.id });
  } else if (report.type === 'component.commandRefused') {
    const { command, replyTo, state, reason } = report;
    const fact = { type: 'command.refused', command, componentId: solo.input.spec.id, state, reason } as const;
    tell(solo, scope, fact);
    post(replyTo, scope, fact);
  }
}

type Told = ComponentEvent | ComponentReport;
const heard = (snapshot: ComponentSnapshot, event: Told, scope: ComponentScope): undefined =>
  'incarnation' in event ? heed(snapshot, event, scope) : undefined;

const soloComponent = withFastPath(
  componentMachine,
  {
    ...componentHandlers,
    'request.assign'(snapshot: ComponentSnapshot, _event: ComponentEvent, scope: ComponentScope) {
      const solo = soloOf(snapshot);
      const serves = solo.servingState[0]!;
      if (serves !== ServingState.operational && serves !== ServingState.probing)
        return refuse(snapshot, scope, 'request.assign', 'it takes nothing now');
      if (solo.taken[0]! >= solo.slots[0]!)
        return refuse(snapshot, scope, 'request.assign', 'none of its slots is free');
      solo.take(0);
      solo.watchBand(scope.self);
      return componentHandlers['request.assign'](snapshot);
    },
    'request.released'(snapshot: ComponentSnapshot, _event: ComponentEvent, scope: ComponentScope) {
      const solo = soloOf(snapshot);
      if (solo.taken[0] === 0) return refuse(snapshot, scope, 'request.released', 'nothing runs on it');
      solo.release(0);
      solo.watchBand(scope.self);
      return componentHandlers['request.released'](snapshot);
    },
    'component.stateReported': heard,
    'component.failoverRequested': heard,
    'component.probeRequested': heard,
    'component.slotsOpened': heard,
    'component.commandRefused': heard,
  },
  { onStop: (snapshot) => soloOf(snapshot).forgetDwell() },
);

/**
 * Binds the component actor to a way of reading its input.
 * @param resolve fills in defaults and ports; what it throws (InvalidConfigError) reaches the host's `onError`.
 */
export function createComponentLogic<TInput>(
  resolve: (input: TInput, self: AnyActorRef) => SoloInput,
): ComponentLogicOf<TInput> {
  return withInput<ComponentLogicOf<TInput>>(soloComponent, (input, self): ComponentInput => {
    const given = resolve(input, self);
    const { spec, settings, clock, random } = given;
    const origin = clock.now();
    return {
      id: spec.id,
      index: 0,
      incarnation: 0,
      start: 'new',
      table: new SoloTable(given),
      recovery: settings.recovery,
      random,
      now: () => clock.now() - origin,
      // it tells itself: `heed` passes on what a host wants to know
      parent: self,
      failures: 0,
    };
  });
}
