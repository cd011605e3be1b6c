import process from 'node:process';
import { cases } from './cases.ts';
import { heldOut } from './held-out.ts';
import { ordinary } from './ordinary.ts';
import { type Run, runOf } from './run-of-case.ts';

/** One run to be done: by case id, so that nothing but names travels. */
export interface Job {
  readonly caseId: string;
  readonly algorithm: string;
  readonly seed: number;
}

export interface Done {
  readonly job: Job;
  readonly run: Run;
  readonly cpuMs: number;
}

process.on('message', (job: Job) => {
  void (async () => {
    const start = process.cpuUsage();
    const run = await runOf(
      [...cases, ...heldOut, ...ordinary].find(({ id }) => id === job.caseId)!,
      job.algorithm,
      job.seed,
    );
    const { user, system } = process.cpuUsage(start);
    process.send?.({ job, run, cpuMs: (user + system) / 1000 } satisfies Done);
  })();
});
