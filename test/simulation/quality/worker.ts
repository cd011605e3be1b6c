import { readFileSync } from 'node:fs';
import process from 'node:process';
import { parseAlgorithm, runOnce } from '../../../src/testing/simulator/simulate.ts';
import { planOf } from '../../../src/testing/simulator/plan.ts';
import { cases, unseen } from './cases.ts';

/** One run to be done: by case id, so that nothing but names travels. */
export interface Job {
  readonly caseId: string;
  readonly algorithm: string;
  readonly seed: number;
}

process.on('message', (job: Job) => {
  void (async () => {
    const one = [...cases, ...unseen].find(({ id }) => id === job.caseId)!;
    const plan = planOf(one.scenario, (path) => readFileSync(path, 'utf8'));
    const start = process.cpuUsage();
    const result = await runOnce(plan, parseAlgorithm(job.algorithm), job.seed);
    const used = process.cpuUsage(start);
    process.send?.({
      job,
      result: { ...result, samples: undefined, cdf: [] },
      cpuMs: (used.user + used.system) / 1000,
    });
  })();
});
