import { ALGORITHMS } from '../../domain/algorithm.ts';
import { InvalidConfigError } from '../../domain/errors.ts';
import { formatValue } from '../../domain/request.ts';
import { compareRuns } from './comparison.ts';
import { Engine, type SimulatedAlgorithm } from './engine.ts';
import type { Plan } from './plan.ts';
import type { RunResult } from './result.ts';
import type { SimulationReport } from './simulate.ts';
import { resultOf } from './summary.ts';

const SIMULATION_ONLY = ['oracle', 'random'] as const;

/** Names that a simulation accepts as algorithms. */
export const SIMULATED_ALGORITHMS: readonly string[] = [...ALGORITHMS, ...SIMULATION_ONLY];

const isKnown = (name: string): name is Exclude<SimulatedAlgorithm, object> => SIMULATED_ALGORITHMS.includes(name);

/** @throws InvalidConfigError that lists the names there are. */
export function parseAlgorithm(name: string): SimulatedAlgorithm {
  if (isKnown(name)) return name;
  throw new InvalidConfigError(
    `Unknown algorithm ${formatValue(name)}: expected one of ${SIMULATED_ALGORITHMS.join(', ')}.`,
    {
      value: name,
    },
  );
}

export const nameOf = (algorithm: SimulatedAlgorithm): string =>
  typeof algorithm === 'string' ? algorithm : algorithm.name;

/** One run of a planned scenario. */
export async function runOnce(
  plan: Plan,
  algorithm: SimulatedAlgorithm,
  seed: number | string,
  onProgress?: (t: number) => void,
): Promise<RunResult> {
  const engine = new Engine(plan, algorithm, seed);
  await engine.run(onProgress);
  return resultOf(engine, nameOf(algorithm), seed);
}

/** Puts runs of one plan together, wherever they were made. */
export function reportOf(plan: Plan, runs: readonly RunResult[]): SimulationReport {
  const { scenario } = plan;
  return {
    scenario: scenario.name,
    description: scenario.description,
    capacityPerSecond: plan.capacityPerSecond,
    arrivalsPerSecond: plan.arrivalsPerSecond,
    components: scenario.components.map(({ id, capacity, speed }) => ({ id, capacity, speed })),
    warmUpMs: scenario.warmUpMs,
    durationMs: scenario.durationMs,
    faults: scenario.faults.map(({ component, kind, atMs, forMs }) => ({ component, kind, atMs, forMs })),
    comparison: compareRuns(runs),
    runs,
  };
}
