import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Done, Job } from './worker.ts';

/** Runs jobs in child processes, one at a time each, in the order given. Fails when a worker does. */
export async function runAll(jobs: readonly Job[], processes: number, onDone: (done: Done) => void): Promise<void> {
  const todo = [...jobs];
  const worker = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const child: ChildProcess = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), {
        execArgv: ['--import', 'tsx'],
      });
      const next = (): void => {
        const job = todo.shift();
        if (job === undefined) child.disconnect();
        else child.send(job);
      };
      child.on('message', (done: Done) => {
        onDone(done);
        next();
      });
      child.on('error', reject);
      child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`))));
      next();
    });
  await Promise.all(Array.from({ length: Math.min(processes, jobs.length) }, worker));
}
