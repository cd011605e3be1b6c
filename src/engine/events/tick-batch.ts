import { Batches } from '../../lib/double-buffer.ts';
import type { Books } from '../state.ts';
import type { BalancerEvent } from '../messages.ts';

/** So many travel at once at most: a flood in one turn is worked off while it comes. */
const MOST = 1_024;

/**
 * What comes up in one turn and travels as one event to the balancer, which is sent before the turn's effects run. The event
 * says only that there is something: it is one and the same for all turns.
 */
export class TurnBatch<T> extends Batches<T> {
  private readonly books: Books;
  private readonly event: BalancerEvent;
  private readonly tooLate: (books: Books, item: T) => void;

  /** @param tooLate what becomes of an item when the balancer has stopped meanwhile; must not throw. */
  constructor(books: Books, event: BalancerEvent, tooLate: (books: Books, item: T) => void) {
    super();
    this.books = books;
    this.event = event;
    this.tooLate = tooLate;
  }

  add(item: T): void {
    if (this.current.add(item) % MOST === 0) this.run();
    this.books.facts.wake();
  }

  /** The event, where it is due. */
  get pending(): BalancerEvent | undefined {
    return this.current.count > 0 ? this.event : undefined;
  }

  /** When the turn is over, or before something is read that the items would change. @returns whether any were taken. */
  run(): boolean {
    const { current } = this;
    if (current.count === 0) return false;
    if (this.books.phase === 'stopped') this.giveUp();
    else this.books.send(this.event);
    // a defect (a clock that throws) leaves them for the next time
    return this.current !== current;
  }

  private giveUp(): void {
    const batch = this.take();
    for (let k = 0; k < batch.count; k++) this.tooLate(this.books, batch.items[k]!);
    batch.empty();
  }
}
