import type { RunResult } from '../../../testing/simulator/result.ts';
import type { SimulationReport } from '../../../testing/simulator/simulate.ts';
import { type Estimate, estimate } from '../../../testing/simulator/statistics.ts';

/** Values over time of one algorithm, over its seeds. */
export interface Series {
  readonly algorithm: string;
  readonly points: readonly { readonly atMs: number; readonly value: Estimate }[];
}

/** One series per algorithm, by what is read from each point of the runs' timelines; NaN: nothing there. */
export function seriesOf(
  { comparison, runs, durationMs }: SimulationReport,
  read: (point: RunResult['timeline'][number], stepMs: number) => number,
): Series[] {
  return comparison.map(({ algorithm }) => {
    const mine = runs.filter((run) => run.algorithm === algorithm);
    const { timeline } = mine[0]!;
    const stepMs = (timeline[1]?.atMs ?? durationMs) - (timeline[0]?.atMs ?? 0);
    return {
      algorithm,
      points: timeline.map(({ atMs }, k) => ({
        atMs,
        value: estimate(mine.map((run) => read(run.timeline[k]!, Math.min(stepMs, durationMs - atMs)))),
      })),
    };
  });
}

/** Quantiles of latency, each the mean over the seeds. */
export function quantilesOf({ comparison, runs }: SimulationReport): {
  readonly algorithm: string;
  readonly points: readonly (readonly [ms: number, share: number])[];
}[] {
  return comparison.map(({ algorithm }) => {
    const mine = runs.filter((run) => run.algorithm === algorithm && run.cdf.length > 0);
    const shares = mine[0]?.cdf ?? [];
    return {
      algorithm,
      points: shares.map(([, share], k) => [estimate(mine.map(({ cdf }) => cdf[k]![0])).mean, share] as const),
    };
  });
}
