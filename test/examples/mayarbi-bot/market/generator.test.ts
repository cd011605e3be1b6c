import { describe, expect, it } from 'vitest';
import { DEFAULT_BURSTS } from '../../../../docs/examples/mayarbi-bot/market/arrivals.ts';
import { bridgeEvents } from '../../../../docs/examples/mayarbi-bot/market/bridges.ts';
import {
  type MarketEvent,
  type MarketOptions,
  marketEvents,
} from '../../../../docs/examples/mayarbi-bot/market/generator.ts';
import { PoolMarket } from '../../../../docs/examples/mayarbi-bot/market/pools.ts';
import { type PriceOptions, PriceWalk } from '../../../../docs/examples/mayarbi-bot/market/prices.ts';
import { createArbitrageEngine } from '../../../../docs/examples/mayarbi-bot/work/arbitrage-engine.ts';
import { type Checkpoint, createBridgeMonitor } from '../../../../docs/examples/mayarbi-bot/work/bridge-monitor.ts';
import { createCrossChainMev } from '../../../../docs/examples/mayarbi-bot/work/cross-chain-mev.ts';
import { OrderBooks } from '../../../../docs/examples/mayarbi-bot/work/order-books.ts';
import { createPriceFeeds } from '../../../../docs/examples/mayarbi-bot/work/price-feeds.ts';
import { rateGraph } from '../../../../docs/examples/mayarbi-bot/work/rate-graph.ts';
import { seededRandom } from '../../../../src/testing/seeded-random.ts';
import { live } from '../work/signals.ts';

const options: MarketOptions = { arrivals: { ratePerSecond: 400, ...DEFAULT_BURSTS }, startedAt: 1_700_000_000_000 };

const take = (count: number, seed = 'market', more: Partial<MarketOptions> = {}): MarketEvent[] => {
  const source = marketEvents({ ...options, ...more }, seededRandom(seed));
  return Array.from({ length: count }, () => source.next().value as MarketEvent);
};

describe('price walk', () => {
  const search = createArbitrageEngine();
  /** Runs ticks through books and search; how many ticks of either kind left an arbitrage behind. */
  const arbitrages = async (prices: PriceOptions) => {
    const walk = new PriceWalk(seededRandom('walk'), prices);
    const books = new OrderBooks();
    let wrong = 0;
    let found = 0;
    for (let i = 0; i < 5000; i++) {
      const { tick, biasBps } = walk.next(i);
      books.apply(tick);
      if (biasBps !== 0) wrong++;
      if (i > 300) {
        const { cycles } = await search({ edges: rateGraph(books.quotes(), 5), minProfitBps: 1 }, live);
        if (cycles.some(({ legs }) => legs.some((leg) => leg.venue === tick.venue && leg.pair === tick.pair))) found++;
      }
    }
    return { wrong, found };
  };

  it('makes real arbitrages where a market goes wrong', async () => {
    const { wrong, found } = await arbitrages({});
    expect(wrong).toBeGreaterThan(30);
    expect(found).toBeGreaterThan(30);
    expect(found).toBeLessThan(500);
  });

  it('makes none where none goes wrong: spreads and fees are wider than the walk between two quotes', async () => {
    expect(await arbitrages({ mispricedShare: 0 })).toEqual({ wrong: 0, found: 0 });
  });
});

describe('pool market', () => {
  it('keeps pools near the fair price, and lets a trade pay now and then', async () => {
    const fair = (pair: string): number => (pair === 'LINK/ETH' ? 0.005 : 3200);
    const market = new PoolMarket(seededRandom('pools'), fair);
    const work = createCrossChainMev();
    let paid = 0;
    for (let i = 0; i < 500; i++) {
      const pools = market.pools('ETH/USDC');
      for (const pool of pools) {
        expect(Math.abs(pool.reserveQuote / pool.reserveBase / 3200 - 1)).toBeLessThan(0.03);
        expect(pool.reserveQuote * 2).toBeGreaterThan(195_000);
        expect(pool.reserveQuote * 2).toBeLessThan(5_100_000);
      }
      const { best } = await work({ pools, asset: 'USDC', gas: 5, bridgeFeeBps: 4 }, live);
      if (best !== undefined) paid++;
    }
    expect(paid).toBeGreaterThan(25);
    expect(paid).toBeLessThan(400);
  });
});

describe('bridge events', () => {
  it('prove what is true and cannot prove what is forged', async () => {
    const checkpoints = new Map<string, Checkpoint>();
    const work = createBridgeMonitor((bridge, number) => checkpoints.get(`${bridge} ${number}`));
    const source = bridgeEvents(seededRandom('bridges'));
    let forged = 0;
    for (let i = 0; i < 2000; i++) {
      const event = source.next().value;
      if (event.kind === 'checkpoint') {
        checkpoints.set(`${event.checkpoint.bridge} ${event.checkpoint.number}`, event.checkpoint);
      } else {
        if (event.forged) forged++;
        expect((await work(event.claim, live)).verdict).toBe(event.forged ? 'forged' : 'verified');
      }
    }
    expect(forged).toBeGreaterThan(15);
    expect(forged).toBeLessThan(80);
  });
});

describe('market events', () => {
  it('is the same for the same seed and another for another', () => {
    expect(take(500)).toEqual(take(500));
    expect(take(500)).not.toEqual(take(500, 'other'));
  });

  it('leaves the other parts as they were when one is changed', () => {
    const kinds = (events: readonly MarketEvent[]) => events.map(({ kind, atMs }) => [kind, atMs]);
    const calmer = take(500, 'market', { prices: { mispricedShare: 0 }, bridges: { forgedShare: 0.5 } });
    expect(kinds(calmer)).toEqual(kinds(take(500)));
  });

  it('has its kinds in the documented shares, in order of time, at the mean rate', () => {
    const events = take(20_000);
    const share = (kind: MarketEvent['kind']): number => events.filter((event) => event.kind === kind).length / 20_000;
    expect(share('tick')).toBeCloseTo(0.7, 1);
    expect(share('pools')).toBeCloseTo(0.15, 1);
    expect(share('claim') + share('checkpoint')).toBeCloseTo(0.15, 1);
    expect(events.every(({ atMs }, i) => i === 0 || atMs >= events[i - 1]!.atMs)).toBe(true);
    const rate = 20_000 / (events.at(-1)!.atMs / 1000);
    expect(rate).toBeGreaterThan(250);
    expect(rate).toBeLessThan(600);
  });

  it('sends ticks that the price feeds take', async () => {
    const work = createPriceFeeds();
    for (const event of take(300)) {
      if (event.kind === 'tick') expect(await work(event.payload, live)).toMatchObject({ applied: true });
    }
  });
});
