import type { Priority } from './priority.ts';
import type { WorkloadType } from './workload.ts';

/**
 * Why a component is no candidate: the first of these that holds, in the order in which they are asked.
 *
 * - `notServed`: it does not serve the request's type. Said by `whatIf`; a decision lists those that serve it.
 * - `excluded`: the request excludes it.
 * - `mayHaveRun`: the request may have run elsewhere, and what the component does may not run twice (`idempotent: false`).
 * - `status`: it has failed, is in maintenance, or takes requests as probes only.
 * - `resting`: its provider has refused work and said when to come again, or one call tries whether it takes work again.
 * - `full`: no slot is free.
 * - `resources`: what the request demands is not free there.
 * - `rateLimited`: its rate limit has no room for the request's cost now, or keeps what it has for one that waits before it.
 *
 * The others give way where nobody else is left:
 *
 * - `avoided`: it fails where others succeed, and may not be ejected.
 * - `failedThere`: the request is retried, and failed there last.
 * - `warming`: it is in slow start, and its share of the picks is not due.
 * - `overloaded`: its load is in the overloaded band, and the request is LOW or MINIMAL.
 * - `notPreferred`: the request prefers others.
 * - `notAffine`: the request's `affinityKey` leads elsewhere.
 */
export type ExclusionReason =
  | 'notServed'
  | 'excluded'
  | 'mayHaveRun'
  | 'status'
  | 'resting'
  | 'full'
  | 'resources'
  | 'rateLimited'
  | 'avoided'
  | 'failedThere'
  | 'warming'
  | 'overloaded'
  | 'notPreferred'
  | 'notAffine';

/** What was thought of one component that serves the request. */
export interface DecisionCandidate {
  /** The component. */
  readonly componentId: string;
  /** Why it was no candidate; undefined for candidates. */
  readonly exclusion: ExclusionReason | undefined;
  /** Expected cost in mean service times of the type: `svc/p · max(1, (in-flight + 1)/slots)`. Not every algorithm goes by it. */
  readonly expectedCost: number;
  /** Slots that were taken then. */
  readonly slotsTaken: number;
  /** Slots that could be taken then: the maximum, lowered while warming up. */
  readonly slots: number;
}

/** One decision of dispatch: who was asked, what was answered. */
export interface Decision {
  /** The request that it was about. */
  readonly requestId: string;
  /** Its type. */
  readonly workload: WorkloadType;
  /** Its priority. */
  readonly priority: Priority;
  /** Epoch ms of the balancer's clock. */
  readonly at: number;
  /** The attempt that it was for, 1 for the first. */
  readonly attempt: number;
  /** The algorithm in use, or the name of your policy. */
  readonly algorithm: string;
  /** Of adaptive: the strategy it followed for this priority. */
  readonly strategy: string | undefined;
  /** undefined: held, it preferred to wait for a component that is full now. */
  readonly chosen: string | undefined;
  /** Whether it probed a failed component rather than picked one. */
  readonly probe: boolean;
  /** All components of the route, at most 64 of them, with what was known of each. */
  readonly candidates: readonly DecisionCandidate[];
  /** Jobs that waited behind it for the same route. */
  readonly waiting: number;
}
