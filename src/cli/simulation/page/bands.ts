import { PRIORITIES } from '../../../domain/priority.ts';
import type { RunResult } from '../../../testing/simulator/result.ts';
import type { SimulationReport } from '../../../testing/simulator/simulate.ts';
import { seconds } from '../number-format.ts';
import { BOX, framed, timeTicks, valueTicks } from './frame.ts';
import { at, text } from './markup.ts';

/** What each state of a component is drawn as; a state within it by the part before the dot. */
const STATES = [
  ['operational.available', 'available'],
  ['operational.busy', 'busy'],
  ['operational.overloaded', 'overloaded'],
  ['maintenance', 'maintenance'],
  ['failed.probing', 'probing'],
  ['failed', 'failed'],
] as const;

const looksOf = (state: string): string => STATES.find(([prefix]) => state.startsWith(prefix))?.[1] ?? 'failed';

const key = (looks: readonly string[]): string =>
  `<ul class="legend">${looks.map((one) => `<li><i class="swatch s-${one}"></i>${text(one)}</li>`).join('')}</ul>`;

/** The state of each component as a band, from left to right; a line above it where the scenario makes it suffer. */
export function stateBands(report: SimulationReport, run: RunResult): string {
  const { durationMs, faults } = report;
  const share = (ms: number): number => (BOX * Math.min(ms, durationMs)) / durationMs;
  const rows = Object.entries(run.states).map(([id, changes]) => {
    const bands = changes.flatMap(({ atMs, state }, k) => {
      const until = changes[k + 1]?.atMs ?? durationMs;
      const width = share(until) - share(atMs);
      if (width <= 0) return [];
      return `<rect class="s-${looksOf(state)}" x="${at(share(atMs))}" width="${at(width)}" y="220" height="780"><title>${text(`${id}: ${state}, ${seconds(atMs)} to ${seconds(Math.min(until, durationMs))}`)}</title></rect>`;
    });
    const marks = faults
      .filter(({ component }) => component === id)
      .map(
        ({ kind, atMs, forMs }) =>
          `<rect class="mark" x="${at(share(atMs))}" width="${at(share(atMs + forMs) - share(atMs))}" y="0" height="160"><title>${text(`${id}: ${kind}, ${seconds(atMs)} to ${seconds(atMs + forMs)}`)}</title></rect>`,
      );
    return `<div class="band"><span>${text(id)}</span><svg viewBox="0 0 ${BOX} ${BOX}" preserveAspectRatio="none" role="img" aria-label="${text(spoken(id, changes, durationMs))}">${bands.join('')}${marks.join('')}</svg></div>`;
  });
  const ticks = timeTicks(durationMs)
    .map((tick) => `<span style="left:${at(tick.at * 100)}%">${text(tick.label)}</span>`)
    .join('');
  return `<figure class="chart"><figcaption>${text(`${run.algorithm}: states of the components, seed ${run.seed}`)}</figcaption>${key(STATES.map(([, looks]) => looks))}
<p class="note">${faults.length === 0 ? '' : 'The thin line above a band: what the scenario does to that component. '}Point at a band to read it.</p>
<div class="bands">${rows.join('')}<div class="band"><span></span><div class="x">${ticks}</div></div></div><div class="axis-name end">seconds</div></figure>`;
}

/** How long a component was in which state. */
function spoken(id: string, changes: RunResult['states'][string], durationMs: number): string {
  const times = new Map<string, number>();
  for (const [k, { atMs, state }] of changes.entries()) {
    const looks = looksOf(state);
    const until = Math.min(changes[k + 1]?.atMs ?? durationMs, durationMs);
    times.set(looks, (times.get(looks) ?? 0) + Math.max(0, until - atMs));
  }
  return `${id}: ${[...times].map(([looks, ms]) => `${looks} ${seconds(ms)}`).join(', ')}`;
}

/** What waited, stacked by class: the most important at the bottom. */
export function queueChart(report: SimulationReport, run: RunResult): string {
  const { durationMs } = report;
  const { everyMs, queue } = run.samples;
  const classes = PRIORITIES.map((name, cls) => ({ name, cls })).filter(({ cls }) =>
    queue.some((row) => row[cls]! > 0),
  );
  const deepest = Math.max(0, ...queue.map((row) => row.reduce((sum, size) => sum + size, 0)));
  const title = `${run.algorithm}: queue by class, seed ${run.seed}`;
  if (deepest === 0) {
    return `<figure class="chart"><figcaption>${text(title)}</figcaption><p class="note">Nothing waited when it was looked at, every ${seconds(everyMs)}.</p></figure>`;
  }
  const top = 1.05 * deepest;
  const below = queue.map(() => 0);
  const drawing = classes.map(({ name, cls }) => {
    const base = [...below];
    for (const [k, row] of queue.entries()) below[k]! += row[cls]!;
    const edge = (heights: readonly number[]): string[] =>
      heights.map(
        (height, k) => `${at((BOX * Math.min(k * everyMs, durationMs)) / durationMs)} ${at(BOX * (1 - height / top))}`,
      );
    return `<path class="q${cls}" d="M${[...edge(below), ...edge(base).reverse()].join('L')}Z"><title>${text(name)}</title></path>`;
  });
  return framed({
    title,
    about: `${title}; at most ${deepest} waited`,
    x: timeTicks(durationMs),
    y: valueTicks(top),
    yLabel: 'requests that wait',
    xLabel: 'seconds',
    height: 160,
    legend: `<ul class="legend">${classes.map(({ name, cls }) => `<li><i class="swatch q${cls}"></i>${text(name)}</li>`).join('')}</ul>`,
    drawing: drawing.join(''),
  });
}
