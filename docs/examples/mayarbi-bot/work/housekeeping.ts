import { createHash } from 'node:crypto';
import type { OrderBooks } from './order-books.ts';
import type { Work } from './work.ts';

export interface Fingerprint {
  readonly books: number;
  /** SHA-256 over all quotes, as hex; two bots that saw the same ticks have the same. */
  readonly sha256: string;
}

/** General work, of no hurry: a fingerprint of everything the books hold, to compare with another bot's. */
export const createHousekeeping =
  (books: OrderBooks): Work<Fingerprint> =>
  (_payload, { signal }) => {
    signal.throwIfAborted();
    const quotes = books.quotes().map(({ venue, pair, seq, bid, ask }) => JSON.stringify([venue, pair, seq, bid, ask]));
    const hash = createHash('sha256');
    for (const quote of quotes.sort()) hash.update(quote).update('\n');
    return { books: quotes.length, sha256: hash.digest('hex') };
  };
