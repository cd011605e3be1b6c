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
