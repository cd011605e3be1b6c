import type { ComparisonRow } from './comparison.ts';
import type { SimulatedAlgorithm } from './engine.ts';
import type { ReadFile } from './plan.ts';
import type { RunResult } from './result.ts';
import type { ScenarioInput } from './scenario.ts';

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
  /** In place of the scenario's own. Default: those. */
  readonly seeds?: readonly (number | string)[] | undefined;
  /** Gives the text of files that the scenario names (traces, measured service times). Default: none can be read. */
  readonly readFile?: ReadFile | undefined;
  /** Told now and then how far it is. Default: nobody is. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What a simulation came to. Plain JSON; the same scenario, algorithms and seeds give the same bytes. */
export interface SimulationReport {
  /** Its name. */
  readonly scenario: string;
  /** Its description. */
  readonly description: string;
  /** What all components can do together, requests per second. */
  readonly capacityPerSecond: number;
  /** Mean arrivals per second; 0 in a closed loop. */
  readonly arrivalsPerSecond: number;
  /** The fleet. */
  readonly components: readonly {
    /** As the scenario names it. */
    readonly id: string;
    /** Its slots. */
    readonly capacity: number;
    /** Work per ms: 2 does everything in half the time. */
    readonly speed: number;
  }[];
  /** Requests that arrived earlier do not count, ms. */
  readonly warmUpMs: number;
  /** Requests that arrived later do not count, ms. */
  readonly durationMs: number;
  /** What went wrong, as the scenario says. */
  readonly faults: readonly {
    /** Of which component. */
    readonly component: string;
    /** What kind of fault. */
    readonly kind: string;
    /** From when on, ms from the start. */
    readonly atMs: number;
    /** For how long, ms. */
    readonly forMs: number;
  }[];
  /** One row per algorithm, over all seeds. */
  readonly comparison: readonly ComparisonRow[];
  /** Each run by itself: algorithm by algorithm, seed by seed. */
  readonly runs: readonly RunResult[];
}

/**
 * Runs a scenario against the real balancer on a simulated clock, for each algorithm and seed. All algorithms meet the same
 * requests: same arrivals, same work, same luck (common random numbers), so that their differences are their own.
 * @throws InvalidConfigError for a scenario that does not fit its schema.
 */
export async function simulate(scenario: ScenarioInput, options: SimulateOptions = {}): Promise<SimulationReport> {
  // tests that only want a clock or faults do not load the simulator
  const [{ planOf }, { nameOf, reportOf, runOnce }] = await Promise.all([import('./plan.ts'), import('./runs.ts')]);
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
