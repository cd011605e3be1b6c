import type { Random } from '../domain/ports.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import type { Demand } from '../fleet/resource-usage.ts';
import type { Route, Workload } from '../fleet/route.ts';
import type { Rendezvous } from './affinity.ts';
import { HOLD } from './policy.ts';

/** The two answers of a pick that are no component: nobody, or a wait for a component that is full now. */
export const Pick = { none: -1, hold: HOLD } as const;

/** The request at the head of a queue, as selection reads it. Users' policies see a `RequestView`. */
export interface SelectionRequest {
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
  /** An attempt has begun, and nobody knows that nothing came of it. */
  readonly mayHaveRun: boolean;
  /** What its start takes of a component's rate limit. */
  readonly cost: number;
  /** Component whose failure is being retried, or -1. */
  readonly lastFailed: number;
  /** All on which it has failed, if any. */
  readonly blames?: readonly { readonly component: number }[] | null;
  /** When it was submitted, and its deadline (Infinity: none): ms since the balancer's time 0. */
  readonly submittedAt: number;
  readonly deadline: number;
}

/** What a hold is for. */
export interface HoldTarget {
  /** The cheapest of the full ones: a component index. */
  component: number;
  /** Expected wait, in mean service times of the request. */
  wait: number;
}

/** One pick, as the rules of eligibility see it beside the request. */
export interface PickContext {
  readonly fleet: FleetView;
  readonly route: Route;
  /** ms since the balancer's time 0: the instant of the pick. */
  readonly now: number;
  /** Counts picks, from 0 to 2^30 - 1 and round. */
  readonly turn: number;
  /** The rules that concern the request (see eligibility-rules.ts), as bits. */
  readonly rules: number;
  readonly affinity: Rendezvous;
}

/**
 * Who may take the request: component indices in `list[0 .. count)`, all eligible with a free slot. One scratch object
 * per balancer is refilled for each pick; policies must not keep it. Users' policies see `Candidates`.
 */
export interface FleetCandidates extends PickContext {
  readonly list: Int32Array;
  readonly count: number;
  /** Jobs that wait behind the head for the same route. */
  readonly waiting: number;
  /** The list is a random sample of a route too large to scan. */
  readonly sampled: boolean;
  /**
   * A preference or an affinity took others off the list. It would take them off again, so that a hold for one of them
   * would be in vain.
   */
  readonly restricted: boolean;
  /** Written by a policy that answers {@link Pick.hold}; of no meaning after any other answer. */
  readonly held: HoldTarget;
}

/**
 * A balancing algorithm over the fleet's tables: a built-in one, or a user's in its adapter (see custom-policy.ts).
 *
 * `select` returns a position in the candidates' list (0 to count - 1), or {@link Pick.hold}. It is pure but for `memory`,
 * which it may change and which is kept per route, and scratch of its own. When it throws, least connections picks instead.
 */
export interface BuiltInPolicy<M = unknown> {
  readonly name: string;
  /** Fresh memory for one route; default: an empty object. */
  createMemory?(): M;
  /** A copy that a peek may change while the memory stays as it is. Without it, peeks are made with fresh memory. */
  copyMemory?(memory: M): M;
  select(candidates: FleetCandidates, request: SelectionRequest, memory: M, random: Random): number;
  /**
   * Routes with more than 64 members: returns a component index straight away, or {@link Pick.none} for "sample for me".
   * Without it, `select` is handed a random sample (power of two choices).
   */
  selectLarge?(route: Route, fleet: FleetView, request: SelectionRequest, memory: M, random: Random): number;
}
