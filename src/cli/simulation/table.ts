import type { SimulationReport } from '../../testing/simulator/simulate.ts';
import { comparisonTables, detailTables, type Table, type Windows } from './breakdown.ts';
import { decimal, seconds } from './number-format.ts';
import { verdictOf } from './verdict.ts';

/** What a narrow terminal does without, first things first. */
const EXPENDABLE = ['p99.9 ms', 'p50 ms', 'wait ms', 'mean ms'];

/** Columns as wide as what is in them: names to the left, numbers to the right; as many as fit. */
function columns(rows: readonly (readonly string[])[], width: number): string {
  const head = rows[0] ?? [];
  const all = head.map((name, k) => ({ name, k, wide: Math.max(...rows.map((row) => (row[k] ?? '').length)) }));
  let shown = all;
  for (const name of EXPENDABLE) {
    if (shown.reduce((sum, { wide }) => sum + wide + 2, 0) <= width) break;
    shown = shown.filter((column) => column.name !== name);
  }
  return rows
    .map((row) =>
      shown.map(({ k, wide }) => (k === 0 ? row[k]!.padEnd(wide) : (row[k] ?? '').padStart(wide))).join('  '),
    )
    .map((line) => `  ${line.trimEnd()}\n`)
    .join('');
}

/** What was played, in a sentence. */
export function conditionsOf(report: SimulationReport): string {
  const { capacityPerSecond, arrivalsPerSecond, warmUpMs, durationMs, runs } = report;
  const seeds = new Set(runs.map(({ seed }) => seed)).size;
  const come = arrivalsPerSecond === 0 ? 'a closed loop' : `${decimal(arrivalsPerSecond)} requests/s arrive`;
  const rest = warmUpMs > 0 ? `, the first ${seconds(warmUpMs)} do not count` : '';
  const intervals = seeds === 1 ? '1 seed' : `${seeds} seeds, ± is the 95 % interval over them`;
  return `${come}, ${decimal(capacityPerSecond)}/s can be done; ${seconds(durationMs)} simulated${rest}; ${intervals}.`;
}

/** What a simulation came to, for a terminal. @param width of it, in columns. */
export function tableOf(report: SimulationReport, windows: Windows, width: number): string {
  const [overall, ...parts] = comparisonTables(report, windows);
  const details = report.comparison.length === 1 ? detailTables(report.runs) : [];
  const show = ({ title, rows }: Table): string => `${title}\n${columns(rows, width)}`;
  const verdict = verdictOf(report);
  return [
    `${report.scenario}\n${report.description === '' ? '' : `${report.description}\n`}`,
    `${conditionsOf(report)}\n`,
    ...[overall!, ...parts, ...details].map((table) => `\n${show(table)}`),
    verdict === undefined ? '' : `\n${verdict.text}\n`,
  ].join('');
}
