/**
 * A set of small integers that answers "the next one from here, round the ring" in a few steps: bits in 32-bit words,
 * a summary bit per word, a summary of the summaries, until one word covers all (three levels reach 32,768).
 */
export class BitTree {
  size = 0;
  private words: Int32Array[];
  private places: number;

  constructor(places: number) {
    this.places = Math.max(64, places);
    this.words = BitTree.levels(this.places);
  }

  private static levels(places: number): Int32Array[] {
    const levels: Int32Array[] = [];
    let n = places;
    do {
      n = Math.ceil(n / 32);
      levels.push(new Int32Array(n));
    } while (n > 1);
    return levels;
  }

  has(at: number): boolean {
    return at < this.places && (this.words[0]![at >>> 5]! & (1 << (at & 31))) !== 0;
  }

  set(at: number, on: boolean): void {
    if (at >= this.places) {
      if (!on) return;
      this.grow(at);
    }
    if (this.has(at) === on) return;
    this.size += on ? 1 : -1;
    let index = at;
    for (const level of this.words) {
      const word = index >>> 5;
      const bit = 1 << (index & 31);
      const before = level[word]!;
      const after = on ? before | bit : before & ~bit;
      level[word] = after;
      // the summary changes only when the word turns empty or ceases to be
      if (on ? before !== 0 : after !== 0) return;
      index = word;
    }
  }

  /** The first member at or after `from`, wrapping round; -1 when the set is empty. */
  nextFrom(from: number): number {
    if (this.size === 0) return -1;
    const found = this.findAtOrAfter(from);
    return found >= 0 ? found : this.findAtOrAfter(0);
  }

  private findAtOrAfter(from: number): number {
    if (from >= this.places) return -1;
    let index = from;
    for (let depth = 0; depth < this.words.length; depth++) {
      const level = this.words[depth]!;
      const word = index >>> 5;
      if (word < level.length) {
        const rest = level[word]! & (-1 << (index & 31));
        if (rest !== 0) return this.descend(depth, (word << 5) + lowest(rest));
      }
      index = word + 1;
    }
    return -1;
  }

  private descend(depth: number, at: number): number {
    let index = at;
    for (let d = depth - 1; d >= 0; d--) index = (index << 5) + lowest(this.words[d]![index]!);
    return index;
  }

  private grow(at: number): void {
    const before = this.words[0]!;
    this.places = Math.max(at + 1, this.places * 2);
    this.words = BitTree.levels(this.places);
    this.size = 0;
    for (let word = 0; word < before.length; word++) {
      for (let bits = before[word]!; bits !== 0; bits &= bits - 1) this.set((word << 5) + lowest(bits), true);
    }
  }
}

/** Index of the lowest bit that is set. */
const lowest = (bits: number): number => 31 - Math.clz32(bits & -bits);
