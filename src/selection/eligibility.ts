import type { Random } from '../domain/ports.ts';
import { ServingState } from '../fleet/component-table.ts';
import { Band } from '../fleet/load-bands.ts';
import type { Route } from '../fleet/route.ts';
import { hashText, RANKS, Rendezvous } from './affinity.ts';
import { CandidateList } from './candidate-list.ts';
import type { FleetView, RequestView } from './policy.ts';

const { operational } = ServingState;
const { overloaded } = Band;

/** Classes from here on (LOW, MINIMAL) avoid overloaded components. */
export const FIRST_LOW_PRIORITY_CLASS = 3;
/** Random places tried before "the next open one from here", which favours members behind a gap. */
const BLIND_TRIES = 4;
/** Least merit of a welcome member. */
const WELCOME = 4;
/** Draws per wanted candidate of a sample before the sample is taken as it is. */
const DRAWS = 4;
/** Open members looked at in a row when no drawn one would do: 10 µs at most. */
const WALK = 1_024;

/**
 * Who may take a request, in the order of DESIGN section 6: serves and exclusions, status, free slot, resources, not
 * where it just failed, the overloaded rule, preferred components, affinity. What is left is the list that a policy
 * chooses from. Routes of up to 64 members are scanned; of larger ones a random sample is drawn.
 */
export class Eligibility {
  readonly candidates: CandidateList;
  /** Candidates drawn from a route too large to scan; 2 makes power of two choices (Mitzenmacher 2001). 1 to 64. */
  sampleSize = 2;
  private readonly fleet: FleetView;
  private readonly random: Random;
  private readonly rendezvous = new Rendezvous();

  constructor(fleet: FleetView, random: Random) {
    this.fleet = fleet;
    this.random = random;
    this.candidates = new CandidateList(fleet);
  }

  /**
   * Fills `found` for the request.
   * @param now ms since the ledger's origin.
   * @param waiting jobs that wait behind it for the same route.
   * @returns the number of candidates.
   */
  fill(request: RequestView, now: number, waiting: number): number {
    const { candidates } = this;
    const { route } = request.workload;
    candidates.route = route;
    candidates.now = now;
    candidates.waiting = waiting;
    candidates.count = 0;
    candidates.restricted = false;
    candidates.sampled = route.withFreeSlot !== null;
    // most requests have no wish of their own, and most members a free slot
    if (!candidates.sampled && route.freeCount === route.members.length && this.acceptsAny(request))
      candidates.takeAll(route);
    else {
      candidates.forget();
      if (candidates.sampled) this.sample(route, request);
      else this.scan(route, request);
    }
    return candidates.count;
  }

  /** Whether any member with a free slot will do for the request. */
  private acceptsAny(request: RequestView): boolean {
    return (
      this.isUnconstrained(request) &&
      request.lastFailed < 0 &&
      request.preferred === null &&
      request.affinityKey === undefined &&
      (request.cls < FIRST_LOW_PRIORITY_CLASS || this.fleet.components.overloaded === 0)
    );
  }

  /** Whether the request has no condition of its own, so that each with a free slot may take it. */
  private isUnconstrained(request: RequestView): boolean {
    return request.excluded === null && request.demand === null && (request.idempotent || !this.fleet.components.panic);
  }

  /** Whether a component with a free slot may take the request at all: exclusions, panic, resources. */
  mayRunOn(i: number, request: RequestView, now: number): boolean {
    const { components, resources } = this.fleet;
    if (request.excluded?.includes(i)) return false;
    if (!request.idempotent && components.servingState[i] !== operational) return false;
    return request.demand === null || resources.fits(i, request.demand, now);
  }

  /** Whether it is also welcome there: it did not just fail there, and the overloaded rule does not object. */
  isPreferredTarget(i: number, request: RequestView): boolean {
    return this.welcome(i, request) === 2;
  }

  /** 2: welcome; 1: overloaded, for work that is to avoid that; 0: where it just failed, the last resort. */
  private welcome(i: number, request: RequestView): number {
    if (i === request.lastFailed) return 0;
    return request.cls < FIRST_LOW_PRIORITY_CLASS || this.fleet.components.band[i] !== overloaded ? 2 : 1;
  }

  /** Welcome first, preferred second. */
  private preferenceRank(i: number, request: RequestView): number {
    return this.welcome(i, request) * 2 + (request.preferred?.includes(i) ? 1 : 0);
  }

  private scan({ members }: Route, request: RequestView): void {
    const { candidates } = this;
    const { list, now } = candidates;
    const { free } = this.fleet.components;
    const plain = this.isUnconstrained(request);
    let n = 0;
    for (let k = 0; k < members.length; k++) {
      const i = members[k]!;
      if (free[i]! > 0 && (plain || this.mayRunOn(i, request, now))) list[n++] = i;
    }
    candidates.count = n;
    if (request.lastFailed >= 0 && n > 1) candidates.drop(request.lastFailed);
    if (n > 1 && request.cls >= FIRST_LOW_PRIORITY_CLASS) this.avoidOverloaded();
    if (request.preferred !== null) this.prefer(request.preferred);
    if (request.affinityKey !== undefined) this.narrowToAffine(request.affinityKey);
  }

  private avoidOverloaded(): void {
    const { candidates, fleet } = this;
    const { band } = fleet.components;
    const { list, count } = candidates;
    let kept = 0;
    for (let k = 0; k < count; k++) if (band[list[k]!] !== overloaded) kept++;
    if (kept === 0 || kept === count) return;
    kept = 0;
    for (let k = 0; k < count; k++) if (band[list[k]!] !== overloaded) list[kept++] = list[k]!;
    candidates.count = kept;
  }

  private prefer(preferred: readonly number[]): void {
    const { candidates } = this;
    const { list, count } = candidates;
    let kept = 0;
    for (let k = 0; k < count; k++) if (preferred.includes(list[k]!)) kept++;
    if (kept === 0) return;
    candidates.restricted = true;
    kept = 0;
    for (let k = 0; k < count; k++) if (preferred.includes(list[k]!)) list[kept++] = list[k]!;
    candidates.count = kept;
  }

  private narrowToAffine(key: string): void {
    const { candidates } = this;
    if (candidates.count === 0) return;
    const keyHash = hashText(key);
    let best = candidates.list[0]!;
    let bestRank = -1;
    for (let k = 0; k < candidates.count; k++) {
      const rank = this.rendezvous.rank(this.fleet.components, candidates.list[k]!, keyHash);
      if (rank <= bestRank) continue;
      best = candidates.list[k]!;
      bestRank = rank;
    }
    candidates.restricted = true;
    candidates.keepOnly(best);
  }

  private sample(route: Route, request: RequestView): void {
    if (route.withFreeSlot!.size === 0) return;
    if (request.preferred !== null) this.samplePreferred(route, request, request.preferred);
    if (this.candidates.count === 0 && request.affinityKey !== undefined)
      this.sampleAffine(route, request, request.affinityKey);
    if (this.candidates.count === 0) this.draw(route, request);
    if (this.candidates.count === 0) this.scanFrom(route, request);
    else if (request.affinityKey !== undefined) this.narrowToAffine(request.affinityKey);
  }

  /** The preferred ones are named, so nothing needs to be drawn. */
  private samplePreferred(route: Route, request: RequestView, preferred: readonly number[]): void {
    const { candidates, fleet } = this;
    for (let k = 0; k < preferred.length && candidates.count < candidates.list.length; k++) {
      const i = preferred[k]!;
      if (!route.has(i) || fleet.components.free[i]! <= 0 || candidates.has(i)) continue;
      if (this.mayRunOn(i, request, candidates.now) && this.isPreferredTarget(i, request))
        candidates.list[candidates.count++] = i;
    }
    candidates.restricted = candidates.count > 0;
  }

  /** A key ranks all members, however many: the first are remembered, the others looked for when none can be used. */
  private sampleAffine(route: Route, request: RequestView, key: string): void {
    const { candidates, fleet, rendezvous } = this;
    const { components } = fleet;
    const keyHash = hashText(key);
    for (let rank = 0; rank < RANKS; rank++) {
      const i = rendezvous.ranking(route, components, keyHash, rank);
      if (components.free[i]! <= 0 || !this.mayRunOn(i, request, candidates.now) || !this.isPreferredTarget(i, request))
        continue;
      candidates.keepOnly(i);
      return;
    }
    let best = -1;
    let bestScore = -1;
    for (let k = 0; k < route.members.length; k++) {
      const i = route.members[k]!;
      if (components.free[i]! <= 0 || !this.mayRunOn(i, request, candidates.now)) continue;
      const score = this.preferenceRank(i, request) * 2 ** 32 + rendezvous.rank(components, i, keyHash);
      if (score <= bestScore) continue;
      best = i;
      bestScore = score;
    }
    if (best >= 0) candidates.keepOnly(best);
  }

  private draw(route: Route, request: RequestView): void {
    const { candidates } = this;
    const wanted = Math.min(this.sampleSize, route.withFreeSlot!.size);
    for (let tries = wanted * DRAWS; tries > 0 && candidates.count < wanted; tries--) {
      const i = route.members[this.openPlace(route)]!;
      if (this.mayRunOn(i, request, candidates.now) && this.isPreferredTarget(i, request) && !candidates.has(i))
        candidates.list[candidates.count++] = i;
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

  /** No drawn member would do: takes the first welcome one in a row of open ones, or else the most welcome. */
  private scanFrom(route: Route, request: RequestView): void {
    const { candidates } = this;
    const open = route.withFreeSlot!;
    let best = -1;
    let bestScore = -1;
    let at = Math.floor(this.random() * route.members.length);
    for (let left = Math.min(WALK, open.size); left > 0 && bestScore < WELCOME; left--) {
      const place = open.nextFrom(at);
      at = place + 1;
      const i = route.members[place]!;
      if (!this.mayRunOn(i, request, candidates.now)) continue;
      const score = this.preferenceRank(i, request);
      if (score <= bestScore) continue;
      best = i;
      bestScore = score;
    }
    if (best >= 0) candidates.keepOnly(best);
  }
}
