import { CLASS_COUNT } from '../domain/priority.ts';
import type { Route } from '../fleet/route.ts';
import type { Job } from '../requests/job.ts';
import { CONGESTION_INTERVAL_MS, CoDel } from './codel.ts';
import { PartitionQueue } from './partition-queue.ts';

/** With `agingMs: null` classes are strict: one class outweighs any wait (31,000 years). */
const STRICT = 1e15;

const mayBeEvicted = ({ attempts, exempt }: Job): boolean => attempts === 0 && !exempt;

/** The queue of one (class, route). */
export class Partition {
  readonly cls: number;
  readonly route: Route;
  readonly jobs = new PartitionQueue<Job>();
  /** Heads that wait for something of their own (resources, an exclusion) and let others pass; oldest first. */
  readonly parked: Job[] = [];
  readonly delay = new CoDel();
  /** Place in the list of partitions with work; -1 when it has none. */
  place = -1;
  /** The dispatch pass in which no component was found for its head. */
  blockedIn = -1;

  constructor(cls: number, route: Route) {
    this.cls = cls;
    this.route = route;
  }

  get size(): number {
    return this.jobs.size + this.parked.length;
  }

  /** Who is evicted first: the newest that was never started, one that is parked only where all are; null: nobody may be. */
  newest(): Job | null {
    const { parked } = this;
    const queued = this.jobs.newest();
    if (queued !== null && !queued.exempt) return queued;
    for (let k = parked.length - 1; k >= 0; k--) {
      const job = parked[k]!;
      if (mayBeEvicted(job)) return job;
    }
    return this.jobs.newestReturned(mayBeEvicted);
  }

  /** Who is served first: the oldest of the parked and the queued. */
  oldest(): number {
    const head = this.jobs.head();
    const parked = this.parked[0];
    if (parked === undefined) return head === null ? Number.POSITIVE_INFINITY : head.enqueuedAt;
    return head === null || parked.enqueuedAt < head.enqueuedAt ? parked.enqueuedAt : head.enqueuedAt;
  }
}

/** All queued work, by class and route. */
export class WorkQueue {
  size = 0;
  readonly byClass = new Int32Array(CLASS_COUNT);
  /**
   * Partitions with work, in no order but that the first {@link awake} have a route where somebody may be free. Those are few,
   * so that the most urgent is found by a scan; the others, however many wait behind full components, cost nothing.
   */
  private readonly busy: Partition[] = [];
  private awake = 0;
  private readonly partitions = new Map<Route, (Partition | undefined)[]>();
  /** The route asked for last and its partitions: as a rule the next request is of the same one. */
  private lastRoute: Route | null = null;
  private lastClasses: (Partition | undefined)[] = [];
  agingMs: number | null;
  /** Until when some route has important work in congestion, ms. */
  private strictUntil = Number.NEGATIVE_INFINITY;

  constructor(agingMs: number | null) {
    this.agingMs = agingMs;
  }

  partitionOf(route: Route, cls: number): Partition {
    const classes = this.classesOf(route);
    let partition = classes[cls];
    if (partition === undefined) {
      partition = new Partition(cls, route);
      classes[cls] = partition;
    }
    return partition;
  }

  /** New work, younger than everything in its partition. */
  push(job: Job): Partition {
    const partition = this.enter(job);
    // a new head, which the pass that found the partition blocked has not seen
    if (partition.jobs.size === 0) partition.blockedIn = -1;
    partition.jobs.pushNewest(job);
    return partition;
  }

  /** Work that returns with its original enqueue time. */
  pushBack(job: Job): Partition {
    const partition = this.enter(job);
    partition.jobs.pushReturned(job);
    return partition;
  }

  remove(job: Job): void {
    const partition = job.partition;
    if (partition === null) return;
    const at = partition.parked.length === 0 ? -1 : partition.parked.indexOf(job);
    if (at >= 0) partition.parked.splice(at, 1);
    else partition.jobs.remove(job);
    job.partition = null;
    this.size--;
    this.byClass[partition.cls]!--;
    partition.route.queued--;
    if (partition.size === 0) this.idle(partition);
  }

  /** Parks the head, which waits for something that the work behind it does not need. */
  park(partition: Partition, job: Job): void {
    partition.jobs.remove(job);
    partition.parked.push(job);
  }

  /**
   * Work of a class waits in congestion: for a while age does not count on its route, so that less important work comes
   * behind it however old. (Simulated: LOW work without a deadline that has aged costs CRITICAL work with deadlines 22 to 50 %
   * at the limit.)
   */
  congested({ route, cls }: Partition, t: number): void {
    if (t >= route.congestedUntil || cls < route.congestedClass) route.congestedClass = cls;
    if (cls > route.congestedClass) return;
    route.congestedUntil = t + CONGESTION_INTERVAL_MS;
    this.strictUntil = route.congestedUntil;
  }

  /** The partition whose oldest job is due first, among those not yet found blocked in this pass. */
  next(pass: number, t: number): Partition | undefined {
    let best: Partition | undefined;
    let bestKey = Number.POSITIVE_INFINITY;
    const aging = this.agingMs ?? STRICT;
    for (let k = 0; k < this.awake; k++) {
      const partition = this.busy[k]!;
      if (partition.blockedIn === pass) continue;
      let key = partition.cls * aging + partition.oldest();
      if (t < this.strictUntil && comesBehind(partition, t)) key += partition.cls * STRICT;
      if (key < bestKey) {
        bestKey = key;
        best = partition;
      }
    }
    return best;
  }

  /** Nobody is free on its route: it is not looked at again until that is woken. */
  sleep(partition: Partition): void {
    if (partition.place < 0 || partition.place >= this.awake) return;
    partition.route.sleeping++;
    this.swap(partition.place, --this.awake);
  }

  /** Somebody has become free on a route, or wants a probe. */
  wake(route: Route): void {
    if (route.sleeping === 0) return;
    route.sleeping = 0;
    for (const partition of this.classesOf(route)) {
      if (partition !== undefined && partition.place >= this.awake) this.swap(partition.place, this.awake++);
    }
  }

  /** After a change of membership. */
  wakeAll(): void {
    for (const { route } of this.busy) route.sleeping = 0;
    this.awake = this.busy.length;
  }

  private swap(a: number, b: number): void {
    const one = this.busy[a]!;
    const other = this.busy[b]!;
    this.busy[a] = other;
    this.busy[b] = one;
    other.place = a;
    one.place = b;
  }

  /** Jobs that a newcomer of this class would wait for on this route. */
  ahead(route: Route, cls: number): number {
    const classes = this.classesOf(route);
    let n = 0;
    for (let c = 0; c <= cls; c++) n += classes[c]?.size ?? 0;
    return n;
  }

  /** Newest never-started job of the lowest class below `cls`; of one route, or of all. */
  evictable(cls: number, route: Route | undefined): Job | undefined {
    return this.newest((partition) => partition.cls > cls && (route === undefined || partition.route === route));
  }

  /** The same of class `cls` or lower, of the route that holds the most, where that is more than `share`. */
  evictableOverShare(cls: number, share: number): Job | undefined {
    let most = share;
    for (const { route } of this.busy) if (route.queued > most) most = route.queued;
    return most > share
      ? this.newest((partition) => partition.cls >= cls && partition.route.queued === most)
      : undefined;
  }

  private newest(mayGo: (partition: Partition) => boolean): Job | undefined {
    let victim: Job | undefined;
    for (const partition of this.busy) {
      if (!mayGo(partition)) continue;
      const candidate = partition.newest();
      if (candidate === null) continue;
      const lower = victim === undefined || candidate.cls > victim.cls;
      if (lower || (candidate.cls === victim?.cls && candidate.seq > victim.seq)) victim = candidate;
    }
    return victim;
  }

  busyPartitions(): readonly Partition[] {
    return this.busy;
  }

  /** Drops the partitions of routes that do not exist any more; no job waits there. */
  forgetAllBut(routes: ReadonlySet<Route>): void {
    for (const route of this.partitions.keys()) if (!routes.has(route)) this.partitions.delete(route);
    this.lastRoute = null;
  }

  private classesOf(route: Route): (Partition | undefined)[] {
    if (route === this.lastRoute) return this.lastClasses;
    let classes = this.partitions.get(route);
    if (classes === undefined) {
      classes = [];
      this.partitions.set(route, classes);
    }
    this.lastRoute = route;
    this.lastClasses = classes;
    return classes;
  }

  private enter(job: Job): Partition {
    const partition = this.partitionOf(job.workload.route, job.cls);
    job.partition = partition;
    this.size++;
    this.byClass[job.cls]!++;
    partition.route.queued++;
    if (partition.place < 0) {
      partition.place = this.busy.length;
      this.busy.push(partition);
      this.swap(partition.place, this.awake++);
    }
    return partition;
  }

  private idle(partition: Partition): void {
    if (partition.place < this.awake) this.swap(partition.place, --this.awake);
    else partition.route.sleeping--;
    this.swap(partition.place, this.busy.length - 1);
    this.busy.pop();
    partition.place = -1;
  }
}

const comesBehind = ({ cls, route }: Partition, t: number): boolean =>
  t < route.congestedUntil && cls > route.congestedClass;
