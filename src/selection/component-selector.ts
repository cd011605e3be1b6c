import type { Random } from '../domain/ports.ts';
import { show } from '../domain/request.ts';
import { Standing } from '../fleet/component-table.ts';
import type { Route } from '../fleet/route.ts';
import { CandidateFinder } from './eligibility.ts';
import { LeastConnections } from './algorithms/least-connections.ts';
import { type FleetView, HOLD, isOurs, type Policy, type RequestView } from './policy.ts';

const { operational, probing } = Standing;

/** Answer of a {@link Chooser}: nobody can take the request now. */
export const NONE = -1;
/** Answer of a {@link Chooser}: the policy prefers to wait for a component that is full now. */
export const HELD = -2;

/** Probing components asked in one pick; the next pick goes on behind them. */
const PROBE_TRIES = 8;

/** What a policy remembers of a route: kept, and made when there is none. */
type MemoryOf = (route: Route, policy: Policy) => unknown;

/** Told of a policy that threw or answered nonsense; least connections picked instead. Must not throw. */
export type PolicyMistakeListener = (policy: Policy, cause: unknown) => void;

/**
 * Chooses a component for the request at the head of a queue: a probing component that waits for a request, else whom the
 * policy picks among the eligible. Reserves nothing. One per balancer; a pick allocates nothing.
 */
export class Chooser {
  readonly finder: CandidateFinder;
  /** The last answer. */
  last = NONE;
  /** Whether the last choice counts as a probe: its component is probing, or ejected and used in panic. */
  lastWasProbe = false;
  private readonly fleet: FleetView;
  private readonly random: Random;
  private readonly onPolicyMistake: PolicyMistakeListener;
  private readonly memoryOf: MemoryOf;
  private readonly fallback = new LeastConnections();
  private nextProbe = 0;
  private lastPolicy: Policy | null = null;
  private lastIsOurs = false;
  private peeker: Chooser | null = null;

  /** @param memoryOf for peeks only. */
  constructor(
    fleet: FleetView,
    random: Random,
    onPolicyMistake: PolicyMistakeListener = () => {},
    memoryOf: MemoryOf = keptMemory,
  ) {
    this.memoryOf = memoryOf;
    this.fleet = fleet;
    this.random = random;
    this.onPolicyMistake = onPolicyMistake;
    this.finder = new CandidateFinder(fleet, random);
  }

  /**
   * @param now ms since the ledger's origin.
   * @param waiting jobs that wait behind the request for the same route.
   * @returns a component index, {@link NONE} or {@link HELD}.
   */
  choose(request: RequestView, policy: Policy, now: number, waiting: number): number {
    const chosen = this.find(request, policy, now, waiting);
    this.last = chosen;
    // neither a probing component nor an ejected one in panic is operational
    this.lastWasProbe = chosen >= 0 && this.fleet.components.standing[chosen] !== operational;
    return chosen;
  }

  /**
   * Whom {@link choose} would most likely answer now. Changes nothing: no memory, no place in a turn, no random number is
   * used up; hence ties may fall otherwise, and so may picks of a policy without `copyMemory`.
   */
  peek(request: RequestView, policy: Policy, now: number, waiting: number): number {
    const { shadow } = this;
    shadow.nextProbe = this.nextProbe;
    return shadow.choose(request, policy, now, waiting);
  }

  /** A finder for those who only ask: the numbers that it draws are its own. */
  get peekFinder(): CandidateFinder {
    return this.shadow.finder;
  }

  private get shadow(): Chooser {
    this.peeker ??= new Chooser(this.fleet, goldenRatios(), undefined, copiedMemory);
    this.peeker.finder.sampleSize = this.finder.sampleSize;
    return this.peeker;
  }

  private find(request: RequestView, policy: Policy, now: number, waiting: number): number {
    if (this.fleet.components.wanting.length > 0) {
      const probe = this.probeFor(request, now);
      if (probe >= 0) return probe;
    }
    const { route } = request.kind;
    if (route.open !== null) {
      const i = this.askForLarge(route, policy, request, now);
      if (i >= 0) return i;
    }
    const count = this.finder.fill(request, now, waiting);
    return count === 0 ? this.probeWhereItFailed(request, now) : this.ask(policy, request, now);
  }

  private ask(policy: Policy, request: RequestView, now: number): number {
    const { found } = this.finder;
    const ours = this.trusts(policy);
    if (!ours) found.forget();
    let answer: number;
    try {
      answer = policy.select(found, request, this.memoryOf(found.route, policy), this.random);
    } catch (cause) {
      return this.correct(policy, request, now, cause);
    }
    if (ours ? answer >= 0 : this.isSoundAnswer(answer, request, now)) return found.list[answer]!;
    return this.withoutAnswer(answer, policy, request, now);
  }

  /** Whether a policy is one of our own; as a rule it is the one that was asked last. */
  private trusts(policy: Policy): boolean {
    if (policy === this.lastPolicy) return this.lastIsOurs;
    this.lastPolicy = policy;
    this.lastIsOurs = isOurs(policy);
    return this.lastIsOurs;
  }

  private isSoundAnswer(answer: number, request: RequestView, now: number): boolean {
    const { found } = this.finder;
    if (!Number.isInteger(answer) || answer < 0 || answer >= found.count) return false;
    return this.isSound(found.list[answer]!, request, now);
  }

  /** The policy holds, or its answer is none. */
  private withoutAnswer(answer: unknown, policy: Policy, request: RequestView, now: number): number {
    const { found } = this.finder;
    if (answer === HOLD) {
      if (this.someoneWorks(found.route)) return HELD;
      // nothing would ever end this hold
      return this.correct(policy, request, now, new RangeError('held while no component of the route works'));
    }
    if (!Number.isInteger(answer) || !(Number(answer) >= 0 && Number(answer) < found.count)) {
      const expected = `expected a position below ${found.count} or HOLD`;
      return this.correct(policy, request, now, new RangeError(`${expected}, got ${show(answer)}`));
    }
    return this.correct(policy, request, now, new RangeError('the list of candidates was changed'));
  }

  private isSound(i: number, request: RequestView, now: number): boolean {
    const { route } = request.kind;
    return route.has(i) && this.fleet.components.free[i]! > 0 && this.finder.admits(i, request, now);
  }

  private correct(policy: Policy, request: RequestView, now: number, cause: unknown): number {
    this.onPolicyMistake(policy, cause);
    const { found } = this.finder;
    // whoever errs may have written anything on the list; who sorts it has what lay behind its end among the candidates
    this.finder.fill(request, now, found.waiting);
    return found.list[this.fallback.select(found, request, undefined, this.random)]!;
  }

  private someoneWorks(route: Route): boolean {
    const { taken } = this.fleet.components;
    return route.members.some((i) => taken[i]! > 0);
  }

  /** A policy's own pick among many, if the request has no wishes and it may go there. */
  private askForLarge(route: Route, policy: Policy, request: RequestView, now: number): number {
    if (policy.selectLarge === undefined) return NONE;
    if (request.preferred !== null || request.affinityKey !== undefined) return NONE;
    let i: number;
    try {
      i = policy.selectLarge(route, this.fleet, request, this.memoryOf(route, policy), this.random);
    } catch (cause) {
      this.onPolicyMistake(policy, cause);
      return NONE;
    }
    if (i === NONE) return NONE;
    if (!route.has(i)) {
      this.onPolicyMistake(policy, new RangeError(`expected a member of the route or -1, got ${show(i)}`));
      return NONE;
    }
    return this.isSound(i, request, now) && this.finder.welcomes(i, request) ? i : NONE;
  }

  /** The next in turn of the probing components that may take the request as their probe. */
  private probeFor(request: RequestView, now: number): number {
    const { wanting } = this.fleet.components;
    const n = wanting.length;
    for (let tries = Math.min(PROBE_TRIES, n); tries > 0; tries--) {
      const i = wanting[this.nextProbe++ % n]!;
      if (i !== request.lastFailed && this.mayProbe(i, request, now)) return i;
    }
    return NONE;
  }

  /** A retry goes back to where it failed only when nobody else can take it. */
  private probeWhereItFailed(request: RequestView, now: number): number {
    const i = request.lastFailed;
    if (i < 0 || this.fleet.components.wantsProbe[i] !== 1 || !this.mayProbe(i, request, now)) return NONE;
    return i;
  }

  private mayProbe(i: number, request: RequestView, now: number): boolean {
    const { components, resources } = this.fleet;
    if (components.standing[i] !== probing || !request.kind.route.has(i)) return false;
    // what ran when it failed may still hold all its slots
    if (components.taken[i]! >= components.slots[i]!) return false;
    // money is moved as a probe only where nothing else ever comes
    if (!request.idempotent && components.idempotentSeen[i] === 1) return false;
    if (request.excluded?.includes(i)) return false;
    return request.demand === null || resources.fits(i, request.demand, now);
  }
}

/** Evenly spread numbers in [0, 1) without a source of chance. */
export function goldenRatios(): Random {
  let x = 0;
  return () => {
    x = (x + 0.618_033_988_749_895) % 1;
    return x;
  };
}

/** A copy, or fresh memory; a fresh one is copied too, since a policy may tell copies from what it is to learn by. */
function copiedMemory(route: Route, policy: Policy): unknown {
  const fresh = (): unknown => policy.createMemory?.() ?? {};
  if (policy.copyMemory === undefined) return fresh();
  return policy.copyMemory(route.memories.get(policy) ?? fresh());
}

function keptMemory(route: Route, policy: Policy): unknown {
  if (route.memoryOwner === policy) return route.memory;
  let memory = route.memories.get(policy);
  if (memory === undefined) {
    memory = policy.createMemory?.() ?? {};
    route.memories.set(policy, memory);
  }
  route.memoryOwner = policy;
  route.memory = memory;
  return memory;
}
