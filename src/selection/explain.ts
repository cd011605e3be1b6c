import type { ExclusionReason } from '../domain/decision.ts';
import type { PickContext, SelectionRequest } from './built-in-policy.ts';
import type { Eligibility } from './eligibility.ts';
import { type EligibilityRule, isHard, isRanking, RULES } from './eligibility-rules.ts';

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
 * @param now ms since the balancer's time 0.
 */
export function explainEligibility(
  eligibility: Eligibility,
  request: SelectionRequest,
  now: number,
): readonly MemberVerdict[] {
  eligibility.begin(request, now);
  const { candidates } = eligibility;
  const { components, performance } = candidates.fleet;
  const against = rulesAgainst(request, candidates);
  return candidates.route.members.map((index) => {
    const share = (components.taken[index]! + 1) / components.slots[index]!;
    const expectedCost = performance.attemptCost(index, now) * Math.max(1, share);
    return { index, reason: against.get(index)?.reason, expectedCost };
  });
}

/** The rule that took each member of the route off the list, by component index; candidates are not in it. */
export function rulesAgainst(request: SelectionRequest, pick: PickContext): ReadonlyMap<number, EligibilityRule> {
  const against = new Map<number, EligibilityRule>();
  let left: readonly number[] = pick.route.members;
  for (const rule of RULES) {
    const kept = keptBy(rule, left, request, pick);
    if (kept.size === 0 && !isHard(rule)) continue;
    for (const i of left) if (!kept.has(i)) against.set(i, rule);
    left = left.filter((i) => kept.has(i));
  }
  return against;
}

function keptBy(
  rule: EligibilityRule,
  members: readonly number[],
  request: SelectionRequest,
  pick: PickContext,
): ReadonlySet<number> {
  if (isHard(rule)) return new Set(members.filter((i) => rule.admits(i, request, pick)));
  if (!rule.concerns(request, pick.fleet)) return new Set(members);
  if (!isRanking(rule)) return new Set(members.filter((i) => rule.prefers(i, request, pick)));
  const ranks = members.map((i) => rule.rank(i, request, pick));
  const best = members[ranks.indexOf(ranks.reduce((most, rank) => Math.max(most, rank), Number.NEGATIVE_INFINITY))];
  return new Set(best === undefined ? [] : [best]);
}
