import type { SimulationReport } from '../../testing/simulator/simulate.ts';
import type { Estimate } from '../../testing/simulator/statistics.ts';

const digits = (value: number, most: number): string =>
  Number.isNaN(value)
    ? '–'
    : value.toFixed(Math.max(0, Math.min(most, most - Math.floor(Math.log10(Math.max(1, value))))));

/** `81.2 ±0.4` */
const ms = ({ mean, halfWidth }: Estimate): string =>
  halfWidth === null ? digits(mean, 2) : `${digits(mean, 2)} ±${digits(halfWidth, 2)}`;

const percent = ({ mean, halfWidth }: Estimate): string =>
  halfWidth === null ? `${(100 * mean).toFixed(2)} %` : `${(100 * mean).toFixed(2)} ±${(100 * halfWidth).toFixed(2)} %`;

/** Columns as wide as what is in them: names to the left, numbers to the right. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, k) => Math.max(...rows.map((row) => (row[k] ?? '').length)));
  return rows
    .map((row) => row.map((cell, k) => (k === 0 ? cell.padEnd(widths[k]!) : cell.padStart(widths[k]!))).join('  '))
    .map((line) => `  ${line.trimEnd()}\n`)
    .join('');
}

/** What a simulation came to, for a terminal. */
export function tableOf(report: SimulationReport): string {
  const head = ['algorithm', 'mean ms', 'p50 ms', 'p99 ms', 'wait ms', 'goodput'];
  const rows = report.comparison.map(({ algorithm, total }) => [
    algorithm,
    ms(total.meanMs),
    ms(total.p50Ms),
    ms(total.p99Ms),
    ms(total.meanWaitMs),
    percent(total.goodput),
  ]);
  return `${report.scenario}\n\n${columns([head, ...rows])}`;
}
