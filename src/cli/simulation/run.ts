import { accessSync, constants, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import process from 'node:process';
import type { Plan } from '../../testing/simulator/plan.ts';
import type { RunResult } from '../../testing/simulator/result.ts';
import { parseAlgorithm, reportOf, runOnce } from '../../testing/simulator/runs.ts';
import { UsageError } from '../command.ts';
import { askedFor, helpOf, type Style } from './options.ts';
import { pageOf } from './page/page.ts';
import { type Job, runInProcesses } from './process-pool.ts';
import { ProgressBar } from './progress.ts';
import { readScenario } from './scenario-file.ts';
import { tableOf } from './table.ts';

/** Does what `simulate` and `compare` do. @throws UsageError or InvalidConfigError. */
export async function simulateWith(style: Style, args: readonly string[]): Promise<number> {
  const asked = askedFor(style, args);
  if (asked === undefined) {
    process.stdout.write(helpOf(style));
    return 0;
  }
  const { file, durationMs, warmUpMs } = asked;
  for (const path of [asked.html, asked.json]) if (path !== undefined && path !== '-') checkFolder(path);
  const plan = readScenario(file, { durationMs, warmUpMs });
  const seeds = asked.seeds ?? plan.seeds;
  const jobs = asked.algorithms.flatMap((algorithm) => seeds.map((seed) => ({ algorithm, seed })));
  const bar = new ProgressBar(jobs.length, asked.quiet);
  const show = (done: number): void => bar.show(done);
  const runs =
    asked.processes === 1 || jobs.length === 1
      ? await runHere(plan, jobs, show)
      : await runInProcesses(jobs, asked.processes, { file, changes: { durationMs, warmUpMs } }, show);
  bar.clear();
  const report = reportOf(plan, runs);
  const json = `${JSON.stringify(report)}\n`;
  if (asked.json === '-') process.stdout.write(json);
  else if (asked.json !== undefined) writeFileSync(asked.json, json);
  if (asked.html !== undefined) writeFileSync(asked.html, pageOf(report, plan.scenario.windows));
  if (!asked.quiet && asked.json !== '-') {
    const width = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
    process.stdout.write(tableOf(report, plan.scenario.windows, width));
  }
  return 0;
}

/** Before minutes of work, not after them. */
function checkFolder(path: string): void {
  const folder = dirname(resolve(path));
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    throw new UsageError(`Cannot write '${path}': there is no folder ${folder} that may be written to. Make it first.`);
  }
}

async function runHere(plan: Plan, jobs: readonly Job[], show: (done: number) => void): Promise<RunResult[]> {
  const runs: RunResult[] = [];
  const { durationMs } = plan.scenario;
  for (const { algorithm, seed } of jobs) {
    const before = runs.length;
    runs.push(await runOnce(plan, parseAlgorithm(algorithm), seed, (t) => show(before + t / durationMs)));
  }
  return runs;
}
