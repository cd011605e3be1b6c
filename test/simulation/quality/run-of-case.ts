import { readFileSync } from 'node:fs';
import { Engine } from '../../../src/testing/simulator/engine.ts';
import { planOf } from '../../../src/testing/simulator/plan.ts';
import type { RunResult } from '../../../src/testing/simulator/result.ts';
import { parseAlgorithm } from '../../../src/testing/simulator/runs.ts';
import { resultOf } from '../../../src/testing/simulator/summary.ts';
import type { Case } from './cases.ts';

/** Weights that one cycle of the optimizer changed. */
export interface WeightStep {
  readonly atMs: number;
  readonly weights: Readonly<Record<string, number>>;
}

/** What one run of a case came to, as far as rows look at it. */
export interface Run extends Omit<RunResult, 'samples' | 'cdf' | 'timeline'> {
  readonly weightSteps: readonly WeightStep[];
}

/** One run of a case against the real balancer. Relative paths of traces are those of the working directory. */
export async function runOf({ scenario }: Case, algorithm: string, seed: number): Promise<Run> {
  const plan = planOf(scenario, (path) => readFileSync(path, 'utf8'));
  const engine = new Engine(plan, parseAlgorithm(algorithm), seed);
  const weightSteps: WeightStep[] = [];
  engine.state.events.listen('weights.adjusted', ({ weights }) => {
    weightSteps.push({ atMs: engine.clock.now(), weights });
  });
  await engine.run();
  const { samples: _samples, cdf: _cdf, timeline: _timeline, ...result } = resultOf(engine, algorithm, seed);
  return { ...result, weightSteps };
}
