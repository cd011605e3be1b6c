import type { Quote } from './order-books.ts';
import { assetsOf } from './tick.ts';

/** One way to turn an asset into another. Plain data, so that it can cross into a worker thread. */
export interface RateEdge {
  readonly from: string;
  readonly to: string;
  /** Units of `to` for one unit of `from`, after fees; above 0. */
  readonly rate: number;
  /** Units of `from` that this rate holds for; above 0. */
  readonly capacity: number;
  readonly venue: string;
  readonly pair: string;
}

/**
 * The graph of assets that quotes span: each market gives two edges, base → quote at the bid and quote → base at one
 * over the ask, both less the venue's fee. Assets of the same name are the same node at every venue, that is, funds are
 * assumed to lie ready at each of them, as arbitrage desks keep them.
 *
 * @param feeBps taker fee in basis points, 0 to below 10,000
 */
export const rateGraph = (quotes: readonly Quote[], feeBps: number): RateEdge[] => {
  const kept = 1 - feeBps / 10_000;
  return quotes.flatMap(({ venue, pair, bid, bidSize, ask, askSize }) => {
    const [base, quote] = assetsOf(pair);
    return [
      { from: base, to: quote, rate: bid * kept, capacity: bidSize, venue, pair },
      { from: quote, to: base, rate: kept / ask, capacity: askSize * ask, venue, pair },
    ];
  });
};
