import type { ExclusionReason } from '../domain/decision.ts';
import { windowName } from '../domain/rate-limit.ts';
import { RestState, ServingState } from '../fleet/component-table.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import type { RateLimits } from '../fleet/rate-limits.ts';
import { Band } from '../fleet/load-bands.ts';
import type { Route } from '../fleet/route.ts';
import type { PickContext, SelectionRequest } from './built-in-policy.ts';

const { isolated, operational, probing, draining, drained } = ServingState;
const { overloaded } = Band;

/** Classes from here on (LOW, MINIMAL) avoid overloaded components. */
export const FIRST_MODEST_CLASS = 3;

interface Rule {
  /** The reason that `explain` gives for components that the rule took off the list. */
  readonly reason: ExclusionReason;
  /** The same in words, for `whatIf`. */
  readonly says: (i: number, request: SelectionRequest, pick: PickContext) => string;
  /**
   * Whether the rule could exclude or pass over any component with a free slot. Called once a pick for every rule; when it is
   * false, the pick skips the rule. It must only read a field or two.
   */
  readonly concerns: (request: SelectionRequest, fleet: FleetView) => boolean;
}

/** Excludes: a component that it does not admit cannot be used for the request now. */
export interface HardRule extends Rule {
  readonly admits: (i: number, request: SelectionRequest, pick: PickContext) => boolean;
  /** Does not apply to probes: a probing component has a status and slots of its own. */
  readonly spareProbes?: true;
  /** Ends when work ends there, so that a hold may wait for a full component that it excludes. */
  readonly endsWithWork?: true;
}

/** Avoids: a component that it does not prefer is used only when it prefers none of those left by the rules above. Most are preferred. */
export interface AvoidingRule extends Rule {
  readonly prefers: (i: number, request: SelectionRequest, pick: PickContext) => boolean;
}

/** Seeks: the same where few are preferred. Waiting for one of the others would be in vain, so that there is no hold. */
export interface SeekingRule extends AvoidingRule {
  /** The components that it prefers, by name, so that a large route need not be searched. */
  readonly named: (request: SelectionRequest) => readonly number[];
}

/** Ranks: keeps only the highest. The last rule. */
export interface RankingRule extends Rule {
  /** From -2^31 to 2^31 - 1: a larger number would be a heap object. */
  readonly rank: (i: number, request: SelectionRequest, pick: PickContext) => number;
  /** The n-th by rank of a large route, from 0 to 7, whether or not it may be used. */
  readonly nth: (n: number, request: SelectionRequest, pick: PickContext) => number;
}

export type EligibilityRule = HardRule | AvoidingRule | SeekingRule | RankingRule;

const never = (): boolean => false;

const IN_WORDS: Readonly<Record<number, string>> = {
  [isolated]: 'failed: isolated',
  [probing]: 'failed: takes probes only',
  [draining]: 'in maintenance: draining',
  [drained]: 'in maintenance: drained',
};

/**
 * Who may take a request, and who is preferred: the rules in the order in which they are applied. What they leave is the list
 * that a policy chooses from. Scan, sample, hold, probes, `explain` and `whatIf` all go by this list: a rule is one entry here
 * and its reason in `ExclusionReason`. First those that exclude, then those that avoid, then those that seek, then the one
 * that ranks (a test sees to that).
 *
 * A rule that applies to a share of the picks only goes by `pick.turn`, so that scan, hold and `explain` agree about a pick.
 */
export const RULES: readonly EligibilityRule[] = [
  {
    reason: 'notServed',
    says: (_, { type }) => `does not serve ${type}`,
    concerns: never, // who is asked is a member of the route
    admits: (i, { workload }) => workload.route.has(i),
  },
  {
    reason: 'excluded',
    says: () => 'the request excludes it',
    concerns: ({ excluded }) => excluded !== null,
    admits: (i, { excluded }) => excluded === null || !excluded.includes(i),
  },
  {
    reason: 'mayHaveRun',
    says: () => 'the request may have run elsewhere, and what this one does may not run twice',
    concerns: ({ mayHaveRun }, { components }) => components.runsOnceCount > 0 && mayHaveRun,
    admits: (i, { mayHaveRun }, { fleet }) => !mayHaveRun || fleet.components.runsOnce[i] === 0,
  },
  {
    reason: 'status',
    says: (i, _, { fleet }) => IN_WORDS[fleet.components.servingState[i]!] ?? 'not in use',
    concerns: never, // others than operational ones have no free slot
    admits: (i, _, { fleet }) => fleet.components.servingState[i] === operational,
    spareProbes: true,
  },
  {
    reason: 'resting',
    says: (i, _, { fleet, now }) => {
      const left = fleet.components.restsUntil[i]! - now;
      return left > 0
        ? `resting after a refusal for ${Math.ceil(left)} ms`
        : 'reopening after a rest: one call at a time';
    },
    concerns: never, // while it rests it has no free slot
    admits: (i, _, { fleet }) => fleet.components.restState[i] === RestState.open || fleet.components.free[i]! > 0,
    spareProbes: true,
  },
  {
    reason: 'full',
    says: () => 'no free slot',
    concerns: never, // scans and samples look at those with a free slot only
    admits: (i, _, { fleet }) => fleet.components.free[i]! > 0,
    spareProbes: true,
    endsWithWork: true,
  },
  {
    reason: 'resources',
    says: () => 'not enough resources',
    concerns: ({ demand }) => demand !== null,
    admits: (i, { demand }, { fleet, now }) => demand === null || fleet.resources.fits(i, demand, now),
    endsWithWork: true,
  },
  {
    // it ends with time and not with work, so that no hold waits for a full component that has no room either
    reason: 'rateLimited',
    says: (i, request, { fleet: { rateLimits }, now }) => whyLimited(i, request, rateLimits, now),
    concerns: (_, { rateLimits }) => rateLimits.count > 0,
    admits: (i, request, { fleet, now }) => fleet.rateLimits.admits(i, request, now),
  },
  {
    reason: 'avoided',
    says: () => 'it fails where others succeed',
    concerns: (_, { components }) => components.avoidedCount > 0,
    prefers: (i, _, { fleet }) => fleet.components.avoided[i] === 0,
  },
  {
    reason: 'failedThere',
    says: () => 'the request failed there; it has not failed on others',
    concerns: ({ lastFailed }) => lastFailed >= 0,
    // those that have not tried it come first; where all have, at least not the same one again
    prefers: (i, request, { route }) =>
      i !== request.lastFailed && (!hasFailedOn(i, request) || route.members.every((m) => hasFailedOn(m, request))),
  },
  {
    reason: 'warming',
    says: () => 'warming up: its share of the picks is not due',
    concerns: (_, { components }) => components.warming.length > 0,
    prefers: (i, { preferred }, { fleet, route, turn }) => {
      const owed = fleet.slowStart.owed(route);
      if (owed >= 0 && (preferred === null || preferred.includes(owed))) return i === owed;
      return (
        fleet.slowStart.isDue(i, route, turn) ||
        (preferred?.includes(i) === true && !otherIsFree(i, preferred, fleet, route))
      );
    },
  },
  {
    reason: 'overloaded',
    says: () => 'overloaded; others are not',
    concerns: ({ cls }, { components }) => cls >= FIRST_MODEST_CLASS && components.overloaded > 0,
    prefers: (i, { cls }, { fleet }) => cls < FIRST_MODEST_CLASS || fleet.components.band[i] !== overloaded,
  },
  {
    reason: 'notPreferred',
    says: () => 'others are preferred',
    concerns: ({ preferred }) => preferred !== null,
    prefers: (i, { preferred }) => preferred === null || preferred.includes(i),
    named: ({ preferred }) => preferred!, // asked for only where it concerns the request
  },
  {
    reason: 'notAffine',
    says: () => 'the affinity key leads elsewhere',
    concerns: ({ affinityKey }) => affinityKey !== undefined,
    rank: (i, { affinityKey }, { fleet, affinity }) => affinity.rankFor(affinityKey!, fleet.components, i),
    nth: (n, { affinityKey }, { route, fleet, affinity }) => affinity.nthFor(affinityKey!, route, fleet.components, n),
  },
];

export const isHard = (rule: EligibilityRule): rule is HardRule => 'admits' in rule;
export const isRanking = (rule: EligibilityRule): rule is RankingRule => 'rank' in rule;
export const isSeeking = (rule: EligibilityRule): rule is SeekingRule => 'named' in rule;
const isAvoiding = (rule: EligibilityRule): boolean => 'prefers' in rule && !isSeeking(rule);

/** Sets of rules are bits: the k-th rule is bit k. */
const bitsOf = (which: (rule: EligibilityRule) => boolean): number =>
  RULES.reduce((bits, rule, k) => (which(rule) ? bits | (1 << k) : bits), 0);

export const HARD = bitsOf(isHard);
const AVOIDING = bitsOf(isAvoiding);
export const SEEKING = bitsOf(isSeeking);
export const RANKING = bitsOf(isRanking);
/** All rules that cannot leave the list empty. */
export const SOFT = AVOIDING | SEEKING | RANKING;
/** The rules that a full component must meet for a hold to wait for it. */
export const WAITING = bitsOf((rule) => isAvoiding(rule) || (isHard(rule) && rule.endsWithWork !== true));
/** The rules that a component must meet to be waited for until its rate limit has room. */
const REFILLED = bitsOf((rule) => isHard(rule) && rule.reason !== 'rateLimited');
const PROBING = bitsOf((rule) => isHard(rule) && rule.spareProbes !== true);

/** Number of the first rule of a set that is not empty. */
export const firstOf = (rules: number): number => 31 - Math.clz32(rules & -rules);

/** In words, why a rate limit stands against a request. */
function whyLimited(i: number, request: SelectionRequest, limits: RateLimits, now: number): string {
  const at = limits.readyAt(i, request.cost, now);
  if (at <= now) return 'its rate limit keeps what it has for a request that waits before this one';
  const until = at === Number.POSITIVE_INFINITY ? 'never' : `in ${Math.ceil(at - now)} ms`;
  const windows = limits.windowsOf(i).filter((window) => !window.fits(request.cost, now));
  const names = windows.map(({ rule }) => `${rule.limit} per ${windowName(rule.perMs)}`);
  return `its rate limit (${names.join(', ')}) has no room for a cost of ${request.cost}: ${until}`;
}

const hasFailedOn = (i: number, { blames, lastFailed }: SelectionRequest): boolean =>
  i === lastFailed || blames?.some(({ component }) => component === i) === true;

/** Whether another of the preferred has a free slot: slow start shares among those, and sends nobody to one that is not preferred. */
function otherIsFree(i: number, preferred: readonly number[], { components }: FleetView, route: Route): boolean {
  for (const other of preferred) if (other !== i && route.has(other) && components.free[other]! > 0) return true;
  return false;
}

/** What each rule asks of a component: to be admitted, or preferred. */
export const TESTS = RULES.map((rule) => (isHard(rule) ? rule.admits : 'prefers' in rule ? rule.prefers : never));

function meets(i: number, rules: number, request: SelectionRequest, pick: PickContext): boolean {
  for (let left = rules; left !== 0; left &= left - 1) if (!TESTS[firstOf(left)]!(i, request, pick)) return false;
  return true;
}

/** Whether no rule excludes a component that has a free slot. */
export const admits = (i: number, request: SelectionRequest, pick: PickContext): boolean =>
  meets(i, pick.rules & HARD, request, pick);

/** Whether, besides, no rule avoids it. */
export const welcomes = (i: number, request: SelectionRequest, pick: PickContext): boolean =>
  meets(i, pick.rules & AVOIDING, request, pick);

/** Whether a component is full and would otherwise be a candidate: a hold may wait for it. */
export function mayWaitFor(i: number, request: SelectionRequest, pick: PickContext): boolean {
  const { free, servingState } = pick.fleet.components;
  return free[i]! <= 0 && servingState[i] === operational && meets(i, pick.rules & WAITING, request, pick);
}

/** Whether a component has a free slot, and nothing but its rate limit stands against the request. */
export const isOnlyRateLimited = (i: number, request: SelectionRequest, pick: PickContext): boolean =>
  pick.fleet.components.free[i]! > 0 && meets(i, pick.rules & REFILLED, request, pick);

/** Whether a component that waits for a request as its probe may get this one. */
export const mayProbe = (i: number, request: SelectionRequest, pick: PickContext): boolean =>
  meets(i, PROBING, request, pick);

/** The rules that prefer it, as a number in which an earlier rule outweighs all later ones: the larger is kept. */
export function meritOf(i: number, request: SelectionRequest, pick: PickContext): number {
  let merit = 0;
  for (let left = pick.rules & (AVOIDING | SEEKING); left !== 0; left &= left - 1)
    merit = merit * 2 + (TESTS[firstOf(left)]!(i, request, pick) ? 1 : 0);
  return merit;
}

const concernsOf = (k: number): Rule['concerns'] => RULES[k]!.concerns;
const [c0, c1, c2] = [concernsOf(0), concernsOf(1), concernsOf(2)];
const [c3, c4, c5, c6] = [concernsOf(3), concernsOf(4), concernsOf(5), concernsOf(6)];
const [c7, c8, c9, c10] = [concernsOf(7), concernsOf(8), concernsOf(9), concernsOf(10)];
const [c11, c12, c13] = [concernsOf(11), concernsOf(12), concernsOf(13)];
/** How many rules {@link concerning} asks: as many as there are. */
export const MOST_RULES = 14;

/**
 * The rules that concern a request now. Written out, so that each call has one target, which the compiler puts in place: a
 * loop over the list makes a pick of 150 ns one of 260.
 */
export const concerning = (request: SelectionRequest, fleet: FleetView): number =>
  Number(c0(request, fleet)) |
  (c1(request, fleet) ? 1 << 1 : 0) |
  (Number(c2(request, fleet)) << 2) |
  (Number(c3(request, fleet)) << 3) |
  (Number(c4(request, fleet)) << 4) |
  (Number(c5(request, fleet)) << 5) |
  (c6(request, fleet) ? 1 << 6 : 0) |
  (c7(request, fleet) ? 1 << 7 : 0) |
  (c8(request, fleet) ? 1 << 8 : 0) |
  (Number(c9(request, fleet)) << 9) |
  (Number(c10(request, fleet)) << 10) |
  (Number(c11(request, fleet)) << 11) |
  (Number(c12(request, fleet)) << 12) |
  (Number(c13(request, fleet)) << 13);
