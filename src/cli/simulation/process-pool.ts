import { type ChildProcess, fork } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { RunResult } from '../../testing/simulator/result.ts';
import type { Changes } from './scenario-file.ts';
import type { Said, Told } from './worker.ts';

/** One run to be done. */
export interface Job {
  readonly algorithm: string;
  readonly seed: number | string;
}

// the compiler rewrites imports, not addresses
const WORKER = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url));

/**
 * Runs jobs in child processes, one at a time each. A run depends on nothing but its scenario, algorithm and seed, so the
 * results are the same bytes whichever process makes them.
 * @param onProgress told how many runs are done, in fractions.
 * @returns the results in the order of the jobs.
 */
export async function runInProcesses(
  jobs: readonly Job[],
  processes: number,
  scenario: { readonly file: string; readonly changes: Changes },
  onProgress: (done: number) => void,
): Promise<RunResult[]> {
  const results = new Array<RunResult>(jobs.length);
  const parts = new Float64Array(jobs.length);
  const children: ChildProcess[] = [];
  let next = 0;
  const tell = (k: number, done: number): void => {
    parts[k] = done;
    onProgress(parts.reduce((sum, part) => sum + part, 0));
  };
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const child = fork(WORKER, { execArgv: process.execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      children.push(child);
      const send = (told: Told): void => void child.send(told);
      let at = -1;
      const take = (): void => {
        at = next++;
        const job = jobs[at];
        if (job === undefined) child.disconnect();
        else send({ kind: 'run', ...job });
      };
      child.on('message', (said: Said) => {
        if (said.kind === 'progress') tell(at, said.done);
        else if (said.kind === 'failed') {
          reject(new Error(said.message));
          // nobody waits for the others any more
          for (const one of children) one.kill();
        } else {
          results[at] = said.result;
          tell(at, 1);
          take();
        }
      });
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        if (code === 0) resolve();
        else
          reject(new Error(`A process of the simulation ended with ${signal ?? `code ${code}`}. Try --processes 1.`));
      });
      send({ kind: 'scenario', ...scenario });
      take();
    });
  await Promise.all(Array.from({ length: Math.min(processes, jobs.length) }, one));
  return results;
}
