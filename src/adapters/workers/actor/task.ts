import type { ActorRef, Snapshot } from 'xstate';
import type { WorkloadRequest } from '../../../domain/request.ts';
import type { ResourceShares } from '../../../domain/workload.ts';

/** Work for an actor: one attempt of one request. It is answered once, to `replyTo`, with both of its ids. */
export interface TaskAssigned<P = unknown> {
  readonly type: 'task.assigned';
  readonly requestId: string;
  /** 1 for the first. */
  readonly attempt: number;
  readonly request: WorkloadRequest<P>;
  /** Epoch ms on the balancer's clock; undefined when the request has none. */
  readonly deadline: number | undefined;
  /** Aborts when nobody waits for the answer any more; made when it is read. An actor may heed `task.aborted` instead. */
  readonly signal: AbortSignal;
  readonly replyTo: TaskMailbox;
}

/**
 * Nobody waits for the answer any more (time-out, cancel, failover, stop). The slot stays taken until the task is answered
 * all the same or `abortGraceMs` has passed.
 */
export interface TaskAborted {
  readonly type: 'task.aborted';
  readonly requestId: string;
  readonly attempt: number;
  readonly reason: unknown;
  readonly replyTo: TaskMailbox;
}

/** The answer to a task. */
export type TaskAnswer =
  | { readonly type: 'task.completed'; readonly requestId: string; readonly attempt: number; readonly result?: unknown }
  | { readonly type: 'task.failed'; readonly requestId: string; readonly attempt: number; readonly error?: unknown };

/** Where answers go: an actor, so that `sendTo(({ event }) => event.replyTo, …)` works. */
export interface TaskMailbox extends ActorRef<Snapshot<unknown>, TaskAnswer> {}

/** What a worker actor may emit about itself. */
export type WorkerFact =
  | { readonly type: 'component.reportUsage'; readonly usage: Partial<ResourceShares> }
  | { readonly type: 'component.reportHealth'; readonly healthy: boolean; readonly reason?: string | undefined };
