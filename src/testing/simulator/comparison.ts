import type { RunResult, Tally } from './result.ts';
import { type Estimate, estimate } from './statistics.ts';

/** Figures of one algorithm over all seeds, with 95 % confidence intervals. */
export interface Figures {
  readonly meanMs: Estimate;
  readonly p50Ms: Estimate;
  readonly p99Ms: Estimate;
  readonly p999Ms: Estimate;
  readonly meanWaitMs: Estimate;
  /** 0 to 1. */
  readonly goodput: Estimate;
  readonly goodPerSecond: Estimate;
}

export interface ComparisonRow {
  readonly algorithm: string;
  readonly seeds: number;
  readonly total: Figures;
  readonly windows: Readonly<Record<string, Figures>>;
  /** Of each figure to that of the first algorithm, seed by seed; null for the first itself. */
  readonly ratio: { readonly meanMs: Estimate; readonly p99Ms: Estimate; readonly goodput: Estimate } | null;
}

export function figuresOf(tallies: readonly Tally[]): Figures {
  const of = (read: (tally: Tally) => number | null): Estimate =>
    estimate(tallies.map((tally) => read(tally) ?? Number.NaN));
  return {
    meanMs: of(({ latency }) => latency.meanMs),
    p50Ms: of(({ latency }) => latency.p50Ms),
    p99Ms: of(({ latency }) => latency.p99Ms),
    p999Ms: of(({ latency }) => latency.p999Ms),
    meanWaitMs: of(({ wait }) => wait.meanMs),
    goodput: of(({ goodput }) => goodput),
    goodPerSecond: of(({ goodPerSecond }) => goodPerSecond),
  };
}

/** Rows in the order in which the algorithms first appear. Ratios are paired by seed: common random numbers make them sharp. */
export function compareRuns(runs: readonly RunResult[]): ComparisonRow[] {
  const names = [...new Set(runs.map(({ algorithm }) => algorithm))];
  const of = (name: string): RunResult[] => runs.filter(({ algorithm }) => algorithm === name);
  const first = of(names[0] ?? '');
  return names.map((name, k) => {
    const mine = of(name);
    return {
      algorithm: name,
      seeds: mine.length,
      total: figuresOf(mine.map(({ total }) => total)),
      windows: Object.fromEntries(
        Object.keys(mine[0]!.windows).map((window) => [window, figuresOf(mine.map(({ windows }) => windows[window]!))]),
      ),
      ratio: k === 0 ? null : ratios(mine, first),
    };
  });
}

function ratios(mine: readonly RunResult[], first: readonly RunResult[]): NonNullable<ComparisonRow['ratio']> {
  const pairs = mine.flatMap((run) => {
    const other = first.find(({ seed }) => seed === run.seed);
    return other === undefined ? [] : [[run.total, other.total] as const];
  });
  const of = (read: (tally: Tally) => number | null): Estimate =>
    estimate(pairs.map(([a, b]) => (read(a) ?? Number.NaN) / (read(b) ?? Number.NaN)));
  return {
    meanMs: of(({ latency }) => latency.meanMs),
    p99Ms: of(({ latency }) => latency.p99Ms),
    goodput: of(({ goodput }) => goodput),
  };
}
