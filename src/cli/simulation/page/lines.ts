import type { SimulationReport } from '../../../testing/simulator/simulate.ts';
import { BOX, framed, type Tick, timeTicks, valueTicks } from './frame.ts';
import { at, lineStyle, text } from './markup.ts';
import { quantilesOf, type Series, seriesOf } from './series.ts';

/** Intervals of more lines than this would hide the lines. */
const MOST_BANDS = 3;

const nameList = (names: readonly string[]): string =>
  `<ul class="legend">${names
    .map(
      (name, k) =>
        `<li><svg width="34" height="10" aria-hidden="true"><line ${lineStyle(k)} x1="1" x2="33" y1="5" y2="5"/></svg>${text(name)}</li>`,
    )
    .join('')}</ul>`;

const pathOf = (points: readonly (readonly [x: number, y: number])[]): string =>
  points.map(([x, y], k) => `${k === 0 ? 'M' : 'L'}${at(x)} ${at(y)}`).join('');

/** Latency against the share that is at least as fast, with as much room for the last percent as for the first 90. */
export function latencyChart(report: SimulationReport): string {
  const lines = quantilesOf(report);
  const all = lines.flatMap(({ points }) => points.map(([ms]) => ms)).filter((ms) => ms > 0);
  if (all.length === 0) return '';
  const low = Math.floor(Math.log10(Math.min(...all)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...all)) * 4) / 4);
  const x = (ms: number): number => (Math.log10(Math.max(ms, 10 ** low)) - low) / (high - low);
  // nines: 0.9 is 1, 0.99 is 2, 0.999 is 3
  const y = (share: number): number => Math.min(1, -Math.log10(Math.max(1e-9, 1 - share)) / 3.1);
  const decades = Array.from({ length: Math.floor(high) - low + 1 }, (_, k) => low + k);
  const ticks = decades.flatMap((decade): Tick[] =>
    [1, 2, 5].flatMap((factor) => {
      const ms = factor * 10 ** decade;
      const where = x(ms);
      return where > 1 || (factor > 1 && high - low > 4)
        ? []
        : [{ at: where, label: String(Number(ms.toPrecision(3))) }];
    }),
  );
  return framed({
    title: 'Latency of completed requests',
    about: `Share of requests by latency: ${lines.map(({ algorithm }) => algorithm).join(', ')}`,
    x: ticks,
    y: [0, 0.5, 0.9, 0.99, 0.999].map((share) => ({ at: y(share), label: `${Number((share * 100).toFixed(1))} %` })),
    yLabel: 'done within',
    xLabel: 'ms, logarithmic',
    height: 280,
    legend: nameList(lines.map(({ algorithm }) => algorithm)),
    drawing: lines
      .map(({ algorithm, points }, k) => {
        const path = points
          .filter(([, share]) => y(share) < 1)
          .map(([ms, share]) => [BOX * x(ms), BOX * (1 - y(share))] as const);
        return `<path ${lineStyle(k)} d="${pathOf(path)}"><title>${text(algorithm)}</title></path>`;
      })
      .join(''),
  });
}

export const goodputChart = (report: SimulationReport): string => {
  const offered = seriesOf(report, (point, stepMs) => (1000 * point.offered) / stepMs)[0]!;
  const good = seriesOf(report, (point, stepMs) => (1000 * point.good) / stepMs);
  return overTime(report, 'Goodput: completed in time, by when requests arrived', 'per second', good, offered);
};

/** The same from below: what is lost is too little to be seen in the rate. */
export const lossChart = (report: SimulationReport): string =>
  overTime(
    report,
    'Not completed in time, by when requests arrived',
    '% of the offered',
    seriesOf(report, ({ offered, good }) => (offered === 0 ? Number.NaN : (100 * (offered - good)) / offered)),
  );

export const tailChart = (report: SimulationReport): string =>
  overTime(
    report,
    '99th percentile of latency, by when requests arrived',
    'ms',
    seriesOf(report, ({ p99Ms }) => p99Ms ?? Number.NaN),
  );

/**
 * Lines over the whole time, the faults behind them.
 * @param offered a line for comparison; with it the lines have no intervals, as its own chance would be most of them.
 */
function overTime(
  report: SimulationReport,
  title: string,
  unit: string,
  series: readonly Series[],
  offered?: Series,
): string {
  const { durationMs } = report;
  const known = [...series, ...(offered === undefined ? [] : [offered])].map(({ algorithm, points }) => ({
    algorithm,
    points: points.filter(({ value }) => Number.isFinite(value.mean)),
  }));
  const highest = Math.max(0, ...known.flatMap(({ points }) => points.map(({ value }) => value.mean)));
  const top = highest === 0 ? 1 : 1.05 * highest;
  const x = (atMs: number): number => (BOX * atMs) / durationMs;
  const y = (value: number): number => BOX * (1 - Math.min(1, Math.max(0, value / top)));
  const banded = offered === undefined && series.length <= MOST_BANDS;
  const draw = ({ algorithm, points }: Series, k: number): string => {
    const style = k === series.length ? 'class="line offered"' : lineStyle(k);
    const path = pathOf(points.map(({ atMs, value }) => [x(atMs), y(value.mean)]));
    const line = `<path ${style} d="${path}"><title>${text(algorithm)}</title></path>`;
    if (!banded) return line;
    const [upper, lower] = [1, -1].map((sign) =>
      points.map(({ atMs, value }) => [x(atMs), y(value.mean + sign * (value.halfWidth ?? 0))] as const),
    );
    return `<path class="interval c${k % 9}" d="${pathOf([...upper!, ...lower!.reverse()])}Z"/>${line}`;
  };
  const names = series.map(({ algorithm }) => algorithm);
  const note =
    offered === undefined ? (banded ? 'Shaded: 95 % interval over the seeds.' : '') : 'Grey: what was offered.';
  return framed({
    title,
    about: `${title}: ${names.join(', ')}`,
    x: timeTicks(durationMs),
    y: valueTicks(top),
    yLabel: unit,
    xLabel: 'seconds',
    height: 220,
    legend: `${nameList(names)}${note === '' ? '' : `<p class="note">${note}</p>`}`,
    drawing: faultShades(report) + known.map(draw).join(''),
  });
}

/** Each fault as a shade behind the lines. */
function faultShades({ faults, durationMs }: SimulationReport): string {
  return faults
    .map(({ component, kind, atMs, forMs }) => {
      const from = (BOX * atMs) / durationMs;
      const width = (BOX * Math.min(forMs, durationMs - atMs)) / durationMs;
      return width <= 0
        ? ''
        : `<rect class="fault" x="${at(from)}" width="${at(width)}" y="0" height="${BOX}"><title>${text(`${component}: ${kind}`)}</title></rect>`;
    })
    .join('');
}
