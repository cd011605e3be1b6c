import type { Random } from '../domain/ports.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import type { Route } from '../fleet/route.ts';
import { RANKS } from './affinity.ts';
import type { SelectionRequest } from './built-in-policy.ts';
import { CandidateList } from './candidate-list.ts';
import {
  admits,
  concerning,
  firstOf,
  HARD,
  isRanking,
  meritOf,
  RANKING,
  RULES,
  SEEKING,
  type SeekingRule,
  SOFT,
  TESTS,
  welcomes,
} from './eligibility-rules.ts';

/** Random places tried before the next free member from a random place is taken, which favours members behind a gap. */
const BLIND_TRIES = 4;
/** Draws per wanted candidate of a sample before the sample is taken as it is. */
const DRAWS = 4;
/** Free members checked in a row when no drawn one may be used: 10 µs at most. */
const WALK = 1_024;

/** The rule that ranks is the last one. */
const RANKING_RULE = RULES.find(isRanking)!;

/**
 * Finds who may take a request, by the rules in their order (see eligibility-rules.ts). What is left is the list that a policy
 * chooses from. Routes of up to 64 members are scanned; of larger ones a random sample is drawn.
 */
export class Eligibility {
  readonly candidates: CandidateList;
  /** Candidates drawn from a route too large to scan; 2 makes power of two choices (Mitzenmacher 2001). 1 to 64. */
  sampleSize = 2;
  private readonly fleet: FleetView;
  private readonly random: Random;

  constructor(fleet: FleetView, random: Random) {
    this.fleet = fleet;
    this.random = random;
    this.candidates = new CandidateList(fleet);
  }

  /** Notes which rules concern the request, for those who ask about single components. @param now ms since the balancer's time 0. */
  begin(request: SelectionRequest, now: number): void {
    const { candidates } = this;
    candidates.route = request.workload.route;
    candidates.now = now;
    candidates.rules = concerning(request, this.fleet);
  }

  /**
   * Fills `candidates` for the request.
   * @param now ms since the balancer's time 0.
   * @param waiting jobs that wait behind it for the same route.
   * @returns the number of candidates.
   */
  fill(request: SelectionRequest, now: number, waiting: number): number {
    const { candidates } = this;
    const { route } = request.workload;
    const rules = concerning(request, this.fleet);
    candidates.route = route;
    candidates.now = now;
    candidates.waiting = waiting;
    candidates.rules = rules;
    candidates.count = 0;
    candidates.restricted = false;
    candidates.sampled = route.withFreeSlot !== null;
    // the usual case: no rule concerns the request, and most members have a free slot
    if (rules === 0 && !candidates.sampled && route.freeCount === route.members.length) candidates.takeAll(route);
    else {
      candidates.forget();
      if (candidates.sampled) this.sample(route, request);
      else this.scan(route, request);
    }
    return candidates.count;
  }

  private scan({ members }: Route, request: SelectionRequest): void {
    const { candidates } = this;
    const { list, rules } = candidates;
    const { free } = this.fleet.components;
    const admitsAll = (rules & HARD) === 0;
    let n = 0;
    for (let k = 0; k < members.length; k++) {
      const i = members[k]!;
      if (free[i]! > 0 && (admitsAll || admits(i, request, candidates))) list[n++] = i;
    }
    candidates.count = n;
    for (let left = rules & SOFT; left !== 0; left &= left - 1) this.narrow(firstOf(left), request);
  }

  /** Keeps the candidates that the n-th rule prefers, or all of them when it prefers none. */
  private narrow(n: number, request: SelectionRequest): void {
    if (((1 << n) & RANKING) !== 0) this.keepFirst(request);
    else if (this.keepPreferred(TESTS[n]!, request) && ((1 << n) & SEEKING) !== 0) this.candidates.restricted = true;
  }

  /** @returns whether there are any. */
  private keepPreferred(prefers: (typeof TESTS)[number], request: SelectionRequest): boolean {
    const { candidates } = this;
    const { list, count } = candidates;
    let kept = 0;
    // nothing is overwritten until the first one is kept
    for (let k = 0; k < count; k++) if (prefers(list[k]!, request, candidates)) list[kept++] = list[k]!;
    if (kept > 0) candidates.count = kept;
    return kept > 0;
  }

  private keepFirst(request: SelectionRequest): void {
    const { candidates } = this;
    const { rank: rankOf } = RANKING_RULE;
    if (candidates.count === 0) return;
    let best = candidates.list[0]!;
    let bestRank = rankOf(best, request, candidates);
    for (let k = 1; k < candidates.count; k++) {
      const rank = rankOf(candidates.list[k]!, request, candidates);
      if (rank <= bestRank) continue;
      best = candidates.list[k]!;
      bestRank = rank;
    }
    candidates.restricted = true;
    candidates.keepOnly(best);
  }

  private sample(route: Route, request: SelectionRequest): void {
    if (route.withFreeSlot!.size === 0) return;
    const { candidates } = this;
    const ranked = (candidates.rules & RANKING) !== 0;
    for (let left = candidates.rules & SEEKING; left !== 0 && candidates.count === 0; left &= left - 1)
      this.sampleNamed(route, request, RULES[firstOf(left)] as SeekingRule);
    if (candidates.count === 0 && ranked) this.sampleRanked(route, request);
    if (candidates.count === 0) this.draw(route, request);
    if (candidates.count === 0) this.scanFrom(route, request);
    else if (ranked) this.keepFirst(request);
  }

  /** The request names the components that the rule prefers, so that none need to be drawn. */
  private sampleNamed(route: Route, request: SelectionRequest, rule: SeekingRule): void {
    const { candidates, fleet } = this;
    const named = rule.named(request);
    for (let k = 0; k < named.length && candidates.count < candidates.list.length; k++) {
      const i = named[k]!;
      if (!route.has(i) || fleet.components.free[i]! <= 0 || candidates.has(i)) continue;
      if (this.isWelcome(i, request)) candidates.list[candidates.count++] = i;
    }
    candidates.restricted = candidates.count > 0;
  }

  /** By rank in a large route: the first eight are remembered; the others are searched when none of these can be used. */
  private sampleRanked(route: Route, request: SelectionRequest): void {
    const { candidates } = this;
    const { free } = this.fleet.components;
    for (let n = 0; n < RANKS; n++) {
      const i = RANKING_RULE.nth(n, request, candidates);
      if (free[i]! <= 0 || !this.isWelcome(i, request)) continue;
      candidates.keepOnly(i);
      return;
    }
    let best = -1;
    let bestScore = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < route.members.length; k++) {
      const i = route.members[k]!;
      if (free[i]! <= 0 || !admits(i, request, candidates)) continue;
      const score = meritOf(i, request, candidates) * 2 ** 32 + RANKING_RULE.rank(i, request, candidates);
      if (score <= bestScore) continue;
      best = i;
      bestScore = score;
    }
    if (best >= 0) candidates.keepOnly(best);
  }

  private isWelcome(i: number, request: SelectionRequest): boolean {
    const { candidates } = this;
    return candidates.rules === 0 || (admits(i, request, candidates) && welcomes(i, request, candidates));
  }

  private draw(route: Route, request: SelectionRequest): void {
    const { candidates } = this;
    const wanted = Math.min(this.sampleSize, route.withFreeSlot!.size);
    for (let tries = wanted * DRAWS; tries > 0 && candidates.count < wanted; tries--) {
      const i = route.members[this.openPlace(route)]!;
      if (this.isWelcome(i, request) && !candidates.has(i)) candidates.list[candidates.count++] = i;
    }
  }

  private openPlace(route: Route): number {
    const open = route.withFreeSlot!;
    let at = 0;
    for (let tries = 0; tries < BLIND_TRIES; tries++) {
      at = Math.floor(this.random() * route.members.length);
      if (open.has(at)) return at;
    }
    return open.nextFrom(at);
  }

  /** No drawn member may be used: takes the first preferred one of some free members, or else the one that most rules prefer. */
  private scanFrom(route: Route, request: SelectionRequest): void {
    const { candidates } = this;
    const open = route.withFreeSlot!;
    let best = -1;
    let bestMerit = -1;
    let at = Math.floor(this.random() * route.members.length);
    for (let left = Math.min(WALK, open.size); left > 0; left--) {
      const place = open.nextFrom(at);
      at = place + 1;
      const i = route.members[place]!;
      if (!admits(i, request, candidates)) continue;
      const merit = meritOf(i, request, candidates);
      if (merit > bestMerit) {
        best = i;
        bestMerit = merit;
      }
      if (welcomes(i, request, candidates)) break;
    }
    if (best >= 0) candidates.keepOnly(best);
  }
}
