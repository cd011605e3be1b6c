/** Places that are kept for the next tick: 32 kB. */
const KEPT = 4_096;

/** What is gathered in a tick. Its places are used again: a new list for each tick would cost 200 B and more. */
export class ReusableList<T> {
  readonly items: (T | undefined)[] = [];
  count = 0;

  /** @returns how many there are now. */
  add(item: T): number {
    this.items[this.count] = item;
    return ++this.count;
  }

  /** Lets go of what it held, and of the places that a flood has made. */
  empty(): void {
    const { items } = this;
    if (items.length > KEPT) items.length = KEPT;
    for (let k = Math.min(this.count, items.length) - 1; k >= 0; k--) items[k] = undefined;
    this.count = 0;
  }
}

/** Two lists that alternate: one is filled while the other is worked off. */
export class DoubleBuffer<T> {
  current = new ReusableList<T>();
  private other = new ReusableList<T>();

  /** What has been gathered; whoever takes it empties it, before anybody takes the next. */
  take(): ReusableList<T> {
    const { current, other } = this;
    this.current = other;
    this.other = current;
    return current;
  }
}
