import type { WorkloadRequest } from 'plimsoll';
import type { Pool } from './work/amm.ts';
import type { BridgeClaim } from './work/bridge-monitor.ts';
import type { MemoryOperation } from './work/memory-system.ts';
import type { RateEdge } from './work/rate-graph.ts';
import type { WalletOperation } from './work/wallet-manager.ts';

/**
 * The bot's kinds of work as requests: how much each matters and for how long it is of use. All times are
 * milliseconds.
 */

/** A price that is two seconds old is history. */
export const priceUpdate = (payload: unknown): WorkloadRequest => ({
  type: 'PRICE_UPDATE',
  priority: 'HIGH',
  payload,
  deadlineInMs: 2000,
  timeoutMs: 1000,
});

/**
 * Searching for cycles only reads, so it may run twice, unlike what the type stands for by default; and an opportunity
 * lasts about as long as the next quote takes.
 */
export const arbitrageSearch = (edges: readonly RateEdge[]): WorkloadRequest => ({
  type: 'ARBITRAGE_OPPORTUNITY',
  priority: 'CRITICAL',
  payload: { edges, minProfitBps: 1 },
  idempotent: true,
  deadlineInMs: 2000,
  timeoutMs: 1000,
  resources: { cpu: 4 },
});

/** Gas and bridge fee are those of a cheap chain on a quiet day. */
export const poolSearch = (pools: readonly Pool[], asset: string): WorkloadRequest => ({
  type: 'MEV_DETECTION',
  priority: 'HIGH',
  payload: { pools, asset, gas: asset === 'USDC' ? 5 : 0.0016, bridgeFeeBps: 4 },
  deadlineInMs: 2000,
  timeoutMs: 1000,
  resources: { cpu: 4 },
});

/** A transfer that is not verified now may be verified later. */
export const bridgeCheck = (claim: BridgeClaim): WorkloadRequest => ({
  type: 'BRIDGE_MONITORING',
  priority: 'NORMAL',
  payload: claim,
  timeoutMs: 2000,
});

/**
 * Money. It keeps the type's default: never run twice by the balancer. The wallet would refuse a repeat as well; that is
 * the second lock on the same door. Prices have moved on after three seconds.
 */
export const walletOperation = (operation: WalletOperation): WorkloadRequest => ({
  type: 'WALLET_OPERATION',
  priority: 'CRITICAL',
  payload: operation,
  deadlineInMs: 3000,
  metadata: { operationId: operation.operationId },
});

export const memoryOperation = (operation: MemoryOperation): WorkloadRequest => ({
  type: 'MEMORY_OPERATION',
  priority: 'LOW',
  payload: operation,
  timeoutMs: 5000,
  resources: { storage: 2 },
});

export const healthReading = (): WorkloadRequest => ({ type: 'HEALTH_CHECK', priority: 'LOW', timeoutMs: 1000 });

/** The first to go when there is too much to do. */
export const housekeeping = (): WorkloadRequest => ({
  type: 'GENERAL',
  priority: 'MINIMAL',
  deadlineInMs: 10_000,
  timeoutMs: 2000,
});
