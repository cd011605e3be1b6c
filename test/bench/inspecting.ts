import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { readEvents } from '../../src/edges/inspector/event-stream.ts';
import { inspect } from '../../src/edges/inspector/index.ts';
import { LoadBalancer } from '../../src/index.ts';
import { mayarbi } from '../../src/presets/mayarbi.ts';

/**
 * What an inspector costs a balancer at the maximum of its closed loop: 100 clients, seven components, handlers that do
 * nothing. The kinds take turns in short slices, so that what else the machine does meets all; each ratio is of neighbours.
 * The CPU time of a request tells what the wall clock of a busy machine does not.
 */
const ROUNDS = 40;
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

const KINDS = ['none', 'nobody looks', 'one viewer', 'one viewer of messages'] as const;
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

/** A viewer in a process of its own, as a browser is; says what it looks at when it is told to. */
class Viewer {
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.child = child;
  }

  static async open(url: string): Promise<Viewer> {
    const child = fork(fileURLToPath(import.meta.url), ['view', url]);
    await once(child, 'message');
    return new Viewer(child);
  }

  async look(wishes: { readonly visible: boolean; readonly messages: boolean }): Promise<void> {
    this.child.send(wishes);
    await once(this.child, 'message');
  }

  close(): void {
    this.child.kill();
  }
}

async function view(url: string): Promise<void> {
  const { origin, hash } = new URL(url);
  const headers = { authorization: `Bearer ${hash.replace('#token=', '')}`, 'content-type': 'application/json' };
  const response = await fetch(`${origin}/api/stream`, { headers });
  if (response.body === null) throw new Error('no stream');
  let viewer = '';
  process.on('message', (wishes: object) => {
    void fetch(`${origin}/api/view`, { method: 'POST', headers, body: JSON.stringify({ viewer, ...wishes }) }).then(
      () => process.send?.('seen'),
    );
  });
  await readEvents(response.body, ({ event, data }) => {
    if (event !== 'hello') return;
    viewer = String(JSON.parse(data).viewer);
    process.send?.('open');
  });
}

/** Without an inspector and with one that nobody looks at; then with one viewer who hides, looks, looks at messages. */
async function measureAll(balancer: LoadBalancer): Promise<Map<Kind, Sample[]>> {
  const samples = new Map<Kind, Sample[]>(KINDS.map((kind) => [kind, []]));
  const take = async (kind: Kind): Promise<void> => {
    samples.get(kind)?.push(await loop(balancer, SLICE_MS));
  };
  const inspector = await inspect(balancer);
  const viewer = await Viewer.open(inspector.url);
  await loop(balancer, 3_000);
  for (let round = 0; round < ROUNDS; round++) {
    await viewer.look({ visible: false, messages: false });
    await take('nobody looks');
    await viewer.look({ visible: true, messages: false });
    await take('one viewer');
    await viewer.look({ visible: true, messages: true });
    await take('one viewer of messages');
  }
  viewer.close();
  await inspector.close();
  return samples;
}

async function measureIdle(balancer: LoadBalancer): Promise<[Sample[], Sample[]]> {
  const none: Sample[] = [];
  const idle: Sample[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    none.push(await loop(balancer, SLICE_MS));
    const inspector = await inspect(balancer);
    idle.push(await loop(balancer, SLICE_MS));
    await inspector.close();
  }
  return [none, idle];
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function report(kind: string, list: readonly Sample[], base: readonly Sample[]): void {
  const speed = median(list.map(({ perSecond }, k) => perSecond / (base[k]?.perSecond ?? 1)));
  const cpu = median(list.map(({ cpuPerRequest }, k) => (base[k]?.cpuPerRequest ?? 1) / cpuPerRequest));
  const perSecond = Math.round(median(list.map((one) => one.perSecond)));
  process.stdout.write(
    `${kind.padEnd(24)} ${perSecond} /s  throughput ×${speed.toFixed(3)}  by CPU time ×${cpu.toFixed(3)}\n`,
  );
}

async function main(): Promise<void> {
  const balancer = await LoadBalancer.start({
    statePath: null,
    logger: false,
    components: mayarbi(() => () => undefined),
  });
  await loop(balancer, 3_000);
  const [none, idle] = await measureIdle(balancer);
  report('none', none, none);
  report('nobody looks', idle, none);
  const watched = await measureAll(balancer);
  const base = watched.get('nobody looks') ?? [];
  for (const kind of ['nobody looks', 'one viewer', 'one viewer of messages'] as const)
    report(`${kind} (to hidden)`.slice(0, 24), watched.get(kind) ?? [], base);
  await balancer.stop();
}

const [role, url] = process.argv.slice(2);
if (role === 'view' && url !== undefined) await view(url);
else await main();
