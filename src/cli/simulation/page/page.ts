import type { SimulationReport } from '../../../testing/simulator/simulate.ts';
import { comparisonTables, detailTables, type Table, type Windows } from '../breakdown.ts';
import { seconds } from '../number-format.ts';
import { conditionsOf } from '../table.ts';
import { verdictOf } from '../verdict.ts';
import { queueChart, stateBands } from './bands.ts';
import { goodputChart, latencyChart, lossChart, tailChart } from './lines.ts';
import { text } from './markup.ts';
import { STYLE } from './style.ts';

/** What a simulation came to as one page of HTML: it loads nothing, and the same report gives the same bytes. */
export function pageOf(report: SimulationReport, windows: Windows): string {
  const { scenario, description, comparison, runs, faults } = report;
  const verdict = verdictOf(report);
  const each = comparison.map(({ algorithm }) => {
    const mine = runs.filter((run) => run.algorithm === algorithm);
    const details = detailTables(mine).map(tableOf).join('');
    return `<section><h2>${text(algorithm)}</h2>${stateBands(report, mine[0]!)}${queueChart(report, mine[0]!)}<details${comparison.length === 1 ? ' open' : ''}><summary>Numbers of ${text(algorithm)}</summary>${details}</details></section>`;
  });
  const suffering = faults.map(
    ({ component, kind, atMs, forMs }) => `${component}: ${kind}, ${seconds(atMs)} to ${seconds(atMs + forMs)}`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${text(scenario)}: plimsoll simulation</title><style>${STYLE}</style></head><body><main>
<h1>${text(scenario)}</h1><p>${text(description)}</p><p class="note">${text(conditionsOf(report))}</p>
${suffering.length === 0 ? '' : `<p class="note">Faults: ${text(suffering.join('; '))}.</p>`}
${verdict === undefined ? '' : `<p class="verdict">${text(verdict.text)}</p>`}
<section><h2>Results</h2>${comparisonTables(report, windows).map(tableOf).join('')}</section>
<section><h2>Charts</h2>${latencyChart(report)}${goodputChart(report)}${lossChart(report)}${tailChart(report)}</section>
${each.join('\n')}
<footer>All algorithms met the same requests: same arrivals, same work, same luck. Made by plimsoll ${comparison.length === 1 ? 'simulate' : 'compare'}.</footer>
</main></body></html>
`;
}

function tableOf({ title, rows: [head = [], ...body] }: Table): string {
  const cells = (row: readonly string[]): string =>
    row.map((cell, k) => (k === 0 ? `<th scope="row">${text(cell)}</th>` : `<td>${text(cell)}</td>`)).join('');
  return `<div class="scroll" tabindex="0" role="region" aria-label="${text(title)}"><table><caption>${text(title)}</caption><thead><tr>${head
    .map((cell) => `<th scope="col">${text(cell)}</th>`)
    .join('')}</tr></thead><tbody>${body.map((row) => `<tr>${cells(row)}</tr>`).join('')}</tbody></table></div>`;
}
