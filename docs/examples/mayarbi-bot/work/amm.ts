/** A constant-product pool: reserves x and y with x · y kept by every swap, apart from the fee. */
export interface Pool {
  readonly id: string;
  readonly chain: string;
  readonly base: string;
  readonly quote: string;
  /** Units of base; above 0. */
  readonly reserveBase: number;
  /** Units of quote; above 0. */
  readonly reserveQuote: number;
  /** Taken from the input; basis points, 0 to below 10,000. Uniswap v2's is 30. */
  readonly feeBps: number;
}

export interface Swap {
  readonly amountOut: number;
  /** The pool afterwards; the fee stays in it. */
  readonly pool: Pool;
  /** How much worse than the pool's price before, fee included; basis points. */
  readonly slippageBps: number;
}

/** A trade in one pool and back in another. */
export interface TwoPoolTrade {
  /** Best amount to put into the first pool, in units of the asset traded. */
  readonly amountIn: number;
  readonly amountOut: number;
  /** amountOut − amountIn, before gas. */
  readonly profit: number;
}

const kept = (pool: Pool): number => 1 - pool.feeBps / 10_000;

/** Reserves as [of what goes in, of what comes out]; throws a RangeError when the pool does not hold the asset. */
const sides = (pool: Pool, assetIn: string): readonly [reserveIn: number, reserveOut: number] => {
  if (assetIn === pool.base) return [pool.reserveBase, pool.reserveQuote];
  if (assetIn === pool.quote) return [pool.reserveQuote, pool.reserveBase];
  throw new RangeError(`pool ${pool.id} holds ${pool.base} and ${pool.quote}, not ${assetIn}`);
};

/** The other asset of a pool. */
export const otherAsset = (pool: Pool, asset: string): string => (asset === pool.base ? pool.quote : pool.base);

/** Swaps `amountIn` (units of `assetIn`, 0 or more): out = γ·in·Rout / (Rin + γ·in), with γ = 1 − fee. */
export const swap = (pool: Pool, assetIn: string, amountIn: number): Swap => {
  const [reserveIn, reserveOut] = sides(pool, assetIn);
  const effective = kept(pool) * amountIn;
  const amountOut = (effective * reserveOut) / (reserveIn + effective);
  const after =
    assetIn === pool.base
      ? { reserveBase: reserveIn + amountIn, reserveQuote: reserveOut - amountOut }
      : { reserveQuote: reserveIn + amountIn, reserveBase: reserveOut - amountOut };
  const ideal = (amountIn * reserveOut) / reserveIn;
  return {
    amountOut,
    pool: { ...pool, ...after },
    slippageBps: ideal > 0 ? (1 - amountOut / ideal) * 10_000 : 0,
  };
};

/** Swaps through pools in a row; what comes out of one goes into the next. Returns each step. */
export const swapThrough = (pools: readonly Pool[], assetIn: string, amountIn: number): Swap[] => {
  const steps: Swap[] = [];
  let asset = assetIn;
  let amount = amountIn;
  for (const pool of pools) {
    const step = swap(pool, asset, amount);
    steps.push(step);
    asset = otherAsset(pool, asset);
    amount = step.amountOut;
  }
  return steps;
};

/**
 * The best trade of `asset` into `first` and back out of `second`, or `undefined` when none gains.
 *
 * Two constant-product pools in a row act as one virtual pool: with reserves A1 (in), B1 (out) and B2 (in), A2 (out),
 * γ for what a fee leaves and β for what a bridge between the two leaves,
 *
 *   out(x) = K·x / (M + N·x),   K = γ1·γ2·β·B1·A2,   M = A1·B2,   N = γ1·(B2 + γ2·β·B1)
 *
 * out(x) − x is concave and out′(x) = K·M / (M + N·x)² = 1 at x* = (√(K·M) − M) / N, positive exactly when K > M.
 * (Wang, Chen, Wu, Zhou, Deng, Wattenhofer: Cyclic Arbitrage in Decentralized Exchanges, arXiv:2105.02784, whose
 * optimal input this is for a cycle of two pools; β is ours.)
 *
 * @param carried β: the share that survives between the pools, above 0 to 1 (1: same chain, nothing lost)
 */
export const bestTwoPoolTrade = (first: Pool, second: Pool, asset: string, carried = 1): TwoPoolTrade | undefined => {
  const [a1, b1] = sides(first, asset);
  const [b2, a2] = sides(second, otherAsset(first, asset));
  const k = kept(first) * kept(second) * carried * b1 * a2;
  const m = a1 * b2;
  if (k <= m) return undefined;
  const n = kept(first) * (b2 + kept(second) * carried * b1);
  const amountIn = (Math.sqrt(k * m) - m) / n;
  const amountOut = (k * amountIn) / (m + n * amountIn);
  return { amountIn, amountOut, profit: amountOut - amountIn };
};
