import { PRIORITIES } from '../../domain/priority.ts';
import { type Figures, figuresOf } from '../../testing/simulator/comparison.ts';
import type { RunResult, Tally } from '../../testing/simulator/result.ts';
import type { SimulationReport } from '../../testing/simulator/simulate.ts';
import { type Estimate, estimate } from '../../testing/simulator/statistics.ts';
import { estimated, percent, ratio, seconds } from './number-format.ts';

/** A table of a report: the first row is its head. */
export interface Table {
  readonly title: string;
  readonly rows: readonly (readonly string[])[];
}

const HEAD = ['mean ms', 'p50 ms', 'p99 ms', 'p99.9 ms', 'wait ms', 'goodput'];

const cellsOf = (figures: Figures): string[] => [
  estimated(figures.meanMs),
  estimated(figures.p50Ms),
  estimated(figures.p99Ms),
  estimated(figures.p999Ms),
  estimated(figures.meanWaitMs),
  percent(figures.goodput),
];

/** One row per algorithm over the measured time, and again over each window. */
export function comparisonTables({ comparison }: SimulationReport, windows: Windows): Table[] {
  const first = comparison[0]?.algorithm ?? '';
  const many = comparison.length > 1;
  const overall: Table = {
    title: 'Measured time',
    rows: [
      ['algorithm', ...HEAD, ...(many ? [`p99 / ${first}`] : [])],
      ...comparison.map((row) => [
        row.algorithm,
        ...cellsOf(row.total),
        ...(many ? [row.ratio === null ? '1' : ratio(row.ratio.p99Ms)] : []),
      ]),
    ],
  };
  const parts = Object.keys(comparison[0]?.windows ?? {}).map((name): Table => {
    const window = windows[name];
    const when = window === undefined ? '' : `, ${seconds(window.fromMs)} to ${seconds(window.toMs)}`;
    return {
      title: `Window “${name}”${when}`,
      rows: [['algorithm', ...HEAD], ...comparison.map((row) => [row.algorithm, ...cellsOf(row.windows[name]!)])],
    };
  });
  return [overall, ...parts];
}

export type Windows = Readonly<Record<string, { readonly fromMs: number; readonly toMs: number }>>;

/** What one algorithm did: by type, by class, by component, by outcome. A kind that is alone is left out. */
export function detailTables(runs: readonly RunResult[]): Table[] {
  const [one] = runs;
  if (one === undefined) return [];
  const tables: Table[] = [];
  const types = Object.keys(one.byType);
  if (types.length > 1) tables.push(tallied('type', types, runs, (run, type) => run.byType[type]));
  const classes = PRIORITIES.filter((priority) => one.byPriority[priority] !== undefined);
  if (classes.length > 1) {
    tables.push(
      tallied('priority', classes, runs, ({ byPriority }, name) => new Map(Object.entries(byPriority)).get(name)),
    );
  }
  tables.push({
    title: 'By component',
    rows: [
      ['component', 'served', 'completed', 'slots taken'],
      ...Object.keys(one.components).map((id) => {
        const of = (read: (tally: RunResult['components'][string]) => number): Estimate =>
          estimate(runs.map(({ components }) => read(components[id]!)));
        return [
          id,
          estimated(of(({ served }) => served)),
          estimated(of(({ completed }) => completed)),
          percent(of(({ utilization }) => utilization)),
        ];
      }),
    ],
  });
  const outcomes = Object.entries(one.total.outcomes);
  tables.push({
    title: 'Outcomes',
    rows: [
      ['outcome', 'of the offered'],
      ...outcomes.map(([name]) => [
        name,
        percent(
          estimate(runs.map(({ total }) => (new Map(Object.entries(total.outcomes)).get(name) ?? 0) / total.offered)),
        ),
      ]),
    ],
  });
  return tables;
}

function tallied(
  kind: string,
  names: readonly string[],
  runs: readonly RunResult[],
  read: (run: RunResult, name: string) => Tally | undefined,
): Table {
  return {
    title: `By ${kind}`,
    rows: [
      [kind, ...HEAD],
      ...names.map((name) => [name, ...cellsOf(figuresOf(runs.flatMap((run) => read(run, name) ?? [])))]),
    ],
  };
}
