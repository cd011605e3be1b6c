import type { Random } from 'plimsoll';
import { assetsOf, type Level, type Tick } from '../work/tick.ts';
import { between, normal, oneOf } from './chance.ts';

/** What the market is made of. Values are US dollars at the start; USDC's does not move. */
export const ASSETS: Readonly<Record<string, number>> = {
  BTC: 64_000,
  ETH: 3200,
  SOL: 150,
  AVAX: 36,
  LINK: 14,
  USDC: 1,
};
export const PAIRS = [
  'BTC/USDC',
  'ETH/USDC',
  'SOL/USDC',
  'AVAX/USDC',
  'LINK/USDC',
  'ETH/BTC',
  'SOL/ETH',
  'LINK/ETH',
] as const;
export const VENUES = ['adriatic', 'baltic', 'caspian', 'northsea'] as const;

export interface PriceOptions {
  /** Standard deviation of a fair value's step, taken once for each tick that quotes it; basis points. Default 0.7. */
  readonly stepBps?: number;
  /** Share of ticks at which a market goes wrong; 0 to 1. Default 0.01. */
  readonly mispricedShare?: number;
  /** How far a wrong market is off, either way; basis points. Default 40 to 150. */
  readonly mispricedBps?: readonly [low: number, high: number];
}

/** A tick, and by how much its market is off the fair price (0 for most; the bot cannot see this). */
export interface GeneratedTick {
  readonly tick: Tick;
  readonly biasBps: number;
}

/** Half of the spread of every market; basis points. */
const HALF_SPREAD_BPS = 4;
/** Levels of a book beyond the best; basis points. */
const DEPTH_BPS = [0, 4, 10];

/**
 * Quotes of all venues. Fair values walk at random (in steps of their logarithm, so that they stay above 0), and each
 * tick quotes one pair at one venue around the fair price. Now and then a market goes wrong for one to three of its
 * quotes: those are the arbitrages. Everything else is closer to fair than fees and spread, so a search that finds
 * nothing most of the time is right.
 */
export class PriceWalk {
  readonly #random: Random;
  readonly #step: number;
  readonly #share: number;
  readonly #off: readonly [number, number];
  readonly #fair: Map<string, number>;
  readonly #wrong = new Map<string, { biasBps: number; quotesLeft: number }>();
  #seq = 0;

  constructor(random: Random, options: PriceOptions = {}) {
    this.#random = random;
    this.#step = (options.stepBps ?? 0.7) / 10_000;
    this.#share = options.mispricedShare ?? 0.01;
    this.#off = options.mispricedBps ?? [40, 150];
    this.#fair = new Map(Object.entries(ASSETS));
  }

  /** Fair price of a pair: quote units for a base unit. */
  fair(pair: string): number {
    const [base, quote] = assetsOf(pair);
    return (this.#fair.get(base) ?? 1) / (this.#fair.get(quote) ?? 1);
  }

  /** @param at epoch milliseconds to stamp the tick with */
  next(at: number): GeneratedTick {
    const venue = oneOf(VENUES, this.#random);
    const pair = oneOf(PAIRS, this.#random);
    const [base] = assetsOf(pair);
    this.#fair.set(base, (this.#fair.get(base) ?? 1) * Math.exp(this.#step * normal(this.#random)));
    const biasBps = this.#biasOf(`${venue} ${pair}`);
    const mid = this.fair(pair) * (1 + biasBps / 10_000);
    const tick = { venue, pair, seq: ++this.#seq, at, bids: this.#side(mid, base, -1), asks: this.#side(mid, base, 1) };
    return { tick, biasBps };
  }

  #biasOf(market: string): number {
    const wrong = this.#wrong.get(market);
    if (wrong !== undefined && wrong.quotesLeft > 0) {
      wrong.quotesLeft--;
      return wrong.biasBps;
    }
    if (this.#random() >= this.#share) return 0;
    const biasBps = between(...this.#off, this.#random) * (this.#random() < 0.5 ? -1 : 1);
    this.#wrong.set(market, { biasBps, quotesLeft: Math.floor(this.#random() * 3) });
    return biasBps;
  }

  /** Levels worth 2,000 to 50,000 dollars each. */
  #side(mid: number, base: string, direction: 1 | -1): Level[] {
    const value = this.#fair.get(base) ?? 1;
    return DEPTH_BPS.map((depth) => [
      mid * (1 + (direction * (HALF_SPREAD_BPS + depth)) / 10_000),
      between(2000, 50_000, this.#random) / value,
    ]);
  }
}
