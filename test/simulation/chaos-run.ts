import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chaos } from '../../src/testing/chaos/chaos.ts';
import { shrinkSchedule } from '../../src/testing/chaos/shrink.ts';
import type { SeedResult } from './chaos-worker.ts';

const HELP = `npm run chaos -- [--seeds N] [--from S] [--jobs J]   N seeds from S on (default 1000 from 1)
npm run chaos -- --seed X [--verbose] [--shrink]     one seed; with its event log; its shortest failing schedule`;

/** A seed that takes longer than this hangs, real ms. */
const HANG_MS = 120_000;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: String(Math.min(8, availableParallelism())) },
    seed: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    shrink: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const whole = (name: 'seeds' | 'from' | 'jobs' | 'seed', least: number): number => {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= least) return value;
  throw new RangeError(`--${name}: expected a whole number from ${least} (given: ${values[name]})`);
};

/** Runs one seed here, and tells all about it. @returns the number of violations */
async function replay(seed: number): Promise<number> {
  const log = (at: number, what: string, detail: unknown): void =>
    say(`${at.toFixed(1).padStart(10)}  ${what.padEnd(24)} ${typeof detail === 'string' ? detail : brief(detail)}`);
  const report = await chaos({ seed, ...(values.verbose ? { log } : {}) });
  say(`seed ${seed}: ${report.events} events, ${JSON.stringify(report.counts)}`);
  for (const { at, step, rule, detail } of report.violations)
    say(`  ${rule}, at ${at} ms after step ${step}: ${detail}`);
  if (report.violations.length > 0 && values.shrink)
    say(`shortest schedule found:\n${JSON.stringify(await shrinkSchedule(report.schedule), undefined, 1)}`);
  return report.violations.length;
}

const brief = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (part instanceof Error ? part.message : part)).slice(0, 300);

/** Runs many seeds in worker processes. @returns the seeds that broke a rule, crashed or hung */
async function sweep(from: number, seeds: number, jobs: number): Promise<number[]> {
  const started = performance.now();
  const bad: number[] = [];
  let next = from;
  let done = 0;
  let events = 0;
  const blame = (seed: number, why: string): void => {
    bad.push(seed);
    say(`seed ${seed}: ${why}\n  replay: npm run chaos -- --seed ${seed} --verbose`);
  };
  const finished = (result: SeedResult): void => {
    done++;
    events += result.events;
    if (result.violations.length > 0) blame(result.seed, result.violations.join('; '));
    if (done % Math.max(1, Math.floor(seeds / 20)) === 0)
      say(`${done} of ${seeds} seeds, ${events} events, ${bad.length} with violations, ${seconds(started)} s`);
  };
  const work = async (): Promise<void> => {
    let worker: ChildProcess | undefined;
    while (next < from + seeds) {
      const seed = next++;
      worker ??= fork(fileURLToPath(new URL('chaos-worker.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] });
      const result = await ask(worker, seed);
      if (typeof result === 'string') {
        worker.kill('SIGKILL');
        worker = undefined;
        finished({ seed, events: 0, violations: [result] });
      } else finished(result);
    }
    worker?.kill();
  };
  await Promise.all(Array.from({ length: Math.min(jobs, seeds) }, work));
  say(
    `${done} seeds (${from} to ${from + seeds - 1}), ${events} events, ${seconds(started)} s: ${bad.length} with violations`,
  );
  return bad;
}

const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(1);

/** Gives a worker a seed. @returns its answer, or why there is none */
function ask(worker: ChildProcess, seed: number): Promise<SeedResult | string> {
  return new Promise((resolve) => {
    const end = (result: SeedResult | string): void => {
      clearTimeout(timer);
      worker.off('message', onMessage);
      worker.off('exit', onExit);
      resolve(result);
    };
    const timer = setTimeout(() => end(`it hangs: no answer in ${HANG_MS / 1000} s`), HANG_MS);
    const onMessage = (message: unknown): void => end(message as SeedResult);
    const onExit = (code: number | null): void => end(`it killed its process (exit code ${code})`);
    worker.on('message', onMessage);
    worker.on('exit', onExit);
    worker.send(seed);
  });
}

if (values.help) say(HELP);
else if (values.seed !== undefined) process.exitCode = (await replay(whole('seed', 0))) > 0 ? 1 : 0;
else process.exitCode = (await sweep(whole('from', 0), whole('seeds', 1), whole('jobs', 1))).length > 0 ? 1 : 0;
