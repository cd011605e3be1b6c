import type { FactReceiver } from '../domain/events.ts';
import type { WorkloadRequest } from '../domain/request.ts';
import type { Demand } from '../fleet/resource-usage.ts';
import { Timed } from '../lib/timer.ts';

/** One failover: the jobs of a failed component that have not settled yet. */
export interface Failover {
  readonly componentId: string;
  readonly startedAt: number;
  unsettled: number;
}

/** What few jobs have: in every one of them it would be 120 B of each that waits. */
class Extras {
  metadata: WorkloadRequest['metadata'] = undefined;
  demand: Demand | null = null;
  excluded: readonly number[] | null = null;
  preferred: readonly number[] | null = null;
  affinityKey: string | undefined = undefined;
  replyTo: FactReceiver | undefined = undefined;
  failover: Failover | null = null;
  retries = 0;
  reroutes = 0;
  passed = 0;
  exempt = false;
  lastFailed = -1;
  /** -1: it has not come back. */
  backSince = -1;
}

/** A job with what few have; made when it is set to anything but nothing. */
export abstract class WithExtras extends Timed {
  protected extras: Extras | null = null;

  private get rare(): Extras {
    this.extras ??= new Extras();
    return this.extras;
  }

  get metadata(): WorkloadRequest['metadata'] {
    return this.extras === null ? undefined : this.extras.metadata;
  }

  set metadata(metadata: WorkloadRequest['metadata']) {
    if (metadata !== undefined || this.extras !== null) this.rare.metadata = metadata;
  }

  get demand(): Demand | null {
    return this.extras === null ? null : this.extras.demand;
  }

  set demand(demand: Demand | null) {
    if (demand !== null || this.extras !== null) this.rare.demand = demand;
  }

  /** Component indices that must not be used; null: none. */
  get excluded(): readonly number[] | null {
    return this.extras === null ? null : this.extras.excluded;
  }

  set excluded(excluded: readonly number[] | null) {
    if (excluded !== null || this.extras !== null) this.rare.excluded = excluded;
  }

  get preferred(): readonly number[] | null {
    return this.extras === null ? null : this.extras.preferred;
  }

  set preferred(preferred: readonly number[] | null) {
    if (preferred !== null || this.extras !== null) this.rare.preferred = preferred;
  }

  get affinityKey(): string | undefined {
    return this.extras === null ? undefined : this.extras.affinityKey;
  }

  set affinityKey(affinityKey: string | undefined) {
    if (affinityKey !== undefined || this.extras !== null) this.rare.affinityKey = affinityKey;
  }

  get replyTo(): FactReceiver | undefined {
    return this.extras === null ? undefined : this.extras.replyTo;
  }

  set replyTo(replyTo: FactReceiver | undefined) {
    if (replyTo !== undefined || this.extras !== null) this.rare.replyTo = replyTo;
  }

  /** The failover that it is part of. */
  get failover(): Failover | null {
    return this.extras === null ? null : this.extras.failover;
  }

  set failover(failover: Failover | null) {
    if (failover !== null || this.extras !== null) this.rare.failover = failover;
  }

  get retries(): number {
    return this.extras === null ? 0 : this.extras.retries;
  }

  set retries(retries: number) {
    if (retries !== 0 || this.extras !== null) this.rare.retries = retries;
  }

  get reroutes(): number {
    return this.extras === null ? 0 : this.extras.reroutes;
  }

  set reroutes(reroutes: number) {
    if (reroutes !== 0 || this.extras !== null) this.rare.reroutes = reroutes;
  }

  /** Later jobs that were served while this one waited for resources. */
  get passed(): number {
    return this.extras === null ? 0 : this.extras.passed;
  }

  set passed(passed: number) {
    if (passed !== 0 || this.extras !== null) this.rare.passed = passed;
  }

  /** Re-routed work is exempt from shedding, eviction and the queue bound. */
  get exempt(): boolean {
    return this.extras === null ? false : this.extras.exempt;
  }

  set exempt(exempt: boolean) {
    if (exempt || this.extras !== null) this.rare.exempt = exempt;
  }

  /** Component whose failure is being retried, or -1. */
  get lastFailed(): number {
    return this.extras === null ? -1 : this.extras.lastFailed;
  }

  set lastFailed(component: number) {
    if (component >= 0 || this.extras !== null) this.rare.lastFailed = component;
  }

  /** When it came back into the queue, by a retry or a failover; -1 when it has not. */
  get backSince(): number {
    return this.extras === null ? -1 : this.extras.backSince;
  }

  set backSince(t: number) {
    this.rare.backSince = t;
  }
}
