import type { Random } from '../domain/ports.ts';
import { ServingState } from '../fleet/component-table.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import type { Route } from '../fleet/route.ts';
import { LeastConnections } from './algorithms/least-connections.ts';
import { type BuiltInPolicy, Pick, type SelectionRequest } from './built-in-policy.ts';
import { Eligibility } from './eligibility.ts';
import { admits, mayProbe, welcomes } from './eligibility-rules.ts';

const { operational, probing } = ServingState;

/** Probing components asked in one pick; the next pick goes on behind them. */
const PROBE_TRIES = 8;

/** Idempotent work that came within this time is taken to come again, ms. */
const IDEMPOTENT_WORK_MS = 60_000;

/** A probe should have the time that this share of its type's recent executions took. */
const USUAL_SHARE = 0.97;

/** Picks are counted up to here: a larger number would not fit into a small integer, and each count would be an object. */
const LAST_TURN = 2 ** 30 - 1;

/** What a policy remembers of a route: kept, and made when there is none. */
type MemoryOf = (route: Route, policy: BuiltInPolicy) => unknown;

/** Told of a policy that threw or answered nonsense; least connections picked instead. Must not throw. */
export type PolicyMistakeListener = (policy: BuiltInPolicy, cause: unknown) => void;

/**
 * Chooses a component for the request at the head of a queue: a probing component that waits for a request, or else the one
 * that the policy picks among the eligible. Reserves nothing. One per balancer; a pick allocates nothing.
 */
export class ComponentSelector {
  readonly eligibility: Eligibility;
  /** The last answer. */
  last: number = Pick.none;
  /** Whether the last choice counts as a probe: its component is probing, or avoided and tried. */
  lastWasProbe = false;
  /** Whether a component waits for a probe that the request cannot be, being too near its deadline or not to be run twice: another may do. */
  lastWasNoProbe = false;
  private readonly fleet: FleetView;
  private readonly random: Random;
  private readonly onPolicyMistake: PolicyMistakeListener;
  private readonly memoryOf: MemoryOf;
  private readonly fallback = new LeastConnections();
  private nextProbe = 0;
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
   * @param now ms since the balancer's time 0.
   * @param waiting jobs that wait behind the request for the same route.
   * @returns a component index, {@link Pick.none} or {@link Pick.hold}.
   */
  select(request: SelectionRequest, policy: BuiltInPolicy, now: number, waiting: number): number {
    const { candidates } = this.eligibility;
    candidates.turn = (candidates.turn + 1) & LAST_TURN;
    this.lastWasProbe = false;
    this.lastWasNoProbe = false;
    const chosen = this.find(request, policy, now, waiting);
    this.last = chosen;
    if (chosen >= 0 && this.fleet.components.servingState[chosen] !== operational) this.lastWasProbe = true;
    return chosen;
  }

  /**
   * What {@link select} would most likely answer now. Changes nothing: neither memories nor the order of a round robin, and it
   * uses up no random number. Hence ties may be broken differently, and so may picks of a policy without `copyMemory`.
   */
  preview(request: SelectionRequest, policy: BuiltInPolicy, now: number, waiting: number): number {
    const { shadow } = this;
    shadow.nextProbe = this.nextProbe;
    shadow.eligibility.candidates.turn = this.eligibility.candidates.turn;
    return shadow.select(request, policy, now, waiting);
  }

  /** The eligibility for previews, which draw random numbers of their own. */
  get previewEligibility(): Eligibility {
    return this.shadow.eligibility;
  }

  private get shadow(): ComponentSelector {
    this.previewSelector ??= new ComponentSelector(this.fleet, goldenSequence(), undefined, copiedMemory);
    this.previewSelector.eligibility.sampleSize = this.eligibility.sampleSize;
    return this.previewSelector;
  }

  private find(request: SelectionRequest, policy: BuiltInPolicy, now: number, waiting: number): number {
    if (this.fleet.components.awaitingProbe.length > 0) {
      this.eligibility.begin(request, now);
      const probe = this.probeFor(request);
      if (probe >= 0) {
        this.lastWasProbe = true;
        return probe;
      }
    }
    const { route } = request.workload;
    if (route.withFreeSlot !== null) {
      const i = this.askForLarge(route, policy, request, now);
      if (i >= 0) return i;
    }
    const count = this.eligibility.fill(request, now, waiting);
    return count === 0 ? this.probeWhereItFailed(request) : this.ask(policy, request);
  }

  private ask(policy: BuiltInPolicy, request: SelectionRequest): number {
    const { candidates } = this.eligibility;
    let answer: number;
    try {
      answer = policy.select(candidates, request, this.memoryOf(candidates.route, policy), this.random);
    } catch (cause) {
      return this.fallBack(policy, request, cause);
    }
    if (answer >= 0) return candidates.list[answer]!;
    if (this.someoneWorks(candidates.route)) return Pick.hold;
    // without a component that works nothing would ever end this hold
    return this.fallBack(policy, request, new RangeError('held while no component of the route works'));
  }

  private fallBack(policy: BuiltInPolicy, request: SelectionRequest, cause: unknown): number {
    this.onPolicyMistake(policy, cause);
    const { candidates } = this.eligibility;
    return candidates.list[this.fallback.select(candidates, request, undefined, this.random)]!;
  }

  private someoneWorks(route: Route): boolean {
    const { taken } = this.fleet.components;
    return route.members.some((i) => taken[i]! > 0);
  }

  /** A policy's own pick from a large route, if the request names no preference and may run there. */
  private askForLarge(route: Route, policy: BuiltInPolicy, request: SelectionRequest, now: number): number {
    if (policy.selectLarge === undefined) return Pick.none;
    if (request.preferred !== null || request.affinityKey !== undefined) return Pick.none;
    let i: number;
    try {
      i = policy.selectLarge(route, this.fleet, request, this.memoryOf(route, policy), this.random);
    } catch (cause) {
      this.onPolicyMistake(policy, cause);
      return Pick.none;
    }
    if (i < 0) return Pick.none;
    if (!route.has(i) || this.fleet.components.free[i]! <= 0) return Pick.none;
    this.eligibility.begin(request, now);
    const { candidates } = this.eligibility;
    return admits(i, request, candidates) && welcomes(i, request, candidates) ? i : Pick.none;
  }

  /** The next in turn of the probing components that may take the request as their probe. */
  private probeFor(request: SelectionRequest): number {
    const { awaitingProbe } = this.fleet.components;
    const n = awaitingProbe.length;
    for (let tries = Math.min(PROBE_TRIES, n); tries > 0; tries--) {
      const i = awaitingProbe[this.nextProbe++ % n]!;
      if (i !== request.lastFailed && this.mayProbe(i, request)) return i;
    }
    return Pick.none;
  }

  /** A retry goes back to where it failed only when nobody else can take it. */
  private probeWhereItFailed(request: SelectionRequest): number {
    const i = request.lastFailed;
    if (i < 0 || this.fleet.components.awaitsProbe[i] !== 1 || !this.mayProbe(i, request)) return Pick.none;
    return i;
  }

  private mayProbe(i: number, request: SelectionRequest): boolean {
    const { components } = this.fleet;
    // it may have failed in this very turn, and be avoided no more
    const { candidates } = this.eligibility;
    const tried = components.avoided[i] === 1 && components.servingState[i] === operational;
    if (components.servingState[i] !== probing && !tried) return false;
    if (candidates.now < components.restsUntil[i]!) return false;
    // what ran when it failed may still hold all its slots
    if (components.taken[i]! >= components.slots[i]!) return false;
    if (!mayProbe(i, request, candidates)) return false;
    // money is moved as a probe only where nothing else comes: one read that came once, and was cancelled, is no reason to wait for ever
    const comes = tried || candidates.now - components.idempotentAt[i]! < IDEMPOTENT_WORK_MS;
    const mayRunTwice = request.idempotent && components.runsOnce[i] === 0;
    this.lastWasNoProbe = (comes && !mayRunTwice) || !hasTimeToProbe(request, candidates.now);
    return !this.lastWasNoProbe;
  }
}

/**
 * Whether a request has the time to show how a component does. Work that waits for a component that is down comes to within
 * milliseconds of its deadline; as a probe it would be cut short, say nothing, and leave the component isolated for ever. Where a type
 * never has the usual time, half of what its requests come with must do.
 */
function hasTimeToProbe({ deadline, submittedAt, workload: { stats } }: SelectionRequest, now: number): boolean {
  if (deadline === Number.POSITIVE_INFINITY) return true;
  const left = deadline - now;
  if (stats.doneWithin(left, now) >= USUAL_SHARE) return true;
  const given = deadline - submittedAt;
  return left >= given / 2 && stats.doneWithin(given, now) < USUAL_SHARE;
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
function copiedMemory(route: Route, policy: BuiltInPolicy): unknown {
  const fresh = (): unknown => policy.createMemory?.() ?? {};
  if (policy.copyMemory === undefined) return fresh();
  return policy.copyMemory(route.memories.get(policy) ?? fresh());
}

function keptMemory(route: Route, policy: BuiltInPolicy): unknown {
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
