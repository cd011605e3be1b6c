import type { Random } from '../domain/ports.ts';
import type { Priority } from '../domain/priority.ts';
import type { ResourceShares, WorkloadType } from '../domain/workload.ts';

/**
 * Answer of a policy that would rather wait for a component that is full now than use one that is free. The request stays
 * at the head of its queue and the policy is asked again when something has changed: work has ended, or other work has come.
 * Different from every position, and from -1, which is a mistake as any other number is.
 */
export const HOLD = -2;

/** The request that a component is to be chosen for, as a policy sees it. */
export interface RequestView {
  readonly type: WorkloadType;
  readonly priority: Priority;
  /** What it demands of a component's resources, in percent (0 to 100); undefined where it demands none. */
  readonly resources: ResourceShares | undefined;
  readonly affinityKey: string | undefined;
  /** Whether it may be run twice. */
  readonly idempotent: boolean;
}

/**
 * Who may take the request: components that serve it and have a free slot and the resources for it. A component is known
 * by its position `k`, 0 to `count - 1`; positions mean nothing beyond the call, ids do. Valid while `select` runs: one object is
 * used for all picks. Each method throws a RangeError when `k` is not a position.
 */
export interface Candidates {
  /** Number of candidates, 1 and up. */
  readonly count: number;
  /** ms since the balancer was made: the instant of the pick. Grows evenly, whatever the clock on the wall does. */
  readonly now: number;
  /**
   * Components that could take the request if one of their slots were free: those that a {@link HOLD} would wait for. 0 and up;
   * always 0 where `sampled`, and where the request's preference or affinity has chosen already. Counted when asked for.
   */
  readonly full: number;
  /** Requests that wait behind this one for the same components. */
  readonly waiting: number;
  /** The candidates are a random sample of more than 64 components: not all that may take the request are among them. */
  readonly sampled: boolean;
  /** The component's id. */
  id(k: number): string;
  /** Slots in use: attempts that run there. 0 and up. */
  slotsTaken(k: number): number;
  /** Slots that may be in use at once: `maxConcurrentTasks`, less while it warms up after a failure or is limited. 1 and up. */
  slots(k: number): number;
  /** Weight as the built-in algorithms count it now: configured or learned, times its `priorityMultiplier` for CRITICAL and HIGH requests. Above 0. */
  weight(k: number): number;
  /** Mean response time of the last seconds' executions, ms; 0 while there are none. */
  meanMs(k: number): number;
  /** Share of the last seconds' executions that succeeded, 0 to 1; 1 while there are none. */
  successRate(k: number): number;
  /**
   * What an attempt is expected to cost there, in mean service times of the request's type: service time (relative, with the
   * age of what runs) over a cautious success probability, times `max(1, (slotsTaken + 1) / slots)`. Above 0; 1 is average.
   */
  expectedCost(k: number): number;
}

/**
 * A balancing algorithm of your own, given as `algorithm`.
 *
 * `select` answers at once with a position among the candidates (0 to `count - 1`), or with {@link HOLD}. Whatever else it does is
 * contained: when it throws, answers anything else (a promise, too) or holds while no component of the request's works, so that
 * nothing would ever end the wait, least connections chooses instead and `error.reported` says `POLICY_FAILED`.
 *
 * It should change nothing but `memory`, which is kept for each set of components that serve the same types, and draw chance from
 * `random` only, so that a run can be repeated.
 */
export interface Policy<M = unknown> {
  /** Shown in metrics, events and the decision log. Not empty. */
  readonly name: string;
  /** Fresh memory. Default: an empty object. */
  createMemory?(): M;
  /**
   * A copy, for questions such as `selectComponent` that must change nothing. Without it they are asked with fresh memory.
   */
  copyMemory?(memory: M): M;
  /** @param random a number from 0 up to, not including, 1. */
  select(candidates: Candidates, request: RequestView, memory: M, random: Random): number;
}
