/** The process of one contender: `node contestant.js <name>`, then orders by IPC, one at a time. */
import { getHeapStatistics } from 'node:v8';
import { contenders } from './competitors/index.ts';
import type { Running } from './contender.ts';
import { type Walked, walkAround } from './disturbance.ts';
import { type ClosedRun, closedLoop, countedLoop, type OpenRun, openLoop } from './loops.ts';

export type Order =
  | { readonly do: 'closed'; readonly inFlight: number; readonly ms: number }
  | { readonly do: 'open'; readonly perSecond: number; readonly ms: number; readonly seed: number }
  | { readonly do: 'allocate'; readonly inFlight: number }
  | { readonly do: 'stop' };

export interface Answers {
  closed: Walked<ClosedRun>;
  open: Walked<OpenRun>;
  /** Bytes of heap per request. */
  allocate: number;
  /** Largest resident set of the process so far, MB. */
  stop: number;
}

export interface Introduction {
  readonly label: string;
  readonly features: string;
  readonly package: string | undefined;
}

const CHUNK = 1_000;
/** Chunks that are measured, fewer where they take longer than that, ms. */
const CHUNKS = 41;
const LONGEST_MS = 2_000;

/**
 * Heap used per request, the loop's own share included: the median over chunks, since a collection in the midst of a
 * chunk makes it small. Asks for a process with a large young generation.
 */
async function allocated(running: Running, inFlight: number): Promise<number> {
  await closedLoop(running, inFlight, LONGEST_MS / 4);
  const bytes: number[] = [];
  const start = performance.now();
  while (bytes.length < CHUNKS && (bytes.length < 5 || performance.now() - start < LONGEST_MS)) {
    const before = getHeapStatistics().used_heap_size;
    await countedLoop(running, inFlight, CHUNK);
    bytes.push((getHeapStatistics().used_heap_size - before) / CHUNK);
  }
  return bytes.sort((a, b) => a - b)[bytes.length >> 1]!;
}

async function obey(running: Running, order: Order): Promise<Answers[Order['do']]> {
  switch (order.do) {
    case 'closed':
      return walkAround(() => closedLoop(running, order.inFlight, order.ms));
    case 'open':
      return walkAround(() => openLoop(running, order.perSecond, order.ms, order.seed));
    case 'allocate':
      return allocated(running, order.inFlight);
    case 'stop':
      await running.stop();
      return process.resourceUsage().maxRSS / 1_024;
  }
}

const load = contenders[process.argv[2] ?? ''];
if (load === undefined || process.send === undefined) throw new Error(`unknown contender ${process.argv[2]}`);
const contender = await load();
const running = await contender.start();
const introduction: Introduction = {
  label: contender.label,
  features: contender.features,
  package: contender.package,
};
process.send(introduction);
process.on('message', (order: Order) => {
  obey(running, order).then(
    (answer) => {
      process.send?.({ answer });
      if (order.do === 'stop') process.disconnect();
    },
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
