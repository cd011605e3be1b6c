import type { WorkloadRequest } from '../domain/request.ts';
import type { Demand } from '../fleet/resource-usage.ts';
import type { Route } from '../fleet/route.ts';
import { Timer } from '../lib/timer.ts';
import type { HandlerMark } from './handler-mark.ts';

/** One failover: the jobs of a failed component that have not settled yet. */
export interface Failover {
  readonly componentId: string;
  readonly startedAt: number;
  unsettled: number;
}

/** A component on which a request failed, and whether that is held against it. */
export interface Blame {
  readonly component: number;
  /** Serial of its actor then. */
  readonly serial: number;
  readonly route: Route;
  /** ms since the origin. */
  readonly at: number;
  held: boolean;
}

/** What few jobs have: in every one of them it would be 120 B of each that waits. */
class RareFields {
  metadata: WorkloadRequest['metadata'] = undefined;
  demand: Demand | null = null;
  excluded: readonly number[] | null = null;
  preferred: readonly number[] | null = null;
  affinityKey: string | undefined = undefined;
  cost = 1;
  failover: Failover | null = null;
  retries = 0;
  refusals = 0;
  reroutes = 0;
  overtakes = 0;
  exempt = false;
  lastFailed = -1;
  blames: Blame[] | null = null;
  letThrough = false;
  countedAs = -1;
  mayHaveRun = false;
  patient = false;
  nested = false;
  submitter: HandlerMark | null = null;
  isAwaited = false;
  /** -1: it has not come back. */
  requeuedAt = -1;
  lastError: unknown = undefined;
}

/** A job whose rare fields are allocated when one of them is first set to something. */
export abstract class WithRareFields extends Timer {
  protected rare: RareFields | null = null;

  protected get ensureRare(): RareFields {
    this.rare ??= new RareFields();
    return this.rare;
  }

  get metadata(): WorkloadRequest['metadata'] {
    return this.rare === null ? undefined : this.rare.metadata;
  }

  set metadata(metadata: WorkloadRequest['metadata']) {
    if (metadata !== undefined || this.rare !== null) this.ensureRare.metadata = metadata;
  }

  get demand(): Demand | null {
    return this.rare === null ? null : this.rare.demand;
  }

  set demand(demand: Demand | null) {
    if (demand !== null || this.rare !== null) this.ensureRare.demand = demand;
  }

  /** Component indices that must not be used; null: none. */
  get excluded(): readonly number[] | null {
    return this.rare === null ? null : this.rare.excluded;
  }

  set excluded(excluded: readonly number[] | null) {
    if (excluded !== null || this.rare !== null) this.ensureRare.excluded = excluded;
  }

  get preferred(): readonly number[] | null {
    return this.rare === null ? null : this.rare.preferred;
  }

  set preferred(preferred: readonly number[] | null) {
    if (preferred !== null || this.rare !== null) this.ensureRare.preferred = preferred;
  }

  get affinityKey(): string | undefined {
    return this.rare === null ? undefined : this.rare.affinityKey;
  }

  set affinityKey(affinityKey: string | undefined) {
    if (affinityKey !== undefined || this.rare !== null) this.ensureRare.affinityKey = affinityKey;
  }

  /** What its last attempt failed with, if that was not its end: the cause of whatever ends it later. */
  get lastError(): unknown {
    return this.rare === null ? undefined : this.rare.lastError;
  }

  set lastError(error: unknown) {
    if (error !== undefined || this.rare !== null) this.ensureRare.lastError = error;
  }

  /** What its start takes of a component's rate limit. */
  get cost(): number {
    return this.rare === null ? 1 : this.rare.cost;
  }

  set cost(cost: number) {
    if (cost !== 1 || this.rare !== null) this.ensureRare.cost = cost;
  }

  /** The failover that it is part of. */
  get failover(): Failover | null {
    return this.rare === null ? null : this.rare.failover;
  }

  set failover(failover: Failover | null) {
    if (failover !== null || this.rare !== null) this.ensureRare.failover = failover;
  }

  get retries(): number {
    return this.rare === null ? 0 : this.rare.retries;
  }

  set retries(retries: number) {
    if (retries !== 0 || this.rare !== null) this.ensureRare.retries = retries;
  }

  /** Attempts of it that a provider refused. */
  get refusals(): number {
    return this.rare === null ? 0 : this.rare.refusals;
  }

  set refusals(refusals: number) {
    if (refusals !== 0 || this.rare !== null) this.ensureRare.refusals = refusals;
  }

  get reroutes(): number {
    return this.rare === null ? 0 : this.rare.reroutes;
  }

  set reroutes(reroutes: number) {
    if (reroutes !== 0 || this.rare !== null) this.ensureRare.reroutes = reroutes;
  }

  /** Later jobs that were served while this one waited for resources. */
  get overtakes(): number {
    return this.rare === null ? 0 : this.rare.overtakes;
  }

  set overtakes(passed: number) {
    if (passed !== 0 || this.rare !== null) this.ensureRare.overtakes = passed;
  }

  /** Re-routed work is exempt from shedding, eviction and the queue bound. */
  get exempt(): boolean {
    return this.rare === null ? false : this.rare.exempt;
  }

  set exempt(exempt: boolean) {
    if (exempt || this.rare !== null) this.ensureRare.exempt = exempt;
  }

  /** Component whose failure is being retried, or -1. */
  get lastFailed(): number {
    return this.rare === null ? -1 : this.rare.lastFailed;
  }

  set lastFailed(component: number) {
    if (component >= 0 || this.rare !== null) this.ensureRare.lastFailed = component;
  }

  /** Where it failed, once for each component; null: nowhere. */
  get blames(): Blame[] | null {
    return this.rare === null ? null : this.rare.blames;
  }

  set blames(blames: Blame[] | null) {
    this.ensureRare.blames = blames;
  }

  /** A running handler has submitted it. */
  get nested(): boolean {
    return this.rare === null ? false : this.rare.nested;
  }

  set nested(nested: boolean) {
    if (nested || this.rare !== null) this.ensureRare.nested = nested;
  }

  /** The mark of that handler, where it has one. */
  get submitter(): HandlerMark | null {
    return this.rare === null ? null : this.rare.submitter;
  }

  set submitter(submitter: HandlerMark | null) {
    if (submitter !== null || this.rare !== null) this.ensureRare.submitter = submitter;
  }

  /** It waits in the queue, and counts among those that its submitter waits for. */
  get isAwaited(): boolean {
    return this.rare === null ? false : this.rare.isAwaited;
  }

  set isAwaited(isAwaited: boolean) {
    if (isAwaited || this.rare !== null) this.ensureRare.isAwaited = isAwaited;
  }

  /** It has left the queue. */
  waitsNoLonger(): void {
    if (this.submitter === null || !this.isAwaited) return;
    this.isAwaited = false;
    this.submitter.waiting--;
  }

  /** Where the queue is full it waits for its place rather than be refused. */
  get patient(): boolean {
    return this.rare === null ? false : this.rare.patient;
  }

  set patient(patient: boolean) {
    if (patient || this.rare !== null) this.ensureRare.patient = patient;
  }

  /** It was admitted although its type seemed to take too long: should it be done, that was wrong. */
  get letThrough(): boolean {
    return this.rare === null ? false : this.rare.letThrough;
  }

  set letThrough(letThrough: boolean) {
    if (letThrough || this.rare !== null) this.ensureRare.letThrough = letThrough;
  }

  /** An attempt has begun, and nobody knows that nothing came of it. */
  get mayHaveRun(): boolean {
    return this.rare === null ? false : this.rare.mayHaveRun;
  }

  set mayHaveRun(mayHaveRun: boolean) {
    if (mayHaveRun || this.rare !== null) this.ensureRare.mayHaveRun = mayHaveRun;
  }

  /** When it came back into the queue, by a retry or a failover; -1 when it has not. */
  get requeuedAt(): number {
    return this.rare === null ? -1 : this.rare.requeuedAt;
  }

  set requeuedAt(t: number) {
    this.ensureRare.requeuedAt = t;
  }
}
