import { Batches } from './batch.ts';
import type { Books } from './books.ts';
import type { BalancerEvent } from './events.ts';
import type { Effect } from './effect.ts';

/** So many travel at once at most: a flood in one turn is worked off while it comes. */
const MOST = 1_024;

/**
 * What comes up in one turn and travels as one event to the balancer, which is sent from the outbox. The event says only
 * that there is something: it is one and the same for all turns.
 */
export class TurnBatch<T> extends Batches<T> implements Effect {
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
    const count = this.current.add(item);
    if (count === 1) this.books.facts.defer(this);
    else if (count % MOST === 0) this.run();
  }

  /** The event, where it is due. */
  get pending(): BalancerEvent | undefined {
    return this.current.count > 0 ? this.event : undefined;
  }

  /** From the outbox, or before something is read that the items would change. */
  run(): void {
    if (this.current.count === 0) return;
    if (this.books.phase === 'stopped') this.giveUp();
    else this.books.send(this.event);
  }

  private giveUp(): void {
    const batch = this.take();
    for (let k = 0; k < batch.count; k++) this.tooLate(this.books, batch.items[k]!);
    batch.empty();
  }
}
