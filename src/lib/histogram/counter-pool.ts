import { PER_PAGE } from './buckets.ts';

/**
 * Pages of {@link PER_PAGE} counters in blocks that many histograms share: those of a fleet lie side by side, and a
 * histogram that opens a page allocates nothing as a rule. A page is known by its place, and is never given back: who has
 * it keeps it for its next use. Counters hold up to 2^32 − 1.
 */
export class CounterPool {
  private readonly blocks: Uint32Array[] = [];
  private readonly shift: number;
  private used = 0;

  /** @param perBlock pages of a block, a power of two; 1 for a histogram by itself (1 kB). */
  constructor(perBlock = 1) {
    this.shift = 31 - Math.clz32(perBlock);
  }

  /** A page of counters at 0. @returns its place. */
  acquire(): number {
    const place = this.used++;
    if (place >> this.shift === this.blocks.length) this.blocks.push(new Uint32Array(PER_PAGE << this.shift));
    return place;
  }

  /** The block that a place is in. */
  blockOf(place: number): Uint32Array {
    return this.blocks[place >> this.shift]!;
  }

  /** Where its counters begin in the block. */
  offsetOf(place: number): number {
    return (place & ((1 << this.shift) - 1)) * PER_PAGE;
  }
}
