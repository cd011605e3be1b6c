import type { Random } from 'plimsoll';
import type { Pool } from '../work/amm.ts';
import { assetsOf } from '../work/tick.ts';
import { between, normal } from './chance.ts';

export const CHAINS = ['arbitrum', 'base', 'ethereum'] as const;
/** Pairs that every chain has a pool of. */
export const POOL_PAIRS = ['ETH/USDC', 'LINK/ETH'] as const;

/** What the generator knows of prices: quote units for a base unit. */
export type FairPrice = (pair: string) => number;

export interface PoolOptions {
  /** How far a pool's price is from fair; standard deviation in basis points. Default 60, so that few trades pay. */
  readonly noiseBps?: number;
  /** Value of a pool's two sides together; US dollars. Default 200,000 to 5,000,000. */
  readonly value?: readonly [low: number, high: number];
}

/**
 * The pools of a pair, one on each chain, as they might stand now. Between looks others trade, so their prices are near
 * the fair one and not at it; the depth x · y of a pool stays what it was drawn to be.
 */
export class PoolMarket {
  readonly #random: Random;
  readonly #fair: FairPrice;
  readonly #noise: number;
  readonly #depth = new Map<string, number>();

  constructor(random: Random, fair: FairPrice, options: PoolOptions = {}) {
    this.#random = random;
    this.#fair = fair;
    this.#noise = (options.noiseBps ?? 60) / 10_000;
    const [low, high] = options.value ?? [200_000, 5_000_000];
    for (const pair of POOL_PAIRS) {
      const [, quote] = assetsOf(pair);
      // √(x · y) in quote units is half of the pool's value, in quote units, over the root of the price.
      const quoteValue = quote === 'USDC' ? 1 : fair(`${quote}/USDC`);
      for (const chain of CHAINS) {
        const half = between(low, high, random) / 2 / quoteValue;
        this.#depth.set(idOf(chain, pair), half / Math.sqrt(fair(pair)));
      }
    }
  }

  /** The pools of one pair; there is one for each chain. */
  pools(pair: string): Pool[] {
    const [base, quote] = assetsOf(pair);
    return CHAINS.map((chain) => {
      const id = idOf(chain, pair);
      const price = this.#fair(pair) * Math.exp(this.#noise * normal(this.#random));
      const depth = this.#depth.get(id) ?? 1;
      // x · y = depth² and y / x = price.
      const reserves = { reserveBase: depth / Math.sqrt(price), reserveQuote: depth * Math.sqrt(price) };
      return { id, chain, base, quote, ...reserves, feeBps: 30 };
    });
  }
}

const idOf = (chain: string, pair: string): string => `${chain}:${pair}`;
