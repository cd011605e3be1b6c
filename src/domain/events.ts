import type { ActiveAlgorithm, AlgorithmName } from './algorithm.ts';
import type { ComponentChanges, ComponentSpec, ComponentStatus } from './component.ts';
import type { PlimsollError } from './errors.ts';
import type { BalancerMetrics } from './metrics.ts';
import type { Priority } from './priority.ts';
import type { WorkloadRequest } from './request.ts';
import type { ConfigChanges } from './settings.ts';
import type { ResourceShares, WorkloadType } from './workload.ts';

/** Anything that some facts can be sent to: an actor that takes them, or a plain object with `send`. */
export interface Receiver<F> {
  send(fact: F): void;
}

/** Takes every fact. */
export interface FactReceiver extends Receiver<Fact> {}

export interface Replying {
  /** Gets the `command.refused`, if it is refused. */
  readonly replyTo?: Receiver<CommandRefused> | undefined;
}

export interface OnComponent extends Replying {
  readonly componentId: string;
  readonly reason?: string | undefined;
}

/** Commands that a host may send to the balancer. */
export type BalancerCommand =
  | {
      readonly type: 'request.submit';
      readonly request: WorkloadRequest;
      /** Gets exactly one terminal fact, whatever becomes of the request. */
      readonly replyTo?: Receiver<TerminalFact> | undefined;
    }
  | ({ readonly type: 'request.cancel'; readonly requestId: string; readonly reason?: string } & Replying)
  | ({ readonly type: 'request.reprioritize'; readonly requestId: string; readonly priority: Priority } & Replying)
  | ({ readonly type: 'component.register'; readonly spec: ComponentSpec } & Replying)
  | ({ readonly type: 'component.update' } & OnComponent & ComponentChanges)
  | ({ readonly type: 'component.deregister'; readonly force?: boolean } & OnComponent)
  | ({ readonly type: 'component.drain' } & OnComponent)
  | ({ readonly type: 'component.resume' } & OnComponent)
  | ({ readonly type: 'component.fail' } & OnComponent)
  | ({ readonly type: 'component.recover' } & OnComponent)
  | ({ readonly type: 'component.reportUsage'; readonly usage: Partial<ResourceShares> } & OnComponent)
  | ({ readonly type: 'component.reportHealth'; readonly healthy: boolean } & OnComponent)
  | ({ readonly type: 'config.update'; readonly changes: ConfigChanges } & Replying)
  | ({ readonly type: 'algorithm.select'; readonly algorithm: AlgorithmName } & Replying)
  | ({ readonly type: 'balancer.pause' } & Replying)
  | ({ readonly type: 'balancer.resume' } & Replying)
  | ({ readonly type: 'balancer.stop'; readonly drain?: boolean; readonly timeoutMs?: number } & Replying)
  | ({
      readonly type: 'facts.subscribe';
      readonly subscriber: FactReceiver;
      readonly types?: readonly FactType[];
    } & Replying)
  | ({ readonly type: 'facts.unsubscribe'; readonly subscriber: FactReceiver } & Replying);

/** What every fact about a request carries. */
export interface AboutRequest {
  readonly requestId: string;
  readonly workload: WorkloadType;
  readonly priority: Priority;
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
}

export interface Settled extends AboutRequest {
  /** Attempts that were started. */
  readonly attempts: number;
  /** From submission to outcome, ms. */
  readonly totalMs: number;
  /** Where the last attempt ran; undefined when none was started. */
  readonly componentId: string | undefined;
}

export interface Unsuccessful extends Settled {
  readonly error: PlimsollError;
}

/** The facts that end a request: exactly one per request. */
export type TerminalFact =
  | ({ readonly type: 'request.completed'; readonly result: unknown } & Settled)
  | ({ readonly type: 'request.failed' } & Unsuccessful)
  | ({ readonly type: 'request.timedOut' } & Unsuccessful)
  | ({ readonly type: 'request.shed' } & Unsuccessful)
  | ({ readonly type: 'request.rejected' } & Unsuccessful)
  | ({ readonly type: 'request.cancelled' } & Unsuccessful);

/** Kinds of alert. */
export type AlertKind =
  | 'highLoad'
  | 'overload'
  | 'shedding'
  | 'componentFailed'
  | 'componentAvoided'
  | 'crashLoop'
  | 'routeDown'
  | 'queueNearlyFull'
  | 'stateDamaged'
  | 'stateNotLoaded'
  | 'stateNotSaved'
  | 'stateShared';

/** What made a component fail, as far as that was an error: in words, and its stable code where it has one (`ECONNRESET`). */
export interface FailureCause {
  /** Its message and those of its causes. */
  readonly message: string;
  readonly code: string | undefined;
}

export type Severity = 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL';

/** Levels of the balancer's `pressure` region. */
export type PressureLevel = 'normal' | 'high' | 'shedding';

/** A command that did not fit the state it met. */
export interface CommandRefused {
  readonly type: 'command.refused';
  readonly command: string;
  readonly componentId?: string;
  readonly state: string;
  readonly reason: string;
}

/** Facts that the balancer emits, and sends to its subscribers. */
export type Fact =
  | TerminalFact
  | ({ readonly type: 'request.accepted' } & AboutRequest)
  | ({
      readonly type: 'request.assigned';
      readonly componentId: string;
      readonly attempt: number;
      readonly waitMs: number;
    } & AboutRequest)
  | ({
      readonly type: 'request.retrying';
      readonly attempt: number;
      readonly delayMs: number;
      readonly componentId: string;
      readonly error: PlimsollError;
    } & AboutRequest)
  | ({
      readonly type: 'request.settledLate';
      readonly attempt: number;
      readonly componentId: string;
      readonly result?: unknown;
      readonly error?: unknown;
    } & AboutRequest)
  | {
      readonly type: 'component.statusChanged';
      readonly componentId: string;
      readonly from: ComponentStatus;
      readonly to: ComponentStatus;
      /** The statechart's state, in dots. */
      readonly state: string;
      readonly reason: string;
      /** The last error that it was failed for. */
      readonly cause?: FailureCause;
    }
  /** Its statechart moved within one status, e.g. from `failed.isolated` to `failed.probing`. */
  | {
      readonly type: 'component.stateChanged';
      readonly componentId: string;
      readonly from: string;
      readonly to: string;
      readonly reason: string;
    }
  /** Its provider has refused work, by an error with `retryAfterMs`: it takes nothing until then. */
  | {
      readonly type: 'component.resting';
      readonly componentId: string;
      /** Epoch ms on the balancer's clock. */
      readonly until: number;
      /** What the error said, ms. */
      readonly retryAfterMs: number;
      readonly reason: string;
    }
  | { readonly type: 'component.registered'; readonly componentId: string }
  | { readonly type: 'component.deregistered'; readonly componentId: string }
  | CommandRefused
  | {
      readonly type: 'failover.started';
      readonly componentId: string;
      readonly reason: string;
      /** The last error that the component was failed for. */
      readonly cause?: FailureCause;
      readonly rerouted: number;
      readonly awaiting: number;
    }
  | { readonly type: 'failover.completed'; readonly componentId: string; readonly durationMs: number }
  /** A route (its types) with work has nobody who is operational; it has somebody again. */
  | { readonly type: 'route.down'; readonly route: readonly string[]; readonly members: number }
  | { readonly type: 'route.restored'; readonly route: readonly string[]; readonly downMs: number }
  | {
      readonly type: 'pressure.changed';
      readonly from: PressureLevel;
      readonly to: PressureLevel;
      readonly utilization: number;
    }
  | {
      readonly type: 'queue.highWater' | 'queue.lowWater';
      readonly queued: number;
      readonly bound: number;
      readonly route: readonly string[] | undefined;
    }
  | { readonly type: 'algorithm.switched'; readonly from: ActiveAlgorithm; readonly to: ActiveAlgorithm }
  | {
      readonly type: 'strategy.changed';
      readonly priority: Priority;
      readonly from: AlgorithmName;
      readonly to: AlgorithmName;
      readonly regret: number;
    }
  | { readonly type: 'weights.adjusted'; readonly weights: Readonly<Record<string, number>> }
  | {
      readonly type: 'alert.raised';
      readonly kind: AlertKind;
      readonly severity: Severity;
      readonly componentId: string | undefined;
      readonly message: string;
      /** Alerts of this kind and component held back since the last one. */
      readonly suppressed: number;
      /** The last error that it is about, where it is about errors. */
      readonly cause?: FailureCause;
    }
  | {
      readonly type: 'error.reported';
      readonly severity: Severity;
      readonly code: string;
      readonly componentId: string | undefined;
      readonly cause: unknown;
    }
  | {
      readonly type: 'scaling.recommended';
      readonly direction: 'up' | 'down';
      /** Expected share of capacity, 0 and up. */
      readonly forecastUtilization: number;
      readonly horizonMs: number;
    }
  | { readonly type: 'metrics.sampled'; readonly metrics: BalancerMetrics }
  | { readonly type: 'state.saved'; readonly savedAt: number };

export type FactType = Fact['type'];

/** The one fact of a type. */
export type FactOfType<T extends FactType> = Extract<Fact, { type: T }>;

const TERMINAL: ReadonlySet<string> = new Set<FactType>([
  'request.completed',
  'request.failed',
  'request.timedOut',
  'request.shed',
  'request.rejected',
  'request.cancelled',
]);

/** Whether an event is a fact that ends its request. A host may ask it of any event of its own. */
export const isTerminal = (event: { readonly type: string }): event is TerminalFact => TERMINAL.has(event.type);

const TYPES: Readonly<Record<FactType, true>> = {
  'request.completed': true,
  'request.failed': true,
  'request.timedOut': true,
  'request.shed': true,
  'request.rejected': true,
  'request.cancelled': true,
  'command.refused': true,
  'request.accepted': true,
  'request.assigned': true,
  'request.retrying': true,
  'request.settledLate': true,
  'component.statusChanged': true,
  'component.stateChanged': true,
  'component.registered': true,
  'component.deregistered': true,
  'component.resting': true,
  'failover.started': true,
  'failover.completed': true,
  'route.down': true,
  'route.restored': true,
  'pressure.changed': true,
  'queue.highWater': true,
  'queue.lowWater': true,
  'algorithm.switched': true,
  'strategy.changed': true,
  'weights.adjusted': true,
  'alert.raised': true,
  'error.reported': true,
  'scaling.recommended': true,
  'metrics.sampled': true,
  'state.saved': true,
};

/** Whether a fact has this type. */
export const isFactType = (type: string): type is FactType => Object.hasOwn(TYPES, type);
