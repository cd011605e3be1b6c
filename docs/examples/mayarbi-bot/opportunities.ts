import { createHash } from 'node:crypto';
import type { ArbitrageCycle } from './work/arbitrage-search.ts';
import type { PoolOpportunity } from './work/cross-chain-mev.ts';
import type { WalletOperation } from './work/wallet-manager.ts';

/**
 * Turns what a search found into an operation for the wallet. The id follows from the content: searches overlap, and two
 * that find the same chance at the same rates mean one operation.
 */
export const operationOfCycle = ({ legs, asset, amount }: ArbitrageCycle): WalletOperation =>
  named('cycle', {
    asset,
    amount,
    legs: legs.map(({ venue, from, to, rate }) => ({ venue, from, to, rate })),
  });

/** The same for a trade through two pools; the second rate includes what the bridge takes. */
export const operationOfPools = (found: PoolOpportunity): WalletOperation => {
  const { asset, via, amountIn, amountVia, amountOut } = found;
  return named('pools', {
    asset,
    amount: amountIn,
    legs: [
      { venue: found.first, from: asset, to: via, rate: amountVia / amountIn },
      { venue: found.second, from: via, to: asset, rate: amountOut / amountVia },
    ],
  });
};

const named = (kind: string, content: Pick<WalletOperation, 'asset' | 'amount' | 'legs'>): WalletOperation => {
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  return { operationId: `${kind}-${digest.slice(0, 24)}`, kind, ...content };
};
