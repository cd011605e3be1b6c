import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_BURSTS } from '../../../docs/examples/mayarbi-bot/market/arrivals.ts';
import { marketEvents } from '../../../docs/examples/mayarbi-bot/market/generator.ts';
import { operationOfCycle, operationOfPools } from '../../../docs/examples/mayarbi-bot/opportunities.ts';
import {
  arbitrageSearch,
  bridgeCheck,
  healthReading,
  housekeeping,
  memoryOperation,
  poolSearch,
  priceUpdate,
  walletOperation,
} from '../../../docs/examples/mayarbi-bot/requests.ts';
import type { SearchResult } from '../../../docs/examples/mayarbi-bot/work/arbitrage-search.ts';
import type { PoolSearchResult } from '../../../docs/examples/mayarbi-bot/work/cross-chain-mev.ts';
import { rateGraph } from '../../../docs/examples/mayarbi-bot/work/rate-graph.ts';
import { removeStore, SegmentStore } from '../../../docs/examples/mayarbi-bot/work/segment-store.ts';
import { createWalletManager, keyFromSeed } from '../../../docs/examples/mayarbi-bot/work/wallet-manager.ts';
import { createWorks, type Works } from '../../../docs/examples/mayarbi-bot/works.ts';
import type { HandlerContext } from '../../../src/domain/component.ts';
import { requestProblem, type WorkloadRequest } from '../../../src/domain/request.ts';
import { VirtualClock } from '../../../src/testing/clock/virtual-clock.ts';
import { seededRandom } from '../../../src/testing/seeded-random.ts';

const context: HandlerContext = {
  signal: new AbortController().signal,
  attempt: 1,
  deadline: undefined,
  componentId: 'any',
  requestId: 'r1',
  clock: new VirtualClock(),
};
const wallet = createWalletManager(keyFromSeed(Buffer.alloc(32)), () => undefined);
const sample = {
  atMs: 0,
  loadAverage: 0,
  cores: 1,
  cpuMs: 0,
  residentBytes: 1,
  totalBytes: 2,
  heapUsedBytes: 1,
  loopDelayP99Ms: 0,
  loopUtilization: 0,
};

let directory: string;
let store: SegmentStore;
let works: Works;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mayarbi-works-'));
  store = (await SegmentStore.open(directory)).store;
  works = createWorks({ store, wallet, machine: { read: () => sample, close: () => undefined } });
});
afterAll(async () => {
  await store.close();
  await removeStore(directory);
});

/** What the work of a request gives; the request must be one that the balancer would take. */
const run = async (request: WorkloadRequest): Promise<unknown> => {
  expect(requestProblem(request)).toBeUndefined();
  return works.handler(request, context);
};

describe('the works behind the components', () => {
  it('turn a market into wallet operations, from tick to signature', async () => {
    const market = marketEvents(
      { arrivals: { ratePerSecond: 400, ...DEFAULT_BURSTS }, startedAt: 0, poolShare: 0.1, bridgeShare: 0.2 },
      seededRandom('works'),
    );
    const verdicts = new Set<unknown>();
    const operations = new Set<string>();
    const trade = async (request: WorkloadRequest): Promise<void> => {
      expect(await run(request)).toMatchObject({ operationId: request.metadata?.operationId });
      operations.add(String(request.metadata?.operationId));
    };
    for (let i = 0; i < 2000; i++) {
      const event = market.next().value;
      if (event === undefined) break;
      if (event.kind === 'checkpoint') works.trust(event.checkpoint);
      if (event.kind === 'claim') verdicts.add(Reflect.get(Object(await run(bridgeCheck(event.claim))), 'verdict'));
      if (event.kind === 'tick') {
        await run(priceUpdate(event.payload));
        const found = (await run(arbitrageSearch(rateGraph(works.books.quotes(), 5)))) as SearchResult;
        for (const cycle of found.cycles) await trade(walletOperation(operationOfCycle(cycle)));
      }
      if (event.kind === 'pools') {
        const { best } = (await run(poolSearch(event.pools, event.asset))) as PoolSearchResult;
        if (best !== undefined) await trade(walletOperation(operationOfPools(best)));
      }
    }
    expect([...verdicts].sort()).toEqual(['forged', 'verified']);
    expect(operations.size).toBeGreaterThan(20);
    expect(wallet.audit()).toMatchObject({
      operations: operations.size,
      effects: operations.size,
      doubled: [],
      gaps: [],
    });
    // A mispriced quote stands for some ticks, and each search in between finds it again.
    expect(wallet.audit().repeats).toBeGreaterThan(0);
  });

  it('remember, look after the machine and the house', async () => {
    await run(memoryOperation({ op: 'put', key: 'a', value: [1] }));
    expect(await run(memoryOperation({ op: 'get', key: 'a' }))).toMatchObject({ value: [1] });
    expect(await run(healthReading())).toMatchObject({ memoryShare: 0.5, concerns: [] });
    const fingerprint = await run(housekeeping());
    expect(fingerprint).toMatchObject({ books: 32, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await run(housekeeping())).toEqual(fingerprint);
  });

  it('forget old checkpoints rather than grow', async () => {
    const claim = {
      transfer: { bridge: 'old', nonce: 0, from: 'a', to: 'b', asset: 'ETH', amount: 1 },
      checkpoint: 0,
      index: 0,
      proof: [],
    };
    works.trust({ bridge: 'old', number: 0, root: '0'.repeat(64), size: 1 });
    expect(await run(bridgeCheck(claim))).toMatchObject({ verdict: 'forged' });
    for (let number = 1; number <= 1000; number++) works.trust({ bridge: 'old', number, root: '', size: 1 });
    expect(await run(bridgeCheck(claim))).toMatchObject({ verdict: 'unknownCheckpoint' });
  });

  it('blame the caller for work of a type they do not know', () => {
    expect(() => works.handler({ type: 'JUGGLING' }, context)).toThrow(expect.objectContaining({ callerFault: true }));
  });
});

describe('requests', () => {
  it('let only money default to not running twice', () => {
    expect(arbitrageSearch([]).idempotent).toBe(true);
    const operation = { operationId: 'a', kind: 'cycle', asset: 'ETH', amount: 1, legs: [] };
    expect(walletOperation(operation).idempotent).toBeUndefined();
  });

  it('count deadlines from now', () => {
    expect(priceUpdate('').deadlineInMs).toBe(2000);
  });
});
