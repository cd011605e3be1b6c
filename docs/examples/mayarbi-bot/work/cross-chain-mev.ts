import { z } from 'zod';
import { bestTwoPoolTrade, otherAsset, type Pool, swap, type TwoPoolTrade } from './amm.ts';
import { BadPayloadError, checked, type Work } from './work.ts';

export interface PoolOpportunity extends TwoPoolTrade {
  /** What is put in and got back. */
  readonly asset: string;
  /** What is held between the two swaps, and how much of it leaves the first pool. */
  readonly via: string;
  readonly amountVia: number;
  /** Pool ids, in the order of the trade. */
  readonly first: string;
  readonly second: string;
  /** Whether the trade crosses from one chain to another. */
  readonly bridged: boolean;
  /** Profit less gas (and, across chains, less the bridge's fee), in units of `asset`; above 0. */
  readonly netProfit: number;
  /** Slippage of the two swaps when they are really made, in basis points. */
  readonly slippageBps: readonly [number, number];
}

export interface PoolSearchResult {
  readonly best: PoolOpportunity | undefined;
  /** Ordered pairs of pools that were tried. */
  readonly tried: number;
}

const pool = z.object({
  id: z.string().min(1),
  chain: z.string().min(1),
  base: z.string().min(1),
  quote: z.string().min(1),
  reserveBase: z.number().positive(),
  reserveQuote: z.number().positive(),
  feeBps: z.number().min(0).lt(10_000),
});
const schema = z.object({
  pools: z.array(pool).min(2).max(200),
  asset: z.string().min(1),
  /** In units of `asset`, for the whole trade. */
  gas: z.number().nonnegative(),
  /** Taken by the bridge between chains; basis points. */
  bridgeFeeBps: z.number().min(0).lt(10_000),
});

type Input = z.infer<typeof schema>;

/**
 * The work of `cross_chain_mev`: a payload is a set of pools and the asset to earn; the result is the best trade into
 * one pool and out of another, at the amount that earns most, less gas and bridge fee.
 */
export const createCrossChainMev =
  (): Work<PoolSearchResult> =>
  (payload, { signal }) => {
    const input = checked(schema, payload, 'pools');
    let best: PoolOpportunity | undefined;
    let tried = 0;
    for (const first of input.pools) {
      signal.throwIfAborted();
      for (const second of input.pools) {
        if (first.id === second.id || !tradable(first, second, input.asset)) continue;
        tried++;
        const found = appraise(first, second, input);
        if (found !== undefined && found.netProfit > (best?.netProfit ?? 0)) best = found;
      }
    }
    return { best, tried };
  };

const tradable = (first: Pool, second: Pool, asset: string): boolean => {
  if (asset !== first.base && asset !== first.quote) return false;
  const other = otherAsset(first, asset);
  return (asset === second.base && other === second.quote) || (asset === second.quote && other === second.base);
};

const appraise = (first: Pool, second: Pool, input: Input): PoolOpportunity | undefined => {
  const bridged = first.chain !== second.chain;
  const carried = bridged ? 1 - input.bridgeFeeBps / 10_000 : 1;
  const trade = bestTwoPoolTrade(first, second, input.asset, carried);
  if (trade === undefined) return undefined;
  const via = otherAsset(first, input.asset);
  const there = swap(first, input.asset, trade.amountIn);
  const back = swap(second, via, there.amountOut * carried);
  // The closed form is what is traded on; a swap that disagrees with it means a pool whose numbers overflow.
  if (!(Math.abs(back.amountOut - trade.amountOut) <= 1e-6 * trade.amountOut)) {
    throw new BadPayloadError(`pools ${first.id} and ${second.id}: reserves too far apart to compute with`);
  }
  return {
    ...trade,
    asset: input.asset,
    via,
    amountVia: there.amountOut,
    first: first.id,
    second: second.id,
    bridged,
    netProfit: trade.profit - input.gas,
    slippageBps: [there.slippageBps, back.slippageBps],
  };
};
