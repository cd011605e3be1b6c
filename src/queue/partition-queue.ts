/** What a job carries for the queue. `T` is the job's own class: `class Job implements QueueNode<Job>`. */
export interface QueueNode<T> {
  /** Epoch ms of the *first* time it was queued: a retry and re-routed work keep it. */
  readonly enqueuedAt: number;
  /** Order of submission; decides between equal times. */
  seq: number;
  queueNext: T | null;
  queuePrev: T | null;
  /** The queue's: `NOT_QUEUED` (−1, to start with), `IN_LIST` (−2), or the position in the heap (≥ 0). */
  queueIndex: number;
}

export const NOT_QUEUED = -1;
const IN_LIST = -2;

/**
 * The queue of one (class, route), oldest first. New work arrives in the order of time, so that a linked list keeps it
 * sorted for nothing. Work that returns (a retry, a failover) has its original time and belongs in the middle: it
 * goes into a heap beside the list, small because only what failed is in it. The head is the older of the two heads.
 *
 * A node must be in one queue at a time. Removing it from a queue that it is not in corrupts both.
 */
export class PartitionQueue<T extends QueueNode<T>> {
  private first: T | null = null;
  private last: T | null = null;
  private count = 0;
  /** Binary min-heap by (enqueuedAt, seq). */
  private readonly returned: T[] = [];

  get size(): number {
    return this.count;
  }

  /**
   * Adds new work at the tail, O(1). The caller's clock does not go backwards, so it is the youngest.
   * @throws Error when the node is queued already.
   */
  pushNewest(node: T): void {
    if (node.queueIndex !== NOT_QUEUED) throw alreadyQueued(node);
    const last = this.last;
    node.queueIndex = IN_LIST;
    node.queuePrev = last;
    if (last === null) this.first = node;
    else last.queueNext = node;
    this.last = node;
    this.count++;
  }

  /**
   * Adds work that was dispatched before, by its original `enqueuedAt` and `seq`; O(log returned).
   * @throws Error when the node is queued already.
   */
  pushReturned(node: T): void {
    if (node.queueIndex !== NOT_QUEUED) throw alreadyQueued(node);
    this.returned.push(node);
    this.siftUp(node, this.returned.length - 1);
    this.count++;
  }

  /** The oldest node, left in place; null when empty. O(1). */
  head(): T | null {
    const first = this.first;
    if (this.returned.length === 0) return first;
    const returned = this.at(0);
    return first === null || isOlder(returned, first) ? returned : first;
  }

  /** The newest node that was never dispatched, which is the one to evict; null when there is none. O(1). */
  newest(): T | null {
    return this.last;
  }

  /** The newest of those that have returned which a rule admits, such as one that came from another class; null: none. O(returned). */
  newestReturned(admits: (node: T) => boolean): T | null {
    let newest: T | null = null;
    for (const node of this.returned) if (admits(node) && (newest === null || isOlder(newest, node))) newest = node;
    return newest;
  }

  /** Takes the oldest node out; null when empty. */
  shift(): T | null {
    const node = this.head();
    if (node !== null) this.remove(node);
    return node;
  }

  /** Takes the node out, wherever it stands: O(1) in the list, O(log returned) in the heap. False: it was not queued. */
  remove(node: T): boolean {
    const index = node.queueIndex;
    if (index === IN_LIST) this.unlink(node);
    else if (index >= 0) this.removeReturned(index);
    else return false;
    node.queueIndex = NOT_QUEUED;
    this.count--;
    return true;
  }

  /** Oldest first. For dashboards and tests: it sorts a copy of what has returned. The queue must not change meanwhile. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    const returned = this.returned.toSorted((a, b) => (isOlder(a, b) ? -1 : 1));
    let next = 0;
    for (let node = this.first; node !== null; node = node.queueNext) {
      for (let back = returned[next]; back !== undefined && isOlder(back, node); back = returned[next]) {
        yield back;
        next++;
      }
      yield node;
    }
    while (next < returned.length) yield returned[next++] as T;
  }

  private unlink(node: T): void {
    const { queuePrev, queueNext } = node;
    if (queuePrev === null) this.first = queueNext;
    else queuePrev.queueNext = queueNext;
    if (queueNext === null) this.last = queuePrev;
    else queueNext.queuePrev = queuePrev;
    node.queuePrev = null;
    node.queueNext = null;
  }

  private removeReturned(index: number): void {
    const moved = this.returned.pop() as T;
    if (index === this.returned.length) return;
    if (index > 0 && isOlder(moved, this.at((index - 1) >> 1))) this.siftUp(moved, index);
    else this.siftDown(moved, index);
  }

  private siftUp(node: T, from: number): void {
    let index = from;
    while (index > 0) {
      const parent = this.at((index - 1) >> 1);
      if (!isOlder(node, parent)) break;
      this.put(parent, index);
      index = (index - 1) >> 1;
    }
    this.put(node, index);
  }

  private siftDown(node: T, from: number): void {
    const length = this.returned.length;
    let index = from;
    for (let child = 2 * index + 1; child < length; child = 2 * index + 1) {
      if (child + 1 < length && isOlder(this.at(child + 1), this.at(child))) child++;
      const older = this.at(child);
      if (!isOlder(older, node)) break;
      this.put(older, index);
      index = child;
    }
    this.put(node, index);
  }

  private put(node: T, index: number): void {
    this.returned[index] = node;
    node.queueIndex = index;
  }

  private at(index: number): T {
    return this.returned[index] as T;
  }
}

function isOlder<T>(a: QueueNode<T>, b: QueueNode<T>): boolean {
  return a.enqueuedAt < b.enqueuedAt || (a.enqueuedAt === b.enqueuedAt && a.seq < b.seq);
}

function alreadyQueued<T>(node: QueueNode<T>): Error {
  return new Error(`node ${node.seq} is queued already: remove it before it is queued again`);
}
