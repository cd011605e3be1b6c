import type { Random } from '../../domain/ports.ts';
import type { ComponentTable } from '../../fleet/component-table.ts';
import type { Route } from '../../fleet/route.ts';

/** Turns of full members that one pick skips before it is left to chance: each costs some 60 ns. */
const MAX_SKIPS = 6;
const LOWEST_WEIGHT = 1e-4;

/**
 * Weighted turns over many members, by earliest deadline first as in Envoy's EDF scheduler: a member is due every
 * 1/weight of virtual time; the one that is due first is picked and comes back one period later. Its first deadline is
 * a random part of its period: with all at the start, equal weights would all be due at once. O(log n) per pick.
 */
export class EdfScheduler {
  /** Deadlines by component index, in virtual time. NaN: not in the ring. */
  private due = new Float64Array(0);
  /** Component indices, a binary heap by `due`. */
  private heap = new Int32Array(0);
  private size = 0;
  private version = -1;
  private virtualNow = 0;

  /** @returns the component whose turn it is; -1 when too many in a row cannot take theirs. */
  next(route: Route, components: ComponentTable, random: Random): number {
    if (route.version !== this.version) this.rebuild(route, components, random);
    for (let skips = 0; skips <= MAX_SKIPS && this.size > 0; skips++) {
      const i = this.heap[0]!;
      this.virtualNow = this.due[i]!;
      this.due[i] = this.virtualNow + period(components, i);
      this.siftDown(0);
      if (components.free[i]! > 0) return i;
    }
    return -1;
  }

  copy(): EdfScheduler {
    const copy = new EdfScheduler();
    copy.due = this.due.slice();
    copy.heap = this.heap.slice();
    copy.size = this.size;
    copy.version = this.version;
    copy.virtualNow = this.virtualNow;
    return copy;
  }

  /** After a change of members: those that stay keep their deadlines. */
  private rebuild(route: Route, components: ComponentTable, random: Random): void {
    const due = new Float64Array(components.high).fill(Number.NaN);
    for (const i of route.members) {
      const kept = this.due[i];
      due[i] = kept === undefined || Number.isNaN(kept) ? this.virtualNow + random() * period(components, i) : kept;
    }
    this.due = due;
    this.heap = Int32Array.from(route.members);
    this.size = this.heap.length;
    for (let at = (this.size >> 1) - 1; at >= 0; at--) this.siftDown(at);
    this.version = route.version;
  }

  private siftDown(from: number): void {
    const { heap, due, size } = this;
    const moving = heap[from]!;
    const key = due[moving]!;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && due[heap[child + 1]!]! < due[heap[child]!]!) child++;
      if (due[heap[child]!]! >= key) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = moving;
  }
}

const period = (components: ComponentTable, i: number): number => 1 / Math.max(LOWEST_WEIGHT, components.weight[i]!);
