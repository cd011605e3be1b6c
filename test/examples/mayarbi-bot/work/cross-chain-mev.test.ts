import { describe, expect, it } from 'vitest';
import { bestTwoPoolTrade, type Pool, swap, swapThrough } from '../../../../docs/examples/mayarbi-bot/work/amm.ts';
import { createCrossChainMev } from '../../../../docs/examples/mayarbi-bot/work/cross-chain-mev.ts';
import { BadPayloadError } from '../../../../docs/examples/mayarbi-bot/work/work.ts';
import { seededRandom } from '../../../../src/testing/seeded-random.ts';
import { aborted, live } from './signals.ts';

const pool = (id: string, reserveBase: number, reserveQuote: number, feeBps = 30, chain = 'base'): Pool => ({
  id,
  chain,
  base: 'ETH',
  quote: 'USDC',
  reserveBase,
  reserveQuote,
  feeBps,
});

describe('swap', () => {
  it('keeps the product without a fee', () => {
    const { amountOut, pool: after } = swap(pool('a', 100, 300_000, 0), 'USDC', 100_000);
    expect(amountOut).toBeCloseTo(25, 12);
    expect(after.reserveBase * after.reserveQuote).toBeCloseTo(100 * 300_000, 6);
  });

  it('leaves the fee in the pool (Uniswap v2: 1000 into 1,000,000 : 1,000,000 at 30 bps gives 996.006…)', () => {
    const { amountOut, pool: after } = swap(pool('a', 1e6, 1e6), 'ETH', 1000);
    // floor(1000·997·10⁶ / (10⁶·1000 + 1000·997)) = 996 in the contract's integers
    expect(amountOut).toBeCloseTo(996.006981, 6);
    expect(after.reserveBase).toBe(1_001_000);
    expect(after.reserveBase * after.reserveQuote).toBeGreaterThan(1e12);
  });

  it('gives nothing for nothing, never the whole reserve, and worse prices for more', () => {
    const p = pool('a', 100, 300_000);
    expect(swap(p, 'ETH', 0)).toMatchObject({ amountOut: 0, slippageBps: 0 });
    expect(swap(p, 'ETH', 1e12).amountOut).toBeLessThan(300_000);
    expect(swap(p, 'ETH', 1).slippageBps).toBeLessThan(swap(p, 'ETH', 10).slippageBps);
    expect(swap(p, 'ETH', 1e-9).slippageBps).toBeCloseTo(30, 3);
  });

  it('goes through pools in a row', () => {
    const linkEth = { ...pool('b', 20_000, 100), base: 'LINK', quote: 'ETH' };
    const steps = swapThrough([pool('a', 100, 300_000), linkEth], 'USDC', 3000);
    expect(steps[1]?.amountOut).toBe(swap(linkEth, 'ETH', steps[0]?.amountOut ?? 0).amountOut);
  });

  it('refuses an asset that the pool does not hold', () => {
    expect(() => swap(pool('a', 1, 1), 'BTC', 1)).toThrow(RangeError);
  });
});

describe('bestTwoPoolTrade', () => {
  it('matches a search by trial on random pools', () => {
    const random = seededRandom('pools');
    let gainful = 0;
    for (let run = 0; run < 200; run++) {
      const draw = (id: string): Pool => pool(id, 50 + 1000 * random(), 200_000 + 3e6 * random(), 100 * random());
      const [first, second, carried] = [draw('a'), draw('b'), 1 - 0.01 * random()];
      const profit = (x: number): number => {
        const there = swap(first, 'USDC', x).amountOut;
        return swap(second, 'ETH', there * carried).amountOut - x;
      };
      const best = bestTwoPoolTrade(first, second, 'USDC', carried);
      if (best === undefined) {
        for (const x of [1e-3, 1, 100, 1e4]) expect(profit(x)).toBeLessThanOrEqual(0);
        continue;
      }
      gainful++;
      expect(profit(best.amountIn)).toBeCloseTo(best.profit, 4);
      for (const factor of [0.5, 0.9, 0.99, 1.01, 1.1, 2]) {
        expect(profit(best.amountIn * factor)).toBeLessThan(best.profit);
      }
    }
    expect(gainful).toBeGreaterThan(50);
  });

  it('finds nothing within fees', () => {
    expect(bestTwoPoolTrade(pool('a', 100, 300_000), pool('b', 100, 301_500), 'USDC')).toBeUndefined();
    expect(bestTwoPoolTrade(pool('a', 100, 300_000), pool('b', 100, 303_000), 'USDC')).toBeDefined();
    expect(bestTwoPoolTrade(pool('a', 100, 300_000), pool('b', 100, 303_000), 'USDC', 0.99)).toBeUndefined();
  });
});

describe('cross-chain MEV', () => {
  const work = createCrossChainMev();
  const cheap = pool('cheap', 100, 300_000);
  const dear = pool('dear', 100, 320_000);
  const far = pool('far', 100, 330_000, 30, 'arbitrum');
  const costs = { asset: 'USDC', gas: 5, bridgeFeeBps: 4 };

  it('buys where it is cheap and sells where it is dear, at the best amount, less gas', async () => {
    const { best, tried } = await work({ pools: [dear, cheap], ...costs }, live);
    expect(tried).toBe(2);
    expect(best).toMatchObject({ first: 'cheap', second: 'dear', bridged: false, asset: 'USDC' });
    expect(best?.netProfit).toBeCloseTo((bestTwoPoolTrade(cheap, dear, 'USDC')?.profit ?? 0) - 5, 9);
  });

  it('pays the bridge between chains, and crosses only when that still earns more', async () => {
    expect((await work({ pools: [cheap, dear, far], ...costs }, live)).best).toMatchObject({
      second: 'far',
      bridged: true,
    });
    const toll = { ...costs, bridgeFeeBps: 400 };
    expect((await work({ pools: [cheap, dear, far], ...toll }, live)).best).toMatchObject({ second: 'dear' });
  });

  it('finds nothing when gas eats the profit or no pools fit together', async () => {
    expect((await work({ pools: [cheap, dear], ...costs, gas: 1e6 }, live)).best).toBeUndefined();
    const other = { ...dear, base: 'BTC' };
    expect(await work({ pools: [cheap, other], ...costs }, live)).toEqual({ best: undefined, tried: 0 });
    expect(await work({ pools: [cheap, dear], ...costs, asset: 'SOL' }, live)).toEqual({ best: undefined, tried: 0 });
  });

  it('takes pools that list the pair the other way round', async () => {
    const turned = { ...dear, base: 'USDC', quote: 'ETH', reserveBase: 320_000, reserveQuote: 100 };
    expect((await work({ pools: [cheap, turned], ...costs }, live)).best).toMatchObject({
      first: 'cheap',
      second: 'dear',
    });
  });

  it.each([
    ['one pool', { pools: [cheap], ...costs }],
    ['an empty reserve', { pools: [cheap, { ...dear, reserveBase: 0 }], ...costs }],
    ['a fee of all', { pools: [cheap, { ...dear, feeBps: 10_000 }], ...costs }],
    ['reserves that overflow', { pools: [cheap, { ...dear, reserveQuote: 1e308 }], ...costs }],
  ])('blames the caller for %s', (_name, payload) => {
    expect(() => work(payload, live)).toThrow(BadPayloadError);
  });

  it('stops once nobody waits', () => {
    expect(() => work({ pools: [cheap, dear], ...costs }, aborted)).toThrow('nobody waits');
  });
});
