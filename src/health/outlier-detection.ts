import type { ResolvedSettings } from '../domain/settings.ts';
import { type ComponentTable, ServingState } from '../fleet/component-table.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import type { Route } from '../fleet/route.ts';
import { PRIOR, PRIOR_BAD } from '../fleet/route-health.ts';

type OutlierSettings = ResolvedSettings['outlier'];

/** The rule by which a component is an outlier. */
export type OutlierRule = 'consecutiveFailures' | 'failsWherePeersSucceed' | 'failureRatio';

/** Why a component is an outlier, in figures that can be told. */
export interface OutlierVerdict {
  readonly rule: OutlierRule;
  /** Failures in a row, or with hardly a success between them, or (decayed) of late. */
  readonly failures: number;
  /** Share of their executions that the other members of its routes fail, 0 to 1. */
  readonly peersFail: number;
}

/** What chance may bring about: a run of failures that it makes less often than once in a thousand minutes is none of its. */
const PER_MINUTE = 1e-3;
/** The same for a component that has just recovered and has yet to prove itself: it was bad a moment ago. */
const UNPROVEN = 0.01;
/** It takes a quarter of the failures in a row at least: one, as a rule, where its peers hardly ever fail. */
const UNPROVEN_SHARE = 0.25;
/** Executions a minute, for each of the decayed count of 5 s. */
const A_MINUTE = 12;
/** Failures beyond the expected ones that are no chance, in standard errors. */
const STANDARD_ERRORS = 4.5;
/** Failures in a row after which a sole member may be down. */
const DOWN = 10;
/** Peers whose successes in a row are looked at. */
const PEERS = 64;

/**
 * Whether an operational component is an outlier among its peers. What matters is not that it fails but that it fails where
 * others do not: a request that nobody can do makes no outlier, and when everybody fails alike there is none.
 *
 * - So many failures with so few successes between them as chance would make less than once in a thousand minutes if it failed like
 *   its peers, pooled: the cumulative sum test (see cusum.ts) of whether it fails 90 % by now. (Failures in a row without any
 *   success between them find the same, but one in twenty only after twice the time.) How often peers fail is known to no more than
 *   their executions tell: b failures of n make the next one fail with (b + 1) / (n + 20), and its own of this sum count like
 *   theirs (the beta-binomial distribution). With the bare share in its place, whose peer had just returned and had done nothing
 *   yet was ejected for what it failed like everybody. Failures that are taken back later count in b: they are judged before
 *   that. (The best of many peers is biased: healthy fleets lost a member in 73 to 100 % of the minutes; pooled, under 1 %.)
 * - The same where most peers fail too: k failures in a row here, s successes in a row there. If both were of one kind, whatever
 *   its share of failures, their likelihood is at most `(k/(k+s))ᵏ · (s/(k+s))ˢ`.
 * - Failures above `failureRatio` of its successes, and above what its peers' shares let expect by 4.5 standard errors of the
 *   difference of two shares (both count, by the share of all together: the score test), over all its routes together.
 *
 * The first two need a peer that did not fail its last execution of the route, or has not had one yet: otherwise it is the work.
 *
 * @param routes the routes of the component.
 * @param failing the route on which it has just failed.
 * @param t ms since the ledger's origin.
 * @param unproven whether it has yet to prove itself after a recovery.
 */
export function judgeOutlier(
  { components, performance }: FleetView,
  routes: readonly Route[],
  failing: Route,
  i: number,
  t: number,
  settings: OutlierSettings,
  unproven = false,
): OutlierVerdict | undefined {
  const weight = performance.fast.at(t);
  const { health } = failing;
  const run = health.streakOf(i);
  const failures = health.failuresOf(i);
  const least = Math.ceil(settings.consecutiveFailures * (unproven ? UNPROVEN_SHARE : 1));
  if (run >= least || failures >= least) {
    const peers = peersOf(components, failing, i);
    const theirs = peersWork(failing, i, weight, 'first');
    const perMinute = Math.max(1, ((health.goodOf(i) + health.firstOf(i)) / weight) * A_MINUTE);
    if (peers.count > 0 && peers.shortest <= 0) {
      const chance = unproven ? UNPROVEN : PER_MINUTE / perMinute;
      const peersFail = shareOf(theirs);
      if (failures >= least && health.scoreOf(i) > -Math.log(chance))
        return { rule: 'consecutiveFailures', failures, peersFail };
      if (run >= least && oneKind(run, -peers.shortest) < Math.log(PER_MINUTE / perMinute / peers.count))
        return { rule: 'failsWherePeersSucceed', failures: run, peersFail };
    }
  }
  return judgeRatio(components, routes, i, weight, settings);
}

/** Natural logarithm of the greatest likelihood of k failures and s successes in a row of one kind. */
function oneKind(k: number, s: number): number {
  if (s <= 0) return 0;
  return k * Math.log(k / (k + s)) + s * Math.log(s / (k + s));
}

/** Other operational members: how many, and the least of their failures in a row (below 0: successes). */
function peersOf({ servingState }: ComponentTable, { members, health }: Route, i: number): typeof found {
  found.count = 0;
  found.shortest = Number.POSITIVE_INFINITY;
  for (let k = 0; k < members.length && found.count < PEERS; k++) {
    const member = members[k]!;
    if (member === i || servingState[member] !== ServingState.operational) continue;
    found.count++;
    found.shortest = Math.min(found.shortest, health.streakOf(member));
  }
  return found;
}
const found = { count: 0, shortest: 0 };

/** What the other members of a route have done of late, all together. */
interface Work {
  readonly executions: number;
  readonly failures: number;
}

function peersWork({ health }: Route, i: number, weight: number, which: 'first' | 'bad'): Work {
  const bad = which === 'first' ? health.first - health.firstOf(i) : health.bad - health.badOf(i);
  const failures = Math.max(0, bad) / weight;
  return { failures, executions: failures + Math.max(0, health.good - health.goodOf(i)) / weight };
}

/** The share that fails, by what is known. */
const shareOf = ({ failures, executions }: Work): number => (failures + PRIOR_BAD) / (executions + PRIOR);

function judgeRatio(
  components: ComponentTable,
  routes: readonly Route[],
  i: number,
  weight: number,
  { failureRatio, minFailures }: OutlierSettings,
): OutlierVerdict | undefined {
  let bad = 0;
  for (const { health } of routes) bad += health.badOf(i);
  // a decayed count of four failures that came at once is 4 only at that instant: half of one is conceded
  if (bad / weight < minFailures - 0.5) return undefined;
  bad = 0;
  let good = 0;
  let expected = 0;
  let variance = 0;
  for (const route of routes) {
    if (peersOf(components, route, i).count === 0) continue;
    const { health } = route;
    const theirs = peersWork(route, i, weight, 'bad');
    const failures = health.badOf(i) / weight;
    const n = failures + health.goodOf(i) / weight;
    bad += failures;
    good += n - failures;
    if (theirs.executions === 0) {
      // nothing to compare it with
      expected += failures;
      continue;
    }
    // half a failure and half a success more, so that the share is neither 0 nor 1
    const all = (failures + theirs.failures + 0.5) / (n + theirs.executions + 1);
    expected += (n * theirs.failures) / theirs.executions;
    variance += n * all * (1 - all) * (1 + n / theirs.executions);
  }
  if (bad < minFailures - 0.5 || bad <= failureRatio * good) return undefined;
  if (bad <= expected + STANDARD_ERRORS * Math.sqrt(variance)) return undefined;
  return { rule: 'failureRatio', failures: bad, peersFail: expected / (good + bad) };
}

/**
 * Whether the last operational member of a route is down: ten failures in a row and no success, of whatever route, and more than
 * chance makes of its own share of failures before (one that does half of its work, or one of two types, is not down).
 * @param t ms since the ledger's origin.
 */
export function isDown({ performance }: FleetView, i: number, t: number, settings: OutlierSettings): boolean {
  const run = performance.consecutive[i]!;
  if (run < Math.max(DOWN, settings.consecutiveFailures)) return false;
  const before = Math.max(0, performance.recentBad(i, t) - run);
  const n = performance.recentGood(i, t) + before;
  const own = (before + PRIOR_BAD) / (n + PRIOR);
  return run >= Math.log(PER_MINUTE / Math.max(1, (n + run) * A_MINUTE)) / Math.log(own);
}

/** What keeps outlier detection from ejecting a component: some route of it would lose its last, or too many. */
export type EjectionBound = 'lastOperational' | 'maxEjectedShare';

/**
 * Whether a component must not be ejected, for the sake of the routes that it serves: at most `maxEjectedShare` of the members
 * of each may be ejected at a time (rounded down, yet at least one), and never its last operational one. Trouble on one route
 * thus changes nothing on another.
 * @param routes those of the component that have work.
 */
export function ejectionBound(
  { servingState, ejected }: ComponentTable,
  routes: Iterable<Route>,
  i: number,
  { maxEjectedShare }: Pick<OutlierSettings, 'maxEjectedShare'>,
): EjectionBound | undefined {
  let bound: EjectionBound | undefined;
  for (const { members } of routes) {
    let others = 0;
    let gone = 0;
    for (const k of members) {
      if (k !== i && servingState[k] === ServingState.operational) others++;
      gone += ejected[k]!;
    }
    if (others === 0) return 'lastOperational';
    if (gone + 1 > Math.max(1, Math.floor(members.length * maxEjectedShare))) bound = 'maxEjectedShare';
  }
  return bound;
}
