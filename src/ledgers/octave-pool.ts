import { PER_OCTAVE } from './buckets.ts';

/**
 * Counters of octaves, {@link PER_OCTAVE} each, in blocks that many histograms share: those of a fleet lie side by side,
 * and a histogram that opens an octave allocates nothing as a rule. Counts are doubles, exact up to 2^53. An octave is
 * known by its place, and is never given back: who has it keeps it for its next use.
 */
export class OctavePool {
  private readonly blocks: Float64Array[] = [];
  private readonly shift: number;
  private used = 0;

  /** @param perBlock octaves of a block, a power of two; 4 for a histogram by itself (2 kB). */
  constructor(perBlock = 4) {
    this.shift = 31 - Math.clz32(perBlock);
  }

  /** Counters at 0. @returns their place. */
  acquire(): number {
    const place = this.used++;
    if (place >> this.shift === this.blocks.length) this.blocks.push(new Float64Array(PER_OCTAVE << this.shift));
    return place;
  }

  /** The block that a place is in. */
  blockOf(place: number): Float64Array {
    return this.blocks[place >> this.shift]!;
  }

  /** Where its counters begin in the block. */
  offsetOf(place: number): number {
    return (place & ((1 << this.shift) - 1)) * PER_OCTAVE;
  }
}
