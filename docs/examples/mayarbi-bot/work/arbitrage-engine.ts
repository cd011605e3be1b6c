import { z } from 'zod';
import { findCycles, type SearchInput, type SearchResult } from './arbitrage-search.ts';
import { checked, type Work, type WorkContext } from './work.ts';

/** Runs a search: here, or in a worker thread. */
export type Search = (input: SearchInput, context: WorkContext) => SearchResult | Promise<SearchResult>;

/**
 * The file to give to a pool of worker threads. It is plain JavaScript that loads the search itself, because before
 * Node 22.18 a thread cannot load TypeScript unless its parent was started with a loader, and tests are not.
 */
export const SEARCH_WORKER_URL = new URL('./arbitrage-engine.worker.mjs', import.meta.url);

const edge = z.object({
  from: z.string().min(1),
  to: z.string().min(1),
  rate: z.number().positive(),
  capacity: z.number().positive(),
  venue: z.string(),
  pair: z.string(),
});
const schema = z.object({ edges: z.array(edge).max(10_000), minProfitBps: z.number().nonnegative() });

/**
 * The work of `arbitrage_engine`: a payload is a rate graph (`rateGraph`) and the least profit worth reporting; the
 * result is the arbitrage cycles in it. The payload is checked here and not in the thread, since errors lose their
 * class on the way out of one.
 *
 * @param search where to run; default: in this thread. A graph of 64 edges takes about 40 µs here and 270 µs by way of a
 * worker thread, of which most is the way: threads are for graphs that would block the event loop.
 */
export const createArbitrageEngine =
  (search: Search = findCycles): Work<SearchResult> =>
  (payload, context) => {
    context.signal.throwIfAborted();
    return search(checked(schema, payload, 'rate graph'), context);
  };
