import type { BalancerCommand, FactReceiver } from '../domain/events.ts';
import type { WorkloadRequest } from '../domain/request.ts';
import type { ActorHandle, ErrorEvent } from '../lib/xstate-internals.ts';
import type { Cancellation } from '../requests/job.ts';
import type { MonitorReport } from './control/monitor-messages.ts';
import type { ComponentReport } from './membership/component-messages.ts';

/** A submission of the runtime: the command, with the ends of a promise and the answer of `submitRequest`. */
export interface Submission {
  readonly type: 'request.submit';
  readonly request: WorkloadRequest;
  readonly replyTo?: FactReceiver | undefined;
  readonly whenFull?: 'reject' | 'wait' | undefined;
  resolve?: ((value: unknown) => void) | undefined;
  reject?: ((error: unknown) => void) | undefined;
  /** What may cancel the request. */
  readonly cancellation?: Cancellation | undefined;
  // the handler fills in those of these that are not undefined; an event of a host has none of them
  /** The request was admitted. */
  accepted?: boolean;
  /** It was processed, not left in a mailbox. */
  processed?: boolean;
  /** The request's id. */
  id?: string | undefined;
}

/** A signal has aborted: the request is cancelled that it was submitted with, if that is still open. */
export class RequestAborted {
  readonly type = 'request.cancel';
  readonly reason = 'aborted';
  /** For whoever watches; `''`: the submission waits in the mailbox before this. */
  readonly requestId: string;
  readonly cancellation: Cancellation;
  /** The signal's reason: why the caller gave up. */
  readonly cause: unknown;

  constructor(requestId: string, cancellation: Cancellation, cause: unknown) {
    this.requestId = requestId;
    this.cancellation = cancellation;
    this.cause = cause;
  }
}

/** The states of the `failover` region, worst last. */
export type FailoverLevel = 'steady' | 'rerouting' | 'degraded' | 'down';

/** What the fast path tells the balancer's statechart. */
export type BalancerControl =
  | { readonly type: 'pressure.normal' }
  | { readonly type: 'pressure.high' }
  | { readonly type: 'pressure.shedding' }
  | { readonly type: 'failover.steady' }
  | { readonly type: 'failover.rerouting' }
  | { readonly type: 'failover.degraded' }
  | { readonly type: 'failover.down' }
  | { readonly type: 'work.drained' };

/** Everything that can reach a balancer: commands, reports of its children, and what only its own parts send. */
export type BalancerEvent =
  | BalancerCommand
  | Submission
  | RequestAborted
  | ComponentReport
  | MonitorReport
  | BalancerControl
  | ErrorEvent
  /** The start goes on: the configured components from this place on are still to be added. */
  | { readonly type: 'components.addNext'; readonly from: number }
  /** Calls have submitted requests: all of one tick, which wait in `mailbox.arrivals`. */
  | { readonly type: 'requests.submitted' }
  /** Handlers have settled: all of one tick, which wait in `mailbox.settlements`. */
  | { readonly type: 'attempts.settled' }
  /** XState has told of a child in error. */
  | { readonly type: 'child.crashed'; readonly child: string; readonly error: unknown }
  /** A health check has answered. */
  | {
      readonly type: 'check.completed';
      readonly index: number;
      readonly serial: number;
      readonly healthy: boolean;
      readonly reason: string;
    }
  /** Control events that arose inside the statechart's own actions. */
  | { readonly type: 'state.flushControl' };

/** The balancer's own actor, as the engine needs it. */
export type EngineActor = ActorHandle;
/** An actor that the balancer looks after. */
export type ChildRef = ActorHandle;
/** Takes messages: an actor, of which nothing else is used. */
export interface MessageSink {
  send(event: { readonly type: 'timer.set'; readonly dueAt: number }): void;
}
