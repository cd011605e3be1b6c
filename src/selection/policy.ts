import type { Random } from '../domain/ports.ts';
import type { ComponentTable } from '../fleet/component-table.ts';
import type { PerformanceStats } from '../fleet/performance-stats.ts';
import type { Demand, ResourceUsage } from '../fleet/resource-usage.ts';
import type { Route, Workload } from '../fleet/route.ts';

/** Answer of a policy that prefers to wait for a component that is full now over using one that is free. */
export const HOLD = -1;

/** The ledgers as policies may read them. They count; policies decide; neither changes the other. */
export interface FleetView {
  readonly components: ComponentTable;
  readonly performance: PerformanceStats;
  readonly resources: ResourceUsage;
}

/** The request at the head of a queue, as policies see it. */
export interface RequestView {
  readonly type: string;
  /** 0 CRITICAL to 4 MINIMAL. */
  readonly cls: number;
  readonly demand: Demand | null;
  readonly workload: Workload;
  /** Component indices that must not be used; null when none. */
  readonly excluded: readonly number[] | null;
  readonly preferred: readonly number[] | null;
  readonly affinityKey: string | undefined;
  readonly idempotent: boolean;
  /** Component whose failure is being retried, or -1. */
  readonly lastFailed: number;
}

/**
 * Who may take the request: component indices in `list[0 .. count)`, all eligible with a free slot. One scratch object
 * per balancer is refilled for each pick; policies must not keep it.
 */
export interface Candidates {
  readonly fleet: FleetView;
  readonly list: Int32Array;
  readonly count: number;
  readonly route: Route;
  /** ms since the ledger's origin: the instant of the pick. */
  readonly now: number;
  /** Jobs that wait behind the head for the same route. */
  readonly waiting: number;
  /** The list is a random sample of a route too large to scan. */
  readonly sampled: boolean;
  /**
   * A preference or an affinity took others off the list: to wait for one of those is in vain, so that there is nothing
   * to hold for.
   */
  readonly restricted: boolean;
}

/**
 * A balancing algorithm.
 *
 * `select` returns a position in the candidates' list (0 to count - 1), or {@link HOLD}. It must be pure but for
 * `memory`, which it may change and which is kept per route. Anything else (a throw, NaN, out of range) is contained:
 * least connections picks instead and the mistake is reported.
 */
export interface Policy<M = unknown> {
  readonly name: string;
  /** Fresh memory for one route; default: an empty object. */
  createMemory?(): M;
  /** A copy that a peek may change while the memory stays as it is. Without it, peeks are made with fresh memory. */
  copyMemory?(memory: M): M;
  select(candidates: Candidates, request: RequestView, memory: M, random: Random): number;
  /**
   * Routes with more than 64 members: returns a component index straight away, or -1 for "sample for me". Without it,
   * eligibility hands `select` a random sample (power of two choices).
   */
  selectLarge?(route: Route, fleet: FleetView, request: RequestView, memory: M, random: Random): number;
}

const OURS = new WeakSet<Policy>();

/** Notes that a policy is one of plimsoll's own: what it answers is taken as it is. */
export function markBuiltIn<P extends Policy>(policy: P): P {
  OURS.add(policy);
  return policy;
}

/** Whether a policy is one of plimsoll's own, rather than one of a user's, whose answers may be anything. */
export const isBuiltIn = (policy: Policy): boolean => OURS.has(policy);
