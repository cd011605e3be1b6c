import type { SeededRandom } from 'plimsoll/testing';
import type { Pool } from '../work/amm.ts';
import { arrivals, type BurstyArrivals } from './arrivals.ts';
import { type BridgeEvent, type BridgeOptions, bridgeEvents } from './bridges.ts';
import { oneOf } from './chance.ts';
import { POOL_PAIRS, PoolMarket, type PoolOptions } from './pools.ts';
import { type PriceOptions, PriceWalk } from './prices.ts';

/** Something that happened on the market; `atMs` is milliseconds since the start. */
export type MarketEvent = { readonly atMs: number } & (
  | {
      readonly kind: 'tick';
      /** As a feed sends it: JSON text or an object; not checked yet. */
      readonly payload: unknown;
    }
  | { readonly kind: 'pools'; readonly pools: readonly Pool[]; readonly asset: string }
  | BridgeEvent
);

export interface MarketOptions {
  readonly arrivals: BurstyArrivals;
  /** Epoch milliseconds of the start, for the stamps in ticks. */
  readonly startedAt: number;
  /** Shares of the events; the rest, by default 0.7, are ticks. */
  readonly poolShare?: number;
  readonly bridgeShare?: number;
  /** Share of the ticks that arrive cut off, as feeds send them now and then; 0 to 1. Default 0. */
  readonly garbledShare?: number;
  readonly prices?: PriceOptions;
  readonly pools?: PoolOptions;
  readonly bridges?: BridgeOptions;
}

/**
 * A market without end, in order of time; the same for the same random source. Each part draws from a stream of its own,
 * so that an option of one leaves the others' events as they were.
 */
export function* marketEvents(options: MarketOptions, random: SeededRandom): Generator<MarketEvent, void, void> {
  const prices = new PriceWalk(random.fork('prices'), options.prices);
  const pools = new PoolMarket(random.fork('pools'), (pair) => prices.fair(pair), options.pools);
  const bridges = bridgeEvents(random.fork('bridges'), options.bridges);
  const kinds = random.fork('kinds');
  const garble = random.fork('garble');
  const garbledShare = options.garbledShare ?? 0;
  const poolShare = options.poolShare ?? 0.15;
  const bridgeShare = options.bridgeShare ?? 0.15;
  for (const { atMs } of arrivals(options.arrivals, random.fork('arrivals'))) {
    const draw = kinds();
    if (draw < poolShare) {
      const pair = oneOf(POOL_PAIRS, kinds);
      yield { atMs, kind: 'pools', pools: pools.pools(pair), asset: pair === 'ETH/USDC' ? 'USDC' : 'ETH' };
    } else if (draw < poolShare + bridgeShare) {
      yield { atMs, ...bridges.next().value };
    } else {
      const text = JSON.stringify(prices.next(options.startedAt + atMs).tick);
      yield { atMs, kind: 'tick', payload: garble() < garbledShare ? text.slice(0, text.length >> 1) : text };
    }
  }
}
