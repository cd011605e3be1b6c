import type { Level, Tick } from './tick.ts';

/** The top of one book. */
export interface Quote {
  readonly venue: string;
  readonly pair: string;
  readonly seq: number;
  /** Epoch milliseconds of the venue. */
  readonly at: number;
  readonly bid: number;
  readonly bidSize: number;
  readonly ask: number;
  readonly askSize: number;
  /** Half-way between bid and ask. */
  readonly mid: number;
  /** (ask − bid) / mid, in basis points. */
  readonly spreadBps: number;
}

/** What a market order of some size would get. */
export interface Fill {
  /** Units of the base asset that the known levels can fill; at most what was asked for. */
  readonly filled: number;
  /** Quote units per base unit over what is filled; `undefined` when nothing is. */
  readonly averagePrice: number | undefined;
}

interface Book {
  readonly tick: Tick;
  readonly quote: Quote;
}

/** The newest levels of each venue and pair. */
export class OrderBooks {
  readonly #books = new Map<string, Book>();

  /**
   * Puts a tick into its book. One that is not newer than what the book holds changes nothing: after a failover or a
   * retry ticks arrive late, and an old price that overwrites a new one looks like an arbitrage.
   */
  apply(tick: Tick): { readonly applied: boolean; readonly quote: Quote } {
    const key = keyOf(tick.venue, tick.pair);
    const known = this.#books.get(key);
    if (known !== undefined && tick.seq <= known.tick.seq) return { applied: false, quote: known.quote };
    const quote = quoteOf(tick);
    this.#books.set(key, { tick, quote });
    return { applied: true, quote };
  }

  quote(venue: string, pair: string): Quote | undefined {
    return this.#books.get(keyOf(venue, pair))?.quote;
  }

  /** All quotes, in the order in which their books were first seen. */
  quotes(): Quote[] {
    return Array.from(this.#books.values(), (book) => book.quote);
  }

  /** Walks the levels for a market order of `size` base units; a buy takes asks, a sale takes bids. */
  fill(venue: string, pair: string, side: 'buy' | 'sell', size: number): Fill {
    const tick = this.#books.get(keyOf(venue, pair))?.tick;
    const levels: readonly Level[] = (side === 'buy' ? tick?.asks : tick?.bids) ?? [];
    let filled = 0;
    let paid = 0;
    for (const [price, available] of levels) {
      const take = Math.min(available, size - filled);
      if (take <= 0) break;
      filled += take;
      paid += take * price;
    }
    return { filled, averagePrice: filled > 0 ? paid / filled : undefined };
  }
}

const keyOf = (venue: string, pair: string): string => `${venue} ${pair}`;

const quoteOf = (tick: Tick): Quote => {
  const [bid, bidSize] = tick.bids[0] ?? [0, 0];
  const [ask, askSize] = tick.asks[0] ?? [0, 0];
  const mid = (bid + ask) / 2;
  return {
    venue: tick.venue,
    pair: tick.pair,
    seq: tick.seq,
    at: tick.at,
    bid,
    bidSize,
    ask,
    askSize,
    mid,
    spreadBps: ((ask - bid) / mid) * 10_000,
  };
};
