import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { SEARCH_WORKER_URL } from './work/arbitrage-engine.ts';
import type { SearchInput, SearchResult } from './work/arbitrage-search.ts';

/** The search of `arbitrage_engine` in worker threads, so that a large graph does not hold up everything else. */
export interface SearchPool {
  search(input: SearchInput): Promise<SearchResult>;
  close(): Promise<void>;
}

/** Makes the pool and waits until its first thread has loaded the search, which takes longer than a search may. */
export const openSearchPool = async (): Promise<SearchPool> => {
  const threads = Math.max(1, availableParallelism() - 1);
  const pool = new Piscina<SearchInput, SearchResult>({
    filename: SEARCH_WORKER_URL.href,
    minThreads: threads,
    maxThreads: threads,
    closeTimeout: 2000,
  });
  // A thread that answers while the pool closes, or takes too long to: nobody waits for either.
  pool.on('error', () => undefined);
  const nothing: SearchInput = { edges: [], minProfitBps: 0 };
  await Promise.all(Array.from({ length: threads }, () => pool.run(nothing)));
  return {
    // Without the signal: piscina ends a running task by killing its thread, and loading the next one takes some thousand
    // times as long as the search that nobody waits for any more.
    search: (input) => pool.run(input),
    close: () => pool.close(),
  };
};
