import type { ResolvedComponent } from '../domain/component.ts';
import { ComponentColumns } from './component-columns.ts';
import { Band, type BandThresholds } from './load-bands.ts';

/** Whether and how a component takes work, as a number that the per-request path can compare. */
export const ServingState = { absent: 0, operational: 1, probing: 2, isolated: 3, draining: 4, drained: 5 } as const;
export type ServingState = (typeof ServingState)[keyof typeof ServingState];

/**
 * What an operational component takes after a refusal: `open` as much as it has slots for, `resting` nothing, `reopening` one
 * call, and while that runs (`trying`) nothing.
 */
export const RestState = { open: 0, resting: 1, reopening: 2, trying: 3 } as const;
export type RestState = (typeof RestState)[keyof typeof RestState];

/** Told when a component starts or stops having a free slot. */
export interface FreeSlotListener {
  onFreeChanged(index: number, open: boolean): void;
  /** It wants a request as a probe. */
  onProbeWanted?(index: number): void;
}

/** Slots and serving state of every component, and the sums that depend on them. */
export class ComponentTable extends ComponentColumns {
  /** One past the highest index in use. */
  high = 0;
  /** Components present. */
  count = 0;
  slotsTaken = 0;
  /** Components with a free slot. At 0 no pick is tried. */
  freeCount = 0;
  /** Configured slots of operational components. */
  operationalSlots = 0;
  /** Configured slots of components that are not in maintenance. */
  countedSlots = 0;
  /** How many components are in each {@link ServingState}, which is the index. */
  readonly countByServingState = new Int32Array(6);
  /** Components whose band is overloaded. At 0 the rule that avoids them is skipped. */
  overloaded = 0;
  /** Another number whenever some component's standing has changed, or the members of some route. */
  version = 0;
  /** Components that rest, or have not fully reopened. */
  restCount = 0;
  /** Components that are avoided. */
  avoidedCount = 0;
  /** Components of which what they do may not run twice. At 0 no request is asked whether it may have run. */
  runsOnceCount = 0;

  readonly ids: string[] = [];
  private readonly indexById = new Map<string, number>();
  private readonly vacant: number[] = [];
  private readonly freeSlotListener: FreeSlotListener;

  /** Indices of probing components that wait for a request as their probe. */
  readonly awaitingProbe: number[] = [];
  /** Those whose ramp is below 1. */
  readonly warming: number[] = [];
  constructor(openListener: FreeSlotListener, thresholds: BandThresholds) {
    super(thresholds);
    this.freeSlotListener = openListener;
  }

  get awaitingProbeCount(): number {
    return this.awaitingProbe.length;
  }

  indexOf(id: string): number {
    return this.indexById.get(id) ?? -1;
  }

  add(spec: ResolvedComponent): number {
    const i = this.vacant.pop() ?? this.high++;
    if (i >= this.free.length) this.grow();
    this.ids[i] = spec.id;
    this.indexById.set(spec.id, i);
    this.count++;
    this.servingState[i] = ServingState.absent;
    this.taken[i] = 0;
    this.capacity[i] = spec.maxConcurrentTasks;
    this.setBand(i, Band.available);
    this.limit[i] = spec.maxConcurrentTasks;
    this.weight[i] = spec.weight;
    this.noteRamp(i, 1);
    this.priorityMultiplier[i] = spec.priorityMultiplier;
    this.weigh(i);
    this.ejected[i] = 0;
    this.avoided[i] = 0;
    this.idempotentAt[i] = Number.NEGATIVE_INFINITY;
    this.setRunsOnce(i, !spec.idempotent);
    this.awaitsProbe[i] = 0;
    this.restsUntil[i] = 0;
    this.slots[i] = spec.maxConcurrentTasks;
    this.free[i] = 0;
    return i;
  }

  remove(i: number): void {
    this.setServingState(i, ServingState.absent);
    this.setRestState(i, RestState.open);
    this.setAwaitsProbe(i, false);
    this.setAvoided(i, false);
    this.setRunsOnce(i, false);
    this.noteRamp(i, 1);
    this.setBand(i, Band.available);
    this.indexById.delete(this.ids[i]!);
    this.ids[i] = '';
    this.count--;
    this.vacant.push(i);
  }

  /** Until then, and once it has left, a component runs things twice. */
  setRunsOnce(i: number, once: boolean): void {
    this.runsOnceCount += Number(once) - this.runsOnce[i]!;
    this.runsOnce[i] = Number(once);
  }

  take(i: number): void {
    this.slotsTaken++;
    this.taken[i]!++;
    if (--this.free[i]! === 0) this.freeChanged(i, false);
  }

  release(i: number): void {
    this.slotsTaken--;
    this.taken[i]!--;
    // a closed component's `free` starts at -taken, so releases never bring it above 0
    if (++this.free[i]! === 1) this.freeChanged(i, true);
  }

  setServingState(i: number, servingState: ServingState, now = 0): void {
    this.countSlots(i, -1);
    if (this.servingState[i] !== servingState) this.version++;
    this.servingState[i] = servingState;
    this.countSlots(i, 1);
    this.servingStateSince[i] = now;
    // a component that has left must not count as ejected: the number of those bounds how many more may be ejected
    if (servingState === ServingState.operational || servingState === ServingState.absent) this.ejected[i] = 0;
    // nor is it avoided any more, and the trial that it waited for is off
    else if (this.avoided[i] === 1) {
      this.setAvoided(i, false);
      this.setAwaitsProbe(i, false);
    }
    this.refresh(i);
  }

  /** Changes the configured maximum; what runs above a lowered one finishes. */
  setCapacity(i: number, capacity: number): void {
    this.countSlots(i, -1);
    this.capacity[i] = capacity;
    this.limit[i] = capacity;
    this.edges.set(i, this.band[i]!, capacity);
    this.countSlots(i, 1);
    this.refresh(i);
  }

  setBand(i: number, band: Band): void {
    if (this.band[i] === Band.overloaded) this.overloaded--;
    if (band === Band.overloaded) this.overloaded++;
    this.band[i] = band;
    this.edges.set(i, band, this.capacity[i]!);
  }

  setThresholds(thresholds: BandThresholds): void {
    this.edges.at = thresholds;
    for (let i = 0; i < this.high; i++) this.edges.set(i, this.band[i]!, this.capacity[i]!);
  }

  /** Above 0. */
  setWeight(i: number, weight: number): void {
    this.weight[i] = weight;
    this.weigh(i);
  }

  /** Slow start: 0.1 to 1. */
  setRamp(i: number, ramp: number): void {
    this.noteRamp(i, ramp);
    this.refresh(i);
  }

  private noteRamp(i: number, ramp: number): void {
    const at = this.warming.indexOf(i);
    if (ramp < 1 && at < 0) this.warming.push(i);
    if (ramp >= 1 && at >= 0) this.warming.splice(at, 1);
    this.ramp[i] = ramp;
  }

  /** Adaptive limit, at least 1; the capacity bounds it. */
  setLimit(i: number, limit: number): void {
    this.limit[i] = limit;
    this.refresh(i);
  }

  setRestState(i: number, rest: RestState): void {
    if (this.restState[i] === rest) return;
    this.restCount += Number(rest !== RestState.open) - Number(this.restState[i] !== RestState.open);
    this.restState[i] = rest;
    this.refresh(i);
  }

  setAvoided(i: number, avoided: boolean): void {
    if ((this.avoided[i] === 1) === avoided) return;
    this.avoided[i] = avoided ? 1 : 0;
    this.avoidedCount += avoided ? 1 : -1;
  }

  setAwaitsProbe(i: number, wanted: boolean): void {
    if ((this.awaitsProbe[i] === 1) === wanted) return;
    this.awaitsProbe[i] = wanted ? 1 : 0;
    if (wanted) {
      this.awaitingProbe.push(i);
      this.freeSlotListener.onProbeWanted?.(i);
    } else this.awaitingProbe.splice(this.awaitingProbe.indexOf(i), 1);
  }

  /** weight · ramp (· multiplier for CRITICAL and HIGH work). */
  effectiveWeight(i: number, important: boolean): number {
    const w = this.weight[i]! * this.ramp[i]!;
    return important ? w * this.priorityMultiplier[i]! : w;
  }

  private weigh(i: number): void {
    const max = Math.min(this.capacity[i]!, this.limit[i]!);
    // without the ramp: the share of a warming component is seen to where candidates are found
    this.effectiveCapacity[i << 1] = max * this.weight[i]!;
    this.effectiveCapacity[(i << 1) | 1] = max * this.weight[i]! * this.priorityMultiplier[i]!;
  }

  private countSlots(i: number, sign: 1 | -1): void {
    const servingState = this.servingState[i]!;
    if (servingState === ServingState.absent) return;
    const slots = sign * this.capacity[i]!;
    this.countByServingState[servingState]! += sign;
    if (servingState === ServingState.draining || servingState === ServingState.drained) return;
    this.countedSlots += slots;
    if (servingState === ServingState.operational) this.operationalSlots += slots;
  }

  /** Recomputes slots and free; tells the listener when the component gets its first free slot or loses its last. */
  private refresh(i: number): void {
    const wasOpen = this.free[i]! > 0;
    const max = Math.min(this.capacity[i]!, this.limit[i]!);
    const servingState = this.servingState[i]!;
    this.weigh(i);
    let open = 0;
    if (servingState === ServingState.operational) {
      open = this.slots[i] = Math.max(1, Math.ceil(max * this.ramp[i]! - 1e-9));
    } else this.slots[i] = max;
    if (this.restCount > 0) open = this.openAtRest(i, open);
    this.free[i] = open - this.taken[i]!;
    const isOpen = this.free[i]! > 0;
    if (isOpen !== wasOpen) this.freeChanged(i, isOpen);
  }

  /** Slots that a component has open by whether it rests; one more than are taken where it wants a call to try. */
  private openAtRest(i: number, open: number): number {
    const rest = this.restState[i];
    if (rest === RestState.open) return open;
    return rest === RestState.reopening ? Math.min(open, this.taken[i]! + 1) : 0;
  }

  private freeChanged(i: number, open: boolean): void {
    this.freeCount += open ? 1 : -1;
    this.freeSlotListener.onFreeChanged(i, open);
  }
}
