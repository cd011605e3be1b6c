import { OrderBooks, type Quote } from './order-books.ts';
import { parseTick } from './tick.ts';
import type { Work } from './work.ts';

export interface PriceUpdate {
  readonly quote: Quote;
  /** False for a tick that came too late: the quote is then the newer one that the book kept. */
  readonly applied: boolean;
}

/**
 * The work of `price_feeds`: a payload is a tick as text or object (see `parseTick`); the result is the market's best
 * bid, ask and mid after it. Safe to run twice, since a tick that was applied is not newer than its book.
 */
export const createPriceFeeds =
  (books: OrderBooks = new OrderBooks()): Work<PriceUpdate> =>
  (payload, { signal }) => {
    signal.throwIfAborted();
    return books.apply(parseTick(payload));
  };
