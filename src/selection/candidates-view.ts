import { type Priority, priorityOf } from '../domain/priority.ts';
import type { ResourceShares } from '../domain/workload.ts';
import type { FleetView } from '../fleet/fleet-view.ts';
import type { Demand } from '../fleet/resource-usage.ts';
import type { FleetCandidates, SelectionRequest } from './built-in-policy.ts';
import { mayWaitFor } from './eligibility-rules.ts';
import type { Candidates, RequestView } from './policy.ts';

/** Classes up to here (CRITICAL, HIGH) count a component's priority multiplier. */
const LAST_IMPORTANT_CLASS = 1;

/**
 * The candidates as a user's policy may see them: answers only, and none of the tables that they come from. One object for
 * all picks from a list; between picks there are no candidates.
 */
export class CandidatesView implements Candidates {
  readonly #source: FleetCandidates;
  readonly #fleet: FleetView;
  #request: SelectionRequest | null = null;

  constructor(source: FleetCandidates) {
    this.#source = source;
    this.#fleet = source.fleet;
    Object.freeze(this);
  }

  /** Shows the candidates for a request; null: none. @returns the request before. */
  static show(view: CandidatesView, request: SelectionRequest | null): SelectionRequest | null {
    const before = view.#request;
    view.#request = request;
    return before;
  }

  get count(): number {
    return this.#request === null ? 0 : this.#source.count;
  }

  get now(): number {
    return this.#source.now;
  }

  get full(): number {
    const request = this.#request;
    if (request === null || this.#source.sampled || this.#source.restricted) return 0;
    let full = 0;
    for (const i of this.#source.route.members) if (mayWaitFor(i, request, this.#source)) full++;
    return full;
  }

  get waiting(): number {
    return this.#source.waiting;
  }

  get sampled(): boolean {
    return this.#source.sampled;
  }

  id(k: number): string {
    return this.#fleet.components.ids[this.#at(k)]!;
  }

  slotsTaken(k: number): number {
    return this.#fleet.components.taken[this.#at(k)]!;
  }

  slots(k: number): number {
    return this.#fleet.components.slots[this.#at(k)]!;
  }

  weight(k: number): number {
    const i = this.#at(k);
    const { weight, priorityMultiplier } = this.#fleet.components;
    // without the ramp: slow start has a warming component among the candidates only as often as it may be picked
    return this.#request!.cls <= LAST_IMPORTANT_CLASS ? weight[i]! * priorityMultiplier[i]! : weight[i]!;
  }

  meanMs(k: number): number {
    return this.#fleet.performance.meanResponseMs(this.#at(k));
  }

  successRate(k: number): number {
    return this.#fleet.performance.successRate(this.#at(k));
  }

  expectedCost(k: number): number {
    const i = this.#at(k);
    const { components, performance } = this.#fleet;
    const share = (components.taken[i]! + 1) / components.slots[i]!;
    return performance.attemptCost(i, this.#source.now) * Math.max(1, share);
  }

  /** The component at a position. */
  #at(k: number): number {
    const { count } = this;
    if (!(Number.isInteger(k) && k >= 0 && k < count)) {
      throw new RangeError(
        count === 0 ? 'candidates are valid while select runs only' : `expected a position below ${count}, got ${k}`,
      );
    }
    return this.#source.list[k]!;
  }
}

/** A request as a user's policy may see it; between picks there is none, and it reads like one that says nothing. */
export class SelectionRequestView implements RequestView {
  #request: SelectionRequest | null = null;

  constructor() {
    Object.freeze(this);
  }

  /** @returns the request before. */
  static show(view: SelectionRequestView, request: SelectionRequest | null): SelectionRequest | null {
    const before = view.#request;
    view.#request = request;
    return before;
  }

  get type(): string {
    return this.#request?.type ?? '';
  }

  get priority(): Priority {
    return priorityOf(this.#request?.cls ?? 2);
  }

  get resources(): ResourceShares | undefined {
    const demand = this.#request?.demand ?? null;
    return demand === null ? undefined : sharesOf(demand);
  }

  get affinityKey(): string | undefined {
    return this.#request?.affinityKey;
  }

  get idempotent(): boolean {
    return this.#request?.idempotent ?? true;
  }
}

/** A demand by the names of the resources. */
function sharesOf(demand: Demand): ResourceShares {
  const [cpu, memory, network, storage] = demand;
  return { cpu, memory, network, storage };
}
