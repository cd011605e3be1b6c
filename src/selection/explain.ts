import { ServingState } from '../fleet/component-table.ts';
import { Band } from '../fleet/load-bands.ts';
import { type Eligibility, FIRST_LOW_PRIORITY_CLASS } from './eligibility.ts';
import type { FleetView, RequestView } from './policy.ts';

/** Why a member of the route is no candidate, in the order in which eligibility asks. */
export type ExclusionReason =
  | 'excluded'
  | 'status'
  | 'full'
  | 'resources'
  | 'failedThere'
  | 'overloaded'
  | 'notPreferred'
  | 'notAffine';

/** What eligibility says of one member of the route. */
export interface MemberVerdict {
  /** Component index. */
  readonly index: number;
  /** undefined: it is a candidate. */
  readonly reason: ExclusionReason | undefined;
  /** What the request would cost there, in mean service times of its type: `svc/p · max(1, (in-flight + 1)/slots)`. */
  readonly expectedCost: number;
}

/**
 * The verdict of eligibility on each component that serves the request, for the decision log. Called when `explain` is on
 * only: it costs a scan and a list. For routes above 64 members, which are sampled, candidates are those that may be drawn.
 *
 * @param now ms since the ledger's origin.
 */
export function explainEligibility(
  eligibility: Eligibility,
  fleet: FleetView,
  request: RequestView,
  now: number,
): readonly MemberVerdict[] {
  const { route } = request.workload;
  const { components, performance } = fleet;
  const sampled = route.withFreeSlot !== null;
  if (!sampled) eligibility.fill(request, now, 0);
  return route.members.map((index) => {
    const share = (components.taken[index]! + 1) / components.slots[index]!;
    const expectedCost = performance.attemptCost(index, now) * Math.max(1, share);
    const reason = hardReason(eligibility, fleet, request, index, now);
    if (reason !== undefined || (!sampled && eligibility.candidates.has(index))) return { index, reason, expectedCost };
    return { index, reason: softReason(fleet, request, index, sampled), expectedCost };
  });
}

function hardReason(
  eligibility: Eligibility,
  { components }: FleetView,
  request: RequestView,
  i: number,
  now: number,
): ExclusionReason | undefined {
  if (request.excluded?.includes(i)) return 'excluded';
  const operational = components.servingState[i] === ServingState.operational;
  if (components.free[i]! <= 0) return operational ? 'full' : 'status';
  if (eligibility.mayRunOn(i, request, now)) return undefined;
  // open but not operational: an ejected one in panic, which takes nothing that may not run twice
  return request.demand === null || !operational ? 'status' : 'resources';
}

function softReason(
  { components }: FleetView,
  request: RequestView,
  i: number,
  sampled: boolean,
): ExclusionReason | undefined {
  if (i === request.lastFailed) return 'failedThere';
  if (request.cls >= FIRST_LOW_PRIORITY_CLASS && components.band[i] === Band.overloaded) return 'overloaded';
  if (sampled) return undefined;
  return request.preferred === null || request.preferred.includes(i) ? 'notAffine' : 'notPreferred';
}
