/** The last so many entries of a log, numbered without gaps. */
export class RingBuffer<T extends { readonly seq: number }> {
  private readonly size: number;
  private entries: T[] = [];
  private next = 1;

  constructor(size: number) {
    this.size = size;
  }

  /** Number of the latest entry; 0 when there is none. */
  get latest(): number {
    return this.next - 1;
  }

  add(make: (seq: number) => T): void {
    this.entries.push(make(this.next++));
    // twice the size before it is cut, so that a cut is paid for by as many additions
    if (this.entries.length >= this.size * 2) this.entries = this.entries.slice(-this.size);
  }

  /** Entries after number `seq`, the latest `most` of them. */
  after(seq: number, most = this.size): readonly T[] {
    const count = Math.min(this.latest - seq, most, this.entries.length);
    return count <= 0 ? [] : this.entries.slice(-count);
  }

  /** How many entries after number `seq` a reader of `after` does not get. */
  missedAfter(seq: number, most = this.size): number {
    return Math.max(0, this.latest - seq - this.after(seq, most).length);
  }
}
