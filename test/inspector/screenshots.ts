import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ComponentSpec, LoadBalancer } from '../../src/index.ts';
import { inspect } from '../../src/inspector.ts';
import { mayarbi } from '../../src/presets/mayarbi.ts';
import { seededRandom, VirtualClock } from '../../src/testing.ts';
import { launch, Visit } from '../support/browser.ts';

/**
 * Takes the guide's pictures: `npm run docs:screenshots [folder]`. Five minutes of seeded load pass on a virtual clock,
 * then the page looks at what is left of them, while time goes on by a frame whenever the page has drawn one.
 */
const FOLDER = process.argv[2] ?? fileURLToPath(new URL('../../docs/guide/images/', import.meta.url));
const START = Date.UTC(2026, 10, 24, 9, 0, 0);
const FRAME_MS = 250;
const PRIORITIES = ['CRITICAL', 'HIGH', 'NORMAL', 'NORMAL', 'LOW', 'MINIMAL'] as const;

const random = seededRandom(7);

/** Poisson arrivals, whose rate swells and ebbs; requests whose time is drawn from an exponential distribution. */
class Fleet {
  readonly clock = new VirtualClock(START);
  readonly balancer: LoadBalancer;
  /** Of the slots. */
  load = 0.5;
  /** Components that fail whatever they are given, and their checks. */
  readonly broken = new Set<string>();
  private readonly types: readonly string[];
  private readonly slots: number;
  private readonly meanMs: number;

  constructor(
    make: (handlerOf: (id: string) => ComponentSpec['handler']) => ComponentSpec[],
    types: readonly string[],
    meanMs: number,
  ) {
    this.types = types;
    this.meanMs = meanMs;
    const components = make((id) => () => this.work(id)).map((spec) => ({
      ...spec,
      check: () => !this.broken.has(spec.id),
    }));
    this.slots = components.reduce((sum, { maxConcurrentTasks = 10 }) => sum + maxConcurrentTasks, 0);
    this.balancer = new LoadBalancer({
      statePath: null,
      logger: false,
      clock: this.clock,
      random: random.fork('balancer'),
      components,
      recovery: { baseDelayMs: 4_000, maxDelayMs: 8_000, slowStartMs: 20_000 },
    });
  }

  async run(seconds: number): Promise<void> {
    await this.clock.advance(seconds * 1_000);
  }

  arrive(): void {
    const swell = 1 + 0.35 * Math.sin((this.clock.now() - START) / 31_000);
    const perMs = (this.slots * this.load * swell) / this.meanMs;
    this.clock.setTimeout(() => this.arrive(), -Math.log(1 - random()) / perMs);
    const type = this.types[Math.floor(random() * this.types.length)] ?? 'GENERAL';
    const priority = PRIORITIES[Math.floor(random() * PRIORITIES.length)] ?? 'NORMAL';
    this.balancer.execute({ type, priority, timeoutMs: 60_000 }).catch(() => {});
  }

  private work(id: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (): void => (this.broken.has(id) ? reject(new Error('connection refused')) : resolve());
      this.clock.setTimeout(settle, this.broken.has(id) ? 2 : -Math.log(1 - random()) * this.meanMs);
    });
  }
}

interface Scene {
  readonly name: string;
  readonly fleet: () => Fleet;
  readonly size: { readonly width: number; readonly height: number };
  readonly theme: 'dark' | 'light';
  /** The last seconds before somebody looks. */
  readonly before: (fleet: Fleet) => Promise<void>;
  readonly look: (visit: Visit) => Promise<void>;
}

const TYPES = [
  'ARBITRAGE_OPPORTUNITY',
  'MEV_DETECTION',
  'PRICE_UPDATE',
  'PRICE_UPDATE',
  'MEMORY_OPERATION',
  'BRIDGE_MONITORING',
];

const seven = (): Fleet => new Fleet(mayarbi, TYPES, 180);

const thousand = (): Fleet =>
  new Fleet(
    (handlerOf) =>
      Array.from({ length: 1_000 }, (_, k) => {
        const id = `worker-${String(k).padStart(3, '0')}`;
        return { id, maxConcurrentTasks: 4 + (k % 5) * 2, handler: handlerOf(id) };
      }),
    ['GENERAL'],
    4_000,
  );

const select = (visit: Visit, id: string): Promise<void> => visit.page.locator(`[data-id="${id}"] .actor`).click();

async function failOver(fleet: Fleet): Promise<void> {
  fleet.load = 0.72;
  await fleet.run(20);
  fleet.balancer.drain('health_monitor', 'upgrade to 2.4');
  await fleet.run(10);
  fleet.broken.add('cross_chain_mev');
  await fleet.run(14);
}

const SCENES: readonly Scene[] = [
  {
    name: 'inspector-failover',
    fleet: seven,
    size: { width: 1440, height: 1000 },
    theme: 'dark',
    before: failOver,
    look: (visit) => select(visit, 'cross_chain_mev'),
  },
  {
    name: 'inspector-thousand',
    fleet: thousand,
    size: { width: 1440, height: 1000 },
    theme: 'dark',
    async before(fleet) {
      fleet.load = 0.55;
      await fleet.run(20);
      for (let k = 100; k < 140; k++) fleet.balancer.drain(`worker-${k}`, 'rolling upgrade');
      for (const id of ['worker-017', 'worker-418', 'worker-777']) fleet.broken.add(id);
      await fleet.run(12);
    },
    look: async () => {},
  },
  {
    name: 'inspector-light',
    fleet: seven,
    size: { width: 1440, height: 1000 },
    theme: 'light',
    before: failOver,
    async look(visit) {
      await select(visit, 'price_feeds');
      await visit.page.getByRole('tab', { name: 'Sequence' }).click();
      await visit.page.locator('.said').nth(8).waitFor();
    },
  },
  {
    name: 'inspector-phone',
    fleet: seven,
    size: { width: 390, height: 1480 },
    theme: 'dark',
    before: failOver,
    look: (visit) => select(visit, 'cross_chain_mev'),
  },
];

async function take(scene: Scene, browser: Awaited<ReturnType<typeof launch>>): Promise<void> {
  const fleet = scene.fleet();
  const { balancer, clock } = fleet;
  await balancer.start();
  const inspector = await inspect(balancer, { clock, admin: true });
  fleet.arrive();
  await fleet.run(scene.name === 'inspector-thousand' ? 60 : 255);
  await scene.before(fleet);
  let looking = true;
  const going = (async () => {
    while (looking) {
      await fleet.run(FRAME_MS / 1_000);
      await new Promise((resolve) => setTimeout(resolve, FRAME_MS));
    }
  })();
  const visit = await Visit.open(browser, inspector.url, { ...scene.size, theme: scene.theme });
  await scene.look(visit);
  await visit.page.evaluate('new Promise((resolve) => setTimeout(resolve, 3000))');
  const path = `${FOLDER}/${scene.name}.png`;
  await visit.page.screenshot({ path });
  squeeze(path);
  looking = false;
  await going;
  await visit.close();
  await inspector.close();
  const stopped = balancer.stop({ drain: false });
  await clock.advance(0);
  await stopped;
  process.stdout.write(`${scene.name}: ${statSync(path).size} bytes${visit.faults.map((fault) => `\n  ${fault}`)}\n`);
}

/** To a third, by a palette of 256 colours, where `pngquant` is installed. */
function squeeze(path: string): void {
  const { error } = spawnSync('pngquant', ['--force', '--skip-if-larger', '--output', path, '256', path]);
  if (error !== undefined) process.stderr.write('pngquant is not installed: the picture stays as large as it is.\n');
}

mkdirSync(FOLDER, { recursive: true });
const browser = await launch();
const wanted = process.argv.slice(3);
for (const scene of SCENES) if (wanted.length === 0 || wanted.includes(scene.name)) await take(scene, browser);
await browser.close();
process.exit();
