import type { TimerNode } from './timer-node.ts';

/**
 * Deadlines by the hundred thousand: a hierarchical timing wheel (Varghese & Lauck, SOSP 1987) of six levels with 32
 * slots each, so that level L has slots 32^L ms wide and the whole covers 2^30 ms (12.4 days). What is due later waits
 * in one list and moves in when its era begins.
 *
 * An entry's level is the highest base-32 digit in which its tick differs from the current one (as in tokio's timer).
 * Compared with choosing by distance, this keeps three things true at every moment, and all else follows from them:
 * every slot in use is ahead of the current digit of its level, so the lowest set bit of a level's bitmap is its next
 * slot; everything on a level is due before what is above; entries of a tick share one slot, and so keep their order.
 */

const DIGIT = 5;
const MASK = 31;
const LEVELS = 6;
/** Ticks are counted within an era, since beyond 2^31 they would stop being small integers after 25 days of running. */
const ERA = 2 ** 30;
/** The slot numbers from here on mean "in era (slot − LATER)", all in one list. */
const LATER = LEVELS << DIGIT;
const LAST_ERA = 2 ** 30;
/** Entries of one slot that `nextDue` looks at. */
const MAX_LOOKS = 16;

export class TimingWheel<T extends TimerNode<T>> {
  /** Heads of circular lists; the tail is the head's `wheelPrev`. */
  private readonly heads: (T | null)[] = new Array<T | null>(LATER + 1).fill(null);
  private readonly occupied = new Int32Array(LEVELS);
  private eraStartMs: number;
  private era = 0;
  private tick = 0;
  private count = 0;
  private advancing = false;

  /** @param originMs where time starts, in epoch ms; fractions are dropped, so that ticks are whole epoch ms. */
  constructor(originMs: number) {
    if (!Number.isFinite(originMs)) throw new RangeError(`originMs must be a finite time in ms, got ${originMs}`);
    this.eraStartMs = Math.floor(originMs);
  }

  /** How many entries are scheduled. */
  get size(): number {
    return this.count;
  }

  /**
   * Schedules the entry, or moves it when it is scheduled already; one that is due at the same ms keeps its place. O(1).
   * @param dueMs epoch ms, rounded up to a whole ms so that nothing fires early. What is past is due at once, after
   * what is due already; `Infinity` cancels.
   * @throws RangeError when `dueMs` is NaN: a deadline that can never come would be noticed by nobody.
   */
  schedule(entry: T, dueMs: number): void {
    const ahead = Math.ceil(dueMs - this.eraStartMs);
    if (ahead < ERA) {
      const tick = ahead > this.tick ? ahead | 0 : this.tick;
      if (entry.wheelSlot !== -1) {
        if (entry.wheelTick === tick && entry.wheelSlot < LATER) return; // as most do when their request is bound
        this.unlink(entry);
      }
      entry.wheelTick = tick;
      this.place(entry, tick);
    } else {
      this.scheduleLater(entry, ahead);
    }
  }

  /** O(1); no effect when the entry is not scheduled. */
  cancel(entry: T): void {
    if (entry.wheelSlot !== -1) this.unlink(entry);
  }

  /**
   * When to call `advance` next, in epoch ms; `Infinity` when nothing is scheduled. Never later than the next due time
   * (what was past when scheduled counts as due now). It is exact unless a slot beyond the current block of 32 ms holds
   * more than 16 entries; then it is the start of that slot, where entries move down a level, which an entry causes
   * at most six times. One that is cancelled in time causes no wake-up. O(levels).
   * It is seen from the last `advance`: after a long silence it may lie in the past, and means "advance, and ask again".
   */
  nextDue(): number {
    for (let level = 0; level < LEVELS; level++) {
      const bits = this.bitsOf(level);
      if (bits !== 0) return this.eraStartMs + this.earliest(level, lowest(bits));
    }
    return this.size === 0 ? Infinity : this.eraStartMs + ERA;
  }

  /**
   * Fires what is due at or before `nowMs`, by tick and within a tick in the order of scheduling. `fire` may schedule
   * and cancel any entry, also the one that fired; what it schedules for a time at or before `nowMs` fires in the same
   * call. A leap costs O(slots in use + entries). Time that runs backwards or is not finite, and a call from inside
   * `fire`, are ignored. When `fire` throws, the error passes through, and the next call goes on behind that entry.
   */
  advance(nowMs: number, fire: (entry: T) => void): void {
    if (this.advancing || !Number.isFinite(nowMs)) return;
    this.advancing = true;
    try {
      let ahead = Math.floor(nowMs - this.eraStartMs);
      while (ahead >= ERA) {
        this.advanceWithinEra(ERA - 1, fire);
        this.enterEra(Math.min(this.era + Math.floor(ahead / ERA), this.nextEraInUse()));
        ahead = Math.floor(nowMs - this.eraStartMs);
      }
      if (ahead >= this.tick) this.advanceWithinEra(ahead | 0, fire);
    } finally {
      this.advancing = false;
    }
  }

  /** Cancels everything; time stays where it is. O(entries). */
  clear(): void {
    for (let slot = 0; slot <= LATER; slot++) {
      for (let head = this.headOf(slot); head !== null; head = this.headOf(slot)) this.unlink(head);
    }
  }

  private advanceWithinEra(until: number, fire: (entry: T) => void): void {
    for (;;) {
      const slot = this.tick & MASK;
      for (let head = this.headOf(slot); head !== null; head = this.headOf(slot)) {
        this.unlink(head);
        fire(head);
      }
      let level = 0;
      while (level < LEVELS && this.bitsOf(level) === 0) level++;
      const next = level < LEVELS ? this.slotStart(level, lowest(this.bitsOf(level))) : ERA;
      if (next > until) {
        this.tick = until;
        return;
      }
      this.tick = next;
      if (level > 0) this.cascade((level << DIGIT) | ((next >>> (level * DIGIT)) & MASK));
    }
  }

  /** Time has reached this slot: its entries belong to lower levels now, which are empty. */
  private cascade(slot: number): void {
    for (let head = this.headOf(slot); head !== null; head = this.headOf(slot)) {
      this.unlink(head);
      this.place(head, head.wheelTick);
    }
  }

  private place(entry: T, tick: number): void {
    const digit = ((31 - Math.clz32((tick ^ this.tick) | 1)) * 13) >> 6; // ⌊bit / 5⌋ for bits 0 to 30
    const index = (tick >>> (digit * DIGIT)) & MASK;
    this.occupied[digit] = this.bitsOf(digit) | (1 << index);
    this.append(entry, (digit << DIGIT) | index, (digit << DIGIT) | index);
  }

  private append(entry: T, slot: number, list: number): void {
    entry.wheelSlot = slot;
    const head = this.headOf(list);
    if (head === null) {
      entry.wheelNext = entry;
      entry.wheelPrev = entry;
      this.heads[list] = entry;
    } else {
      const tail = head.wheelPrev as T;
      entry.wheelNext = head;
      entry.wheelPrev = tail;
      tail.wheelNext = entry;
      head.wheelPrev = entry;
    }
    this.count++;
  }

  private unlink(entry: T): void {
    const slot = entry.wheelSlot;
    const next = entry.wheelNext as T;
    const list = Math.min(slot, LATER);
    if (next === entry) {
      this.heads[list] = null;
      if (slot < LATER) this.occupied[slot >> DIGIT] = this.bitsOf(slot >> DIGIT) & ~(1 << (slot & MASK));
    } else {
      const prev = entry.wheelPrev as T;
      prev.wheelNext = next;
      next.wheelPrev = prev;
      if (this.heads[list] === entry) this.heads[list] = next;
    }
    entry.wheelNext = null;
    entry.wheelPrev = null;
    entry.wheelSlot = -1;
    this.count--;
  }

  private scheduleLater(entry: T, ahead: number): void {
    if (Number.isNaN(ahead)) throw new RangeError('dueMs must be a time in epoch ms or Infinity, got NaN');
    const tick = (ahead % ERA) | 0; // 0 for Infinity
    const slot = LATER + this.era + Math.min(Math.floor(ahead / ERA), LAST_ERA); // 36 million years
    if (entry.wheelSlot === slot && entry.wheelTick === tick) return;
    this.cancel(entry);
    if (ahead === Infinity) return;
    entry.wheelTick = tick;
    this.append(entry, slot, LATER);
  }

  private enterEra(era: number): void {
    this.eraStartMs += (era - this.era) * ERA;
    this.era = era;
    this.tick = 0;
    const tail = this.headOf(LATER)?.wheelPrev ?? null;
    for (let entry = this.headOf(LATER), last = false; entry !== null && !last; ) {
      const next: T | null = entry.wheelNext;
      last = entry === tail;
      if (entry.wheelSlot === LATER + era) {
        this.unlink(entry);
        this.place(entry, entry.wheelTick);
      }
      entry = next;
    }
  }

  private nextEraInUse(): number {
    let era = Infinity;
    const head = this.headOf(LATER);
    for (let entry = head; entry !== null; entry = entry.wheelNext === head ? null : entry.wheelNext) {
      era = Math.min(era, entry.wheelSlot - LATER);
    }
    return era;
  }

  private slotStart(level: number, index: number): number {
    const shift = level * DIGIT;
    return (this.tick & ~((1 << (shift + DIGIT)) - 1)) | (index << shift);
  }

  /** The earliest entry of a slot, or the slot's start where looking through it would take long. */
  private earliest(level: number, index: number): number {
    const head = this.headOf((level << DIGIT) | index) as T;
    let earliest = head.wheelTick;
    let looks = level === 0 ? 1 : MAX_LOOKS;
    let entry = head.wheelNext as T;
    for (; entry !== head && --looks > 0; entry = entry.wheelNext as T) earliest = Math.min(earliest, entry.wheelTick);
    return entry === head ? earliest : this.slotStart(level, index);
  }

  private headOf(list: number): T | null {
    return this.heads[list] as T | null;
  }

  private bitsOf(level: number): number {
    return this.occupied[level] as number;
  }
}

function lowest(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
