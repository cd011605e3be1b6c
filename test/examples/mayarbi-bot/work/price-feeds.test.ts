import { describe, expect, it } from 'vitest';
import { OrderBooks } from '../../../../docs/examples/mayarbi-bot/work/order-books.ts';
import { createPriceFeeds } from '../../../../docs/examples/mayarbi-bot/work/price-feeds.ts';
import { aborted, live } from './signals.ts';

const line = (venue: string, seq: number, bids: string, asks: string): string =>
  `${venue} ETH/USDC ${seq} 1700000000000 ${bids} ${asks}`;

describe('price feeds', () => {
  it('keeps best bid, best ask and mid of each venue and pair', async () => {
    const books = new OrderBooks();
    const work = createPriceFeeds(books);
    await work(line('baltic', 1, '2999:2,2998:9', '3001:1'), live);
    await work(line('caspian', 1, '3010:2', '3012:1'), live);
    expect(books.quotes().map(({ venue, bid, ask, mid }) => [venue, bid, ask, mid])).toEqual([
      ['baltic', 2999, 3001, 3000],
      ['caspian', 3010, 3012, 3011],
    ]);
    expect(books.quote('baltic', 'ETH/USDC')).toMatchObject({ bidSize: 2, askSize: 1, seq: 1 });
    expect(books.quote('baltic', 'ETH/USDC')?.spreadBps).toBeCloseTo(6.667, 3);
    expect(books.quote('baltic', 'BTC/USDC')).toBeUndefined();
  });

  it('lets a late tick change nothing, so that work may be retried and re-ordered', async () => {
    const books = new OrderBooks();
    const work = createPriceFeeds(books);
    expect(await work(line('baltic', 5, '2999:2', '3001:1'), live)).toMatchObject({ applied: true, quote: { seq: 5 } });
    expect(await work(line('baltic', 4, '1:2', '2:1'), live)).toMatchObject({ applied: false, quote: { bid: 2999 } });
    expect(await work(line('baltic', 5, '1:2', '2:1'), live)).toMatchObject({ applied: false, quote: { bid: 2999 } });
    expect(await work(line('baltic', 6, '3:2', '4:1'), live)).toMatchObject({ applied: true, quote: { bid: 3 } });
  });

  it('replaces a book whole, so that no level outlives its tick', async () => {
    const books = new OrderBooks();
    const work = createPriceFeeds(books);
    await work(line('baltic', 1, '2999:2,2998:9', '3001:1'), live);
    await work(line('baltic', 2, '2990:1', '2995:1'), live);
    expect(books.fill('baltic', 'ETH/USDC', 'sell', 5)).toEqual({ filled: 1, averagePrice: 2990 });
  });

  it('walks the levels for a fill', async () => {
    const books = new OrderBooks();
    await createPriceFeeds(books)(line('baltic', 1, '2999:2', '3001:1,3003:1,3010:5'), live);
    expect(books.fill('baltic', 'ETH/USDC', 'buy', 2)).toEqual({ filled: 2, averagePrice: 3002 });
    expect(books.fill('baltic', 'ETH/USDC', 'buy', 0)).toEqual({ filled: 0, averagePrice: undefined });
    expect(books.fill('nowhere', 'ETH/USDC', 'buy', 1)).toEqual({ filled: 0, averagePrice: undefined });
  });

  it('does nothing once nobody waits', () => {
    const books = new OrderBooks();
    expect(() => createPriceFeeds(books)(line('baltic', 1, '1:1', '2:1'), aborted)).toThrow('nobody waits');
    expect(books.quotes()).toEqual([]);
  });
});
