import type { Handler, WORKLOAD_TYPES } from 'plimsoll';
import { createArbitrageEngine, type Search } from './work/arbitrage-engine.ts';
import { type Checkpoint, createBridgeMonitor } from './work/bridge-monitor.ts';
import { createCrossChainMev } from './work/cross-chain-mev.ts';
import { createHealthMonitor } from './work/health-monitor.ts';
import { createHousekeeping } from './work/housekeeping.ts';
import type { MachineReader } from './work/machine-reader.ts';
import { createMemorySystem } from './work/memory-system.ts';
import { OrderBooks } from './work/order-books.ts';
import { createPriceFeeds } from './work/price-feeds.ts';
import type { SegmentStore } from './work/segment-store.ts';
import type { WalletManager } from './work/wallet-manager.ts';
import { BadPayloadError, type Work } from './work/work.ts';

export interface WorksOptions {
  readonly store: SegmentStore;
  readonly machine: MachineReader;
  readonly wallet: WalletManager;
  /** Where cycles are searched; default: in this thread. */
  readonly search?: Search;
}

export interface Works {
  readonly books: OrderBooks;
  /**
   * The handler of every component: what is done follows from the request's type and not from who does it, so a stand-in
   * does the same work on the same books and store. Who may do what is the business of the components' `serves`.
   */
  readonly handler: Handler;
  /** Tells the bridge monitor of a checkpoint. */
  trust(checkpoint: Checkpoint): void;
}

/** Checkpoints that are kept; a claim that comes later than so many others finds its own forgotten. */
const CHECKPOINTS_KEPT = 1000;

export const createWorks = ({ store, machine, wallet, search }: WorksOptions): Works => {
  const books = new OrderBooks();
  const checkpoints = new Map<string, Checkpoint>();
  const works: Readonly<Record<(typeof WORKLOAD_TYPES)[number], Work<unknown>>> = {
    PRICE_UPDATE: createPriceFeeds(books),
    ARBITRAGE_OPPORTUNITY: createArbitrageEngine(search),
    MEV_DETECTION: createCrossChainMev(),
    BRIDGE_MONITORING: createBridgeMonitor((bridge, number) => checkpoints.get(`${bridge} ${number}`)),
    WALLET_OPERATION: wallet.work,
    MEMORY_OPERATION: createMemorySystem(store),
    HEALTH_CHECK: createHealthMonitor(machine),
    GENERAL: createHousekeeping(books),
  };
  const byType = new Map<string, Work<unknown>>(Object.entries(works));
  return {
    books,
    handler: (request, context) => {
      const work = byType.get(request.type);
      if (work === undefined) throw new BadPayloadError(`no work of type ${request.type}`);
      return work(request.payload, context);
    },
    trust(checkpoint) {
      checkpoints.set(`${checkpoint.bridge} ${checkpoint.number}`, checkpoint);
      const oldest = checkpoints.keys().next();
      if (checkpoints.size > CHECKPOINTS_KEPT && oldest.done !== true) checkpoints.delete(oldest.value);
    },
  };
};
