import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { readEvents } from '../../src/adapters/http/server-sent-events.ts';
import { LoadBalancer } from '../../src/index.ts';
import { inspect } from '../../src/inspector.ts';
import { mayarbi } from '../../src/presets/mayarbi.ts';

/**
 * `npm run bench:inspector [-- rounds]`: what an inspector costs a balancer at the maximum of its closed loop, with 100
 * clients, seven components and handlers that do nothing. The kinds take turns in short slices, forwards and backwards, so
 * that what else the machine does meets all of them; each ratio is of slices of one round. A second series without an
 * inspector tells how far two equal things are apart on this machine. The CPU time of a request (of this process; the
 * viewer is one of its own, as a browser is) tells what the wall clock of a busy machine does not.
 */
const ROUNDS = Number(process.argv[2] ?? 40);
const SLICE_MS = 500;
const CLIENTS = 100;
const TYPES = [
  'ARBITRAGE_OPPORTUNITY',
  'PRICE_UPDATE',
  'BRIDGE_MONITORING',
  'MEV_DETECTION',
  'MEMORY_OPERATION',
  'GENERAL',
];

const KINDS = ['none', 'none again', 'nobody looks', 'one viewer', 'one viewer of messages'] as const;
type Kind = (typeof KINDS)[number];

interface Sample {
  readonly perSecond: number;
  /** CPU time of this process, µs. */
  readonly cpuPerRequest: number;
}

async function loop(balancer: LoadBalancer, ms: number): Promise<Sample> {
  const cpu = process.cpuUsage();
  const begin = performance.now();
  let done = 0;
  const client = async (first: number): Promise<void> => {
    for (let k = first; performance.now() - begin < ms; k++) {
      await balancer.execute({ type: TYPES[k % TYPES.length] ?? 'GENERAL', payload: k });
      done++;
      if (k % 200 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, k) => client(k)));
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: (done / (performance.now() - begin)) * 1_000, cpuPerRequest: (user + system) / done };
}

/** A viewer in a process of its own, as a browser is, that comes and goes as it is told. */
class Viewer {
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.child = child;
  }

  static async start(): Promise<Viewer> {
    const child = fork(fileURLToPath(import.meta.url), ['view']);
    await once(child, 'message');
    return new Viewer(child);
  }

  /** @returns once it has a snapshot. */
  async look(url: string, messages: boolean): Promise<void> {
    this.child.send({ url, messages });
    await once(this.child, 'message');
  }

  async lookAway(): Promise<void> {
    this.child.send({});
    await once(this.child, 'message');
  }

  close(): void {
    this.child.kill();
  }
}

function view(): void {
  let abort = new AbortController();
  process.on('message', ({ url, messages }: { url?: string; messages?: boolean }) => {
    abort.abort();
    abort = new AbortController();
    if (url === undefined) process.send?.('away');
    else follow(url, messages === true, abort.signal).catch(() => {});
  });
  process.send?.('ready');
}

async function follow(url: string, messages: boolean, signal: AbortSignal): Promise<void> {
  const { origin, hash } = new URL(url);
  const headers = { authorization: `Bearer ${hash.replace('#token=', '')}` };
  const response = await fetch(`${origin}/api/stream?messages=${messages ? 1 : 0}`, { headers, signal });
  if (response.body === null) throw new Error('no stream');
  await readEvents(response.body, ({ event }) => {
    if (event === 'snapshot') process.send?.('looks');
  });
}

async function sampleOf(kind: Kind, balancer: LoadBalancer, viewer: Viewer): Promise<Sample> {
  if (kind === 'none' || kind === 'none again') return loop(balancer, SLICE_MS);
  const inspector = await inspect(balancer);
  if (kind !== 'nobody looks') await viewer.look(inspector.url, kind === 'one viewer of messages');
  const sample = await loop(balancer, SLICE_MS);
  await viewer.lookAway();
  await inspector.close();
  return sample;
}

const quantile = (values: readonly number[], p: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * p)] ?? 0;

function report(kind: Kind, list: readonly Sample[], base: readonly Sample[]): void {
  const ratios = list.map(({ perSecond }, k) => perSecond / (base[k]?.perSecond ?? 1));
  const cpu = quantile(
    list.map(({ cpuPerRequest }, k) => (base[k]?.cpuPerRequest ?? 1) / cpuPerRequest),
    0.5,
  );
  const middle = [0.25, 0.5, 0.75].map((p) => quantile(ratios, p).toFixed(3));
  const perSecond = Math.round(
    quantile(
      list.map((one) => one.perSecond),
      0.5,
    ),
  );
  process.stdout.write(
    `${kind.padEnd(24)} ${String(perSecond).padStart(7)} /s   throughput ×${middle[1]} (half of the rounds: ${middle[0]} to ${middle[2]})   by CPU time ×${cpu.toFixed(3)}\n`,
  );
}

async function main(): Promise<void> {
  const balancer = await LoadBalancer.start({
    statePath: null,
    logger: false,
    components: mayarbi(() => () => undefined),
  });
  const viewer = await Viewer.start();
  const samples = new Map<Kind, Sample[]>(KINDS.map((kind) => [kind, []]));
  await loop(balancer, 3_000);
  for (const kind of KINDS) await sampleOf(kind, balancer, viewer);
  for (let round = 0; round < ROUNDS; round++)
    for (const kind of round % 2 === 0 ? KINDS : KINDS.toReversed())
      samples.get(kind)?.push(await sampleOf(kind, balancer, viewer));
  for (const kind of KINDS) report(kind, samples.get(kind) ?? [], samples.get('none') ?? []);
  viewer.close();
  await balancer.stop();
}

if (process.argv[2] === 'view') view();
else await main();
