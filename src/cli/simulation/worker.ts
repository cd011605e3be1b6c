import process from 'node:process';
import type { Plan } from '../../testing/simulator/plan.ts';
import type { RunResult } from '../../testing/simulator/result.ts';
import { parseAlgorithm, runOnce } from '../../testing/simulator/runs.ts';
import { type Changes, readScenario } from './scenario-file.ts';

/** What a child process is told: first the scenario, then one run after the other. */
export type Told =
  | { readonly kind: 'scenario'; readonly file: string; readonly changes: Changes }
  | { readonly kind: 'run'; readonly algorithm: string; readonly seed: number | string };

/** What it says: how far it is (0 to 1), what a run came to, or why it cannot go on. */
export type Said =
  | { readonly kind: 'progress'; readonly done: number }
  | { readonly kind: 'result'; readonly result: RunResult }
  | { readonly kind: 'failed'; readonly message: string };

/** Progress is told at most so often, ms. */
const TELL_EVERY_MS = 100;

const say = (said: Said): void => void process.send?.(said);

let plan: Plan | undefined;

async function hear(told: Told): Promise<void> {
  if (told.kind === 'scenario') {
    plan = readScenario(told.file, told.changes);
    return;
  }
  if (plan === undefined) throw new Error('a run came before its scenario');
  const { durationMs } = plan.scenario;
  let due = 0;
  const result = await runOnce(plan, parseAlgorithm(told.algorithm), told.seed, (t) => {
    const now = performance.now();
    if (now < due) return;
    due = now + TELL_EVERY_MS;
    say({ kind: 'progress', done: t / durationMs });
  });
  say({ kind: 'result', result });
}

process.on('message', (told: Told) => {
  hear(told).catch((error: unknown) => {
    say({ kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  });
});
// whoever asked is gone: nobody waits for the rest
process.on('disconnect', () => process.exit());
