import type { Running } from './contender.ts';

/** What a closed loop did. */
export interface ClosedRun {
  readonly requests: number;
  readonly wallMs: number;
  /** Processor time of the whole process, threads included. */
  readonly cpuMs: number;
}

/**
 * Keeps `inFlight` requests open until `ms` have passed: each that settles is followed by the next. Time is looked at
 * once per 64 requests, which costs 1 ns per request.
 */
export async function closedLoop({ run }: Running, inFlight: number, ms: number): Promise<ClosedRun> {
  let handedIn = 0;
  let over = false;
  const cpu = process.cpuUsage();
  const start = performance.now();
  const client = async (): Promise<void> => {
    while (!over) {
      const n = handedIn++;
      if ((n & 63) === 0 && performance.now() - start >= ms) over = true;
      await run(n);
    }
  };
  const clients: Promise<void>[] = [];
  for (let k = 0; k < inFlight; k++) clients.push(client());
  await Promise.all(clients);
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  return { requests: handedIn, wallMs, cpuMs: (user + system) / 1_000 };
}

/** Hands in exactly `count` requests, `inFlight` at a time. */
export async function countedLoop({ run }: Running, inFlight: number, count: number): Promise<void> {
  let left = count;
  const client = async (): Promise<void> => {
    while (left > 0) await run(left--);
  };
  const clients: Promise<void>[] = [];
  for (let k = 0; k < inFlight; k++) clients.push(client());
  await Promise.all(clients);
}

/** What an open loop saw. Latencies in ms, from when a request was due to its result. */
export interface OpenRun {
  readonly perSecond: number;
  readonly requests: number;
  /** Requests that ended without a result. */
  readonly lost: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** How long after the last request was due all had settled, ms. */
  readonly behindMs: number;
}

/**
 * Hands in requests at random (Poisson) at a rate, whatever becomes of those before. A latency counts from the time a
 * request was *due*, so that a stall is charged to every request that it delayed, also to those handed in late because of
 * it. The loop looks at the time at each turn of the event loop.
 */
export function openLoop({ run }: Running, perSecond: number, ms: number, seed: number): Promise<OpenRun> {
  const due = arrivals(perSecond, ms, seed);
  const latencies = column(waits, due.length);
  let settled = 0;
  let handedIn = 0;
  let lost = 0;
  const start = performance.now();
  // one function for all requests, which are told apart by their results: each handler answers with its payload
  const keep = (n: unknown): void => {
    latencies[settled++] = performance.now() - start - due[Number(n)]!;
  };
  const lose = (): void => {
    lost++;
  };
  return new Promise((resolve) => {
    const turn = (): void => {
      const now = performance.now() - start;
      while (handedIn < due.length && due[handedIn]! <= now) run(handedIn++).then(keep, lose);
      if (settled + lost < due.length) setImmediate(turn);
      else {
        const behindMs = performance.now() - start - ms;
        resolve({ perSecond, requests: handedIn, lost, behindMs, ...quantiles(latencies.subarray(0, settled)) });
      }
    };
    turn();
  });
}

/** When each request of a window is due, ms from its start: at random (Poisson). */
function arrivals(perSecond: number, ms: number, seed: number): Float64Array {
  const random = drawing(seed);
  const due = column(dues, Math.ceil(perSecond * (ms / 1_000) * 1.1) + 10_000);
  let count = 0;
  for (let t = 0; count < due.length; count++) {
    t -= (Math.log(1 - random()) * 1_000) / perSecond;
    if (t >= ms) break;
    due[count] = t;
  }
  return due.subarray(0, count);
}

/**
 * Times by request, beside the heap and used again by the next loop: what the loop allocates is collected while it runs, which
 * counts against whom is measured.
 */
interface Times {
  column: Float64Array;
}
const dues: Times = { column: new Float64Array(0) };
const waits: Times = { column: new Float64Array(0) };

function column(times: Times, length: number): Float64Array {
  if (times.column.length < length) times.column = new Float64Array(length);
  return times.column;
}

function quantiles(values: Float64Array): { p50: number; p99: number; p999: number } {
  const sorted = values.sort();
  const at = (q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}

/** Numbers in [0, 1) of a seed (mulberry32); plimsoll's own would load plimsoll into everybody's process. */
function drawing(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
