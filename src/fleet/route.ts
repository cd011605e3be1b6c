import type { Random } from '../domain/ports.ts';
import { CLASS_COUNT } from '../domain/priority.ts';
import { BitTree } from '../lib/bit-tree.ts';
import { LastingDelay } from '../lib/lasting-delay.ts';
import { growInts } from '../lib/typed-arrays.ts';
import type { ComponentTable } from './component-table.ts';
import { RouteHealth } from './route-health.ts';
import { WorkloadStats } from './workload-stats.ts';

/** Routes with more members than this are not scanned: an index of the open ones is kept. */
export const SCAN_LIMIT = 64;

/**
 * The set of components that serve the same workload types, in shuffled order: a newcomer is put at a random place, so
 * that a ring over the members is a uniformly random one and a failed member's share does not land on one successor.
 */
export class Route {
  readonly id: number;
  /** Component indices; shuffled. */
  readonly members: number[] = [];
  /** One more than the place of each member, by component index; 0: no member. Asked at every pick. */
  private place = new Int32Array(8);
  /** Open members by place; kept only above {@link SCAN_LIMIT} members. */
  withFreeSlot: BitTree | null = null;
  /** Members with a free slot; kept so that a pick from a route where all have one need not look at each. */
  freeCount = 0;
  /** Members that are members of another route as well: work that fills one of them takes its slots from that route. */
  sharedMembers = 0;
  /** The types that lead here. */
  readonly workloads = new Set<Workload>();
  /** What policies remember of this route, by policy. */
  readonly memories = new Map<object, unknown>();
  /** The policy that asked last, and its memory: as a rule there is one, and the map is not needed. */
  memoryOwner: object | null = null;
  memory: unknown = undefined;
  /** How its members do its work: what outliers are judged by. */
  readonly health = new RouteHealth();
  /** Jobs queued on it, all classes. */
  queued = 0;
  /** Its partitions of the queue that are not looked at, since nobody is free here; kept by the queue. */
  sleeping = 0;
  /** Open jobs of it, in whatever state. */
  openJobs = 0;
  /** Jobs per ms that it finishes, and when that was computed; kept by admission. */
  drainPerMs = 0;
  drainAt = Number.NEGATIVE_INFINITY;
  /** When work of it was last seen, ms since the balancer's time 0. */
  lastWork = Number.NEGATIVE_INFINITY;
  /** Mean load of the last half minute, and when it was last looked at; kept for the alerts about load. */
  readonly sustained = { load: 0, at: Number.NEGATIVE_INFINITY };
  /** Grows with each change of members, so that whoever keeps something derived from them can tell. */
  version = 0;
  /** Of the classes that give way when overload lasts (`shedding.priorities`). */
  readonly lasting = new LastingDelay();
  /** The most important class whose work waits in congestion, and until when that is taken for true, ms. */
  congestedClass = 0;
  congestedUntil = Number.NEGATIVE_INFINITY;
  /** The high-water mark was passed and the low one not yet. */
  aboveHighWatermark = false;

  constructor(id: number) {
    this.id = id;
  }

  add(i: number, table: ComponentTable, random: Random): void {
    this.version++;
    this.health.clear(i);
    const at = Math.floor(random() * (this.members.length + 1));
    const displaced = this.members[at];
    if (displaced !== undefined) this.put(displaced, this.members.length, table);
    this.put(i, at, table);
    if (table.free[i]! > 0) this.freeCount++;
    if (this.withFreeSlot === null && this.members.length > SCAN_LIMIT) {
      this.withFreeSlot = new BitTree(this.members.length);
      for (const [k, member] of this.members.entries()) this.withFreeSlot.set(k, table.free[member]! > 0);
    }
  }

  remove(i: number, table: ComponentTable): void {
    const at = this.placeOf(i);
    if (at < 0) return;
    this.version++;
    this.health.clear(i);
    this.place[i] = 0;
    if (table.free[i]! > 0) this.freeCount--;
    const last = this.members.pop()!;
    this.withFreeSlot?.set(this.members.length, false);
    if (last !== i) this.put(last, at, table);
    if (this.members.length <= SCAN_LIMIT) this.withFreeSlot = null;
  }

  has(i: number): boolean {
    return this.placeOf(i) >= 0;
  }

  onFreeChanged(i: number, open: boolean): void {
    const at = this.placeOf(i);
    if (at < 0) return;
    this.freeCount += open ? 1 : -1;
    this.withFreeSlot?.set(at, open);
  }

  /** -1: no member. */
  private placeOf(i: number): number {
    return i >= 0 && i < this.place.length ? this.place[i]! - 1 : -1;
  }

  private put(i: number, at: number, table: ComponentTable): void {
    this.members[at] = i;
    if (i >= this.place.length) this.place = growInts(this.place, 2 ** Math.ceil(Math.log2(i + 1)));
    this.place[i] = at + 1;
    this.withFreeSlot?.set(at, table.free[i]! > 0);
  }
}

/** A workload type as the per-request path knows it: its route and how long its work takes. */
export class Workload {
  readonly name: string;
  route: Route;
  /** Zobrist hash of the members of its route: two types with the same set of components share a route. */
  hashHigh = 0;
  hashLow = 0;
  readonly stats = new WorkloadStats();
  /** Requests submitted, by class. */
  readonly submitted: Float64Array;

  /** @param submitted where its requests are counted, if with those of others. */
  constructor(name: string, route: Route, submitted: Float64Array = new Float64Array(CLASS_COUNT)) {
    this.name = name;
    this.route = route;
    this.submitted = submitted;
  }

  get hash(): number {
    return (this.hashHigh >>> 0) * 2 ** 20 + (this.hashLow >>> 12);
  }
}
