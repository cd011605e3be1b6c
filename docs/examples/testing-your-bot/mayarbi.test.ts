import { mayarbi } from 'plimsoll/presets/mayarbi';
import { failoverTests, type RequestFor, runFailoverPaths } from 'plimsoll/testing';
import { describe, expect, test } from 'vitest';
import { createPriceFeeds } from '../mayarbi-bot/work/price-feeds.ts';
import { createWalletManager, keyFromSeed, type WalletAudit } from '../mayarbi-bot/work/wallet-manager.ts';

/**
 * Tests of a bot's own components: their real handlers, its real specs. The kit generates the paths (fail, drain, crash,
 * recover, overload) and compares the balancer with its model after each step; what is written here is only what
 * the components need to be asked for.
 */
const requestFor: RequestFor = (componentId, n) =>
  componentId === 'wallet_manager'
    ? { payload: { operationId: `op-${n}`, kind: 'transfer', asset: 'USDC', amount: 1, legs: [] } }
    : { payload: { venue: 'kraken', pair: 'ETH/USDC', seq: n, at: n, bids: [[1999, 1]], asks: [[2001, 1]] } };

let audit: () => WalletAudit;

/** Made anew for each path, since components keep state. */
const createSystem = () => {
  const wallet = createWalletManager(keyFromSeed(Buffer.alloc(32, 7)), () => undefined);
  const updatePrice = createPriceFeeds();
  audit = wallet.audit;
  const components = mayarbi((id) =>
    id === 'wallet_manager'
      ? ({ payload }, context) => wallet.work(payload, context)
      : ({ payload }, context) => updatePrice(payload, context),
  );
  return { components, recovery: { slowStartMs: 4_000 } };
};

describe('failover of the components that matter most', () => {
  failoverTests(test, createSystem, { components: ['wallet_manager', 'price_feeds'], requestFor });
});

test('the wallet does nothing twice, whatever happens to its component', async () => {
  const report = await runFailoverPaths(createSystem, { components: ['wallet_manager'], requestFor, maxSteps: 60 });
  expect(report.missing).toEqual([]);
  expect(audit()).toMatchObject({ doubled: [], unknown: [], badSignatures: [] });
  expect(audit().effects).toBeGreaterThan(10);
});

test('the kit tells which path a broken handler breaks', async () => {
  const broken = () => ({
    components: mayarbi((id) => () => {
      if (id === 'memory_system') throw new Error('disk full');
      return id;
    }),
  });
  const run = runFailoverPaths(broken, { components: ['memory_system'] });
  await expect(run).rejects.toThrow(/should be completed, and is failed .*disk full[\s\S]*sequenceDiagram/);
});
