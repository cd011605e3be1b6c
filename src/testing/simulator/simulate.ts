import { ALGORITHMS } from '../../domain/algorithm.ts';
import { InvalidConfigError } from '../../domain/errors.ts';
import { formatValue } from '../../domain/request.ts';
import { type ComparisonRow, compareRuns } from './comparison.ts';
import { Engine, type SimulatedAlgorithm } from './engine.ts';
import { type Plan, planOf, type ReadFile } from './plan.ts';
import type { RunResult } from './result.ts';
import type { ScenarioInput } from './scenario.ts';
import { resultOf } from './summary.ts';

/** How far a simulation is. */
export interface Progress {
  /** 0 to 1. */
  readonly done: number;
  readonly algorithm: string;
  readonly seed: number | string;
}

export interface SimulateOptions {
  /**
   * What to balance by. Default `['adaptive']`. Beside the seven and policies of your own there are `oracle`, which knows
   * the true speeds and faults, and `random`.
   */
  readonly algorithms?: readonly SimulatedAlgorithm[] | undefined;
  /** In place of the scenario's own. */
  readonly seeds?: readonly (number | string)[] | undefined;
  /** Gives the text of files that the scenario names (traces, measured service times). */
  readonly readFile?: ReadFile | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What a simulation came to. Plain JSON; the same scenario, algorithms and seeds give the same bytes. */
export interface SimulationReport {
  readonly scenario: string;
  readonly description: string;
  /** What all components can do together, requests per second. */
  readonly capacityPerSecond: number;
  /** Mean arrivals per second; 0 in a closed loop. */
  readonly arrivalsPerSecond: number;
  readonly components: readonly { readonly id: string; readonly capacity: number; readonly speed: number }[];
  readonly warmUpMs: number;
  readonly durationMs: number;
  readonly faults: readonly {
    readonly component: string;
    readonly kind: string;
    readonly atMs: number;
    readonly forMs: number;
  }[];
  /** One row per algorithm, over all seeds. */
  readonly comparison: readonly ComparisonRow[];
  readonly runs: readonly RunResult[];
}

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

/**
 * Runs a scenario against the real balancer on a simulated clock, for each algorithm and seed. All algorithms meet the same
 * requests: same arrivals, same work, same luck (common random numbers), so that their differences are their own.
 * @throws InvalidConfigError for a scenario that does not fit its schema.
 */
export async function simulate(scenario: ScenarioInput, options: SimulateOptions = {}): Promise<SimulationReport> {
  const plan = planOf(scenario, options.readFile);
  const { algorithms = ['adaptive'], seeds = plan.seeds, onProgress } = options;
  const runs: RunResult[] = [];
  const total = algorithms.length * seeds.length;
  const { durationMs } = plan.scenario;
  for (const algorithm of algorithms) {
    for (const seed of seeds) {
      const before = runs.length;
      const tell =
        onProgress === undefined
          ? undefined
          : (t: number) => onProgress({ done: (before + t / durationMs) / total, algorithm: nameOf(algorithm), seed });
      runs.push(await runOnce(plan, algorithm, seed, tell));
    }
  }
  return reportOf(plan, runs);
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
