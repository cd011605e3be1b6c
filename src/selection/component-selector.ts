import type { Random } from '../domain/ports.ts';
import { formatValue } from '../domain/request.ts';
import { ServingState } from '../fleet/component-table.ts';
import type { Route } from '../fleet/route.ts';
import { LeastConnections } from './algorithms/least-connections.ts';
import { Eligibility } from './eligibility.ts';
import { type FleetView, HOLD, isBuiltIn, type Policy, type RequestView } from './policy.ts';

const { operational, probing } = ServingState;

/** Answer of a {@link ComponentSelector}: nobody can take the request now. */
export const NONE = -1;
/** Answer of a {@link ComponentSelector}: the policy prefers to wait for a component that is full now. */
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
export class ComponentSelector {
  readonly eligibility: Eligibility;
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
  private previewSelector: ComponentSelector | null = null;

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
    this.eligibility = new Eligibility(fleet, random);
  }

  /**
   * @param now ms since the ledger's origin.
   * @param waiting jobs that wait behind the request for the same route.
   * @returns a component index, {@link NONE} or {@link HELD}.
   */
  select(request: RequestView, policy: Policy, now: number, waiting: number): number {
    const chosen = this.find(request, policy, now, waiting);
    this.last = chosen;
    // neither a probing component nor an ejected one in panic is operational
    this.lastWasProbe = chosen >= 0 && this.fleet.components.servingState[chosen] !== operational;
    return chosen;
  }

  /**
   * Whom {@link select} would most likely answer now. Changes nothing: no memory, no place in a turn, no random number is
   * used up; hence ties may fall otherwise, and so may picks of a policy without `copyMemory`.
   */
  preview(request: RequestView, policy: Policy, now: number, waiting: number): number {
    const { shadow } = this;
    shadow.nextProbe = this.nextProbe;
    return shadow.select(request, policy, now, waiting);
  }

  /** A finder for those who only ask: the numbers that it draws are its own. */
  get previewEligibility(): Eligibility {
    return this.shadow.eligibility;
  }

  private get shadow(): ComponentSelector {
    this.previewSelector ??= new ComponentSelector(this.fleet, goldenSequence(), undefined, copiedMemory);
    this.previewSelector.eligibility.sampleSize = this.eligibility.sampleSize;
    return this.previewSelector;
  }

  private find(request: RequestView, policy: Policy, now: number, waiting: number): number {
    if (this.fleet.components.awaitingProbe.length > 0) {
      const probe = this.probeFor(request, now);
      if (probe >= 0) return probe;
    }
    const { route } = request.workload;
    if (route.withFreeSlot !== null) {
      const i = this.askForLarge(route, policy, request, now);
      if (i >= 0) return i;
    }
    const count = this.eligibility.fill(request, now, waiting);
    return count === 0 ? this.probeWhereItFailed(request, now) : this.ask(policy, request, now);
  }

  private ask(policy: Policy, request: RequestView, now: number): number {
    const { candidates } = this.eligibility;
    const ours = this.trusts(policy);
    if (!ours) candidates.forget();
    let answer: number;
    try {
      answer = policy.select(candidates, request, this.memoryOf(candidates.route, policy), this.random);
    } catch (cause) {
      return this.fallBack(policy, request, now, cause);
    }
    if (ours ? answer >= 0 : this.isSoundAnswer(answer, request, now)) return candidates.list[answer]!;
    return this.handleNoPick(answer, policy, request, now);
  }

  /** Whether a policy is one of our own; as a rule it is the one that was asked last. */
  private trusts(policy: Policy): boolean {
    if (policy === this.lastPolicy) return this.lastIsOurs;
    this.lastPolicy = policy;
    this.lastIsOurs = isBuiltIn(policy);
    return this.lastIsOurs;
  }

  private isSoundAnswer(answer: number, request: RequestView, now: number): boolean {
    const { candidates } = this.eligibility;
    if (!Number.isInteger(answer) || answer < 0 || answer >= candidates.count) return false;
    return this.isSound(candidates.list[answer]!, request, now);
  }

  /** The policy holds, or its answer is none. */
  private handleNoPick(answer: unknown, policy: Policy, request: RequestView, now: number): number {
    const { candidates } = this.eligibility;
    if (answer === HOLD) {
      if (this.someoneWorks(candidates.route)) return HELD;
      // nothing would ever end this hold
      return this.fallBack(policy, request, now, new RangeError('held while no component of the route works'));
    }
    if (!Number.isInteger(answer) || !(Number(answer) >= 0 && Number(answer) < candidates.count)) {
      const expected = `expected a position below ${candidates.count} or HOLD`;
      return this.fallBack(policy, request, now, new RangeError(`${expected}, got ${formatValue(answer)}`));
    }
    return this.fallBack(policy, request, now, new RangeError('the list of candidates was changed'));
  }

  private isSound(i: number, request: RequestView, now: number): boolean {
    const { route } = request.workload;
    return route.has(i) && this.fleet.components.free[i]! > 0 && this.eligibility.mayRunOn(i, request, now);
  }

  private fallBack(policy: Policy, request: RequestView, now: number, cause: unknown): number {
    this.onPolicyMistake(policy, cause);
    const { candidates } = this.eligibility;
    // whoever errs may have written anything on the list; who sorts it has what lay behind its end among the candidates
    this.eligibility.fill(request, now, candidates.waiting);
    return candidates.list[this.fallback.select(candidates, request, undefined, this.random)]!;
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
      this.onPolicyMistake(policy, new RangeError(`expected a member of the route or -1, got ${formatValue(i)}`));
      return NONE;
    }
    return this.isSound(i, request, now) && this.eligibility.isPreferredTarget(i, request) ? i : NONE;
  }

  /** The next in turn of the probing components that may take the request as their probe. */
  private probeFor(request: RequestView, now: number): number {
    const { awaitingProbe } = this.fleet.components;
    const n = awaitingProbe.length;
    for (let tries = Math.min(PROBE_TRIES, n); tries > 0; tries--) {
      const i = awaitingProbe[this.nextProbe++ % n]!;
      if (i !== request.lastFailed && this.mayProbe(i, request, now)) return i;
    }
    return NONE;
  }

  /** A retry goes back to where it failed only when nobody else can take it. */
  private probeWhereItFailed(request: RequestView, now: number): number {
    const i = request.lastFailed;
    if (i < 0 || this.fleet.components.awaitsProbe[i] !== 1 || !this.mayProbe(i, request, now)) return NONE;
    return i;
  }

  private mayProbe(i: number, request: RequestView, now: number): boolean {
    const { components, resources } = this.fleet;
    if (components.servingState[i] !== probing || !request.workload.route.has(i)) return false;
    // what ran when it failed may still hold all its slots
    if (components.taken[i]! >= components.slots[i]!) return false;
    // money is moved as a probe only where nothing else ever comes
    if (!request.idempotent && components.idempotentSeen[i] === 1) return false;
    if (request.excluded?.includes(i)) return false;
    return request.demand === null || resources.fits(i, request.demand, now);
  }
}

/** Evenly spread numbers in [0, 1) without a source of chance. */
export function goldenSequence(): Random {
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
