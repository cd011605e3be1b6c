import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { type ComponentSpec, systemClock } from 'plimsoll';
import { type Inspector, inspect } from 'plimsoll/inspector';
import { type balancerLogic, inspectable } from 'plimsoll/machines';
import { seededRandom } from 'plimsoll/testing';
import { type ActorRefFrom, createActor, toPromise } from 'xstate';
import { type BotOptions, parseBotArgs } from './args.ts';
import { botMachine } from './bot.machine.ts';
import type { BotInput } from './bot-io.ts';
import { Breakdown } from './breakdown.ts';
import { COMPONENT_IDS, createComponents } from './components.ts';
import { Desk } from './desk.ts';
import { DEFAULT_BURSTS } from './market/arrivals.ts';
import { marketEvents } from './market/generator.ts';
import { openTicksFile, type TicksFile, TicksFileError } from './market/ticks-file.ts';
import { type MetricsServer, serveMetrics } from './metrics-server.ts';
import { renderReport } from './report.ts';
import { createScreen } from './screen.ts';
import { openSearchPool } from './search-pool.ts';
import { nodeMachine } from './work/machine-reader.ts';
import { removeStore, SegmentStore } from './work/segment-store.ts';
import { createWalletManager, keyFromSeed } from './work/wallet-manager.ts';
import { createWorks } from './works.ts';

/** What breaks, when and for how long: in the first few seconds, and early enough to be mended in a short run. */
const faultOf = ({ fail, durationSeconds }: BotOptions): BotInput['fault'] =>
  fail === undefined
    ? undefined
    : {
        componentId: fail,
        afterMs: Math.min(4000, durationSeconds * 250),
        forMs: Math.min(4000, durationSeconds * 250),
      };

/** Feeds send nonsense now and then. The sender's fault: no component is blamed for it. */
const GARBLED_SHARE = 0.002;

const marketOf = (options: BotOptions, ticks: TicksFile | undefined): BotInput['market'] =>
  ticks?.events() ??
  marketEvents(
    {
      arrivals: { ratePerSecond: options.ratePerSecond, ...DEFAULT_BURSTS },
      startedAt: systemClock.now(),
      garbledShare: GARBLED_SHARE,
    },
    seededRandom(options.seed),
  );

/** Its address goes to standard error, which the table does not paint over; `plimsoll top` finds it by itself. */
const openInspector = async (balancer: ActorRefFrom<typeof balancerLogic>): Promise<Inspector> => {
  const inspector = await inspect(inspectable(balancer), {
    clock: systemClock,
    admin: true,
    announce: true,
    open: true,
  });
  process.stderr.write(`Inspector: ${inspector.url}\n`);
  return inspector;
};

/** Runs the bot to its end. @returns the exit code: 0, or 1 when something is not as promised. */
const run = async (options: BotOptions): Promise<number> => {
  const interrupts = listenForInterrupts();
  const ticks = options.ticks === undefined ? undefined : await openTicksFile(options.ticks);
  const directory = await mkdtemp(join(tmpdir(), 'mayarbi-'));
  const { store } = await SegmentStore.open(directory);
  const machine = nodeMachine();
  const pool = await openSearchPool();
  const screen = createScreen(process.stdout, process.env);
  let inspector: Inspector | undefined;
  let metrics: MetricsServer | undefined;
  process.on('exit', () => screen.close());
  try {
    const wallet = createWalletManager(keyFromSeed(Buffer.alloc(32, options.seed)), () => undefined);
    const works = createWorks({ store, machine, wallet, search: pool.search });
    const breakdown = new Breakdown();
    const actor = createActor(botMachine, {
      clock: systemClock,
      input: {
        balancer: balancerOf(options, createComponents(works.handler, breakdown), screen.everyMs),
        desk: new Desk((checkpoint) => works.trust(checkpoint)),
        market: marketOf(options, ticks),
        durationMs: options.durationSeconds * 1000,
        drainMs: 5000,
        fault: faultOf(options),
        breakdown,
      },
    });
    actor.on('bot.sampled', ({ view }) => screen.show(view));
    const ended = toPromise(actor);
    actor.start();
    interrupts.forward(() => actor.send({ type: 'bot.stop' }));
    const balancer: ActorRefFrom<typeof balancerLogic> | undefined = actor.system.get('balancer');
    inspector = options.inspect && balancer !== undefined ? await openInspector(balancer) : undefined;
    if (options.metrics !== undefined && balancer !== undefined) {
      metrics = await serveMetrics(inspectable(balancer), options.metrics);
      process.stderr.write(`Metrics: ${metrics.url}\n`);
    }
    const { view, notices, failure } = await ended;
    await inspector?.close();
    screen.close();
    if (failure !== undefined) process.stderr.write(`The bot ended before its time: ${describe(failure)}\n`);
    if (view === undefined) return 1;
    const fromFile = ticks === undefined ? {} : { ticksFile: ticks.report() };
    const report = renderReport({ view, events: notices, wallet: wallet.audit(), ...fromFile });
    process.stdout.write(`\n${report.text}`);
    return report.sound && failure === undefined ? 0 : 1;
  } finally {
    metrics?.close();
    await inspector?.close();
    interrupts.close();
    screen.close();
    machine.close();
    await pool.close();
    await store.close();
    await removeStore(directory);
  }
};

/** What the bot's balancer is given. */
const balancerOf = (
  { seed, durationSeconds }: BotOptions,
  components: readonly ComponentSpec[],
  sampledEveryMs: number,
): BotInput['balancer'] => ({
  components,
  clock: systemClock,
  random: seededRandom(seed).fork('balancer'),
  logger: false, // what it would log comes as facts, and is shown
  loadMonitorIntervalMs: sampledEveryMs, // the table lives on `metrics.sampled`
  // three bad checks in a row fail a component; a short run must see that happen too
  healthCheckIntervalMs: Math.min(500, durationSeconds * 25),
  // no `store`: what is learned in a run on a made-up market is of no use to the next
});

/** Ctrl-C, a `kill`, a terminal that was closed, and a reader of our output that has gone; those that come too early are told later. */
const listenForInterrupts = (): { forward(to: () => void): void; close(): void } => {
  let early = 0;
  let tell = (): void => {
    early++;
  };
  const hear = (): void => tell();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, hear);
  process.stdout.on('error', hear);
  return {
    forward(to) {
      tell = to;
      for (; early > 0; early--) to();
    },
    close() {
      for (const signal of signals) process.off(signal, hear);
      tell = () => undefined;
    },
  };
};

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const command = parseBotArgs(process.argv.slice(2), COMPONENT_IDS);
if (command.kind === 'help') process.stdout.write(command.text);
else if (command.kind === 'error') {
  process.stderr.write(command.text);
  process.exitCode = command.exitCode;
} else {
  try {
    process.exitCode = await run(command.options);
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`);
    process.exitCode = error instanceof TicksFileError ? error.exitCode : 1;
  }
}
