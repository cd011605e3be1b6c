import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { clock } from './format.ts';
import type { Line, Plot } from './plots.ts';
import { classOf, GLYPHS } from './status.ts';

const HEIGHT = 76;
const BAR_PX = 5;

interface Props {
  readonly plot: Plot;
  readonly times: readonly number[];
  /** Place of the point that is pointed at; undefined: the latest. */
  readonly at: number | undefined;
  readonly onPoint: (at: number | undefined) => void;
}

/** One quantity as a drawing, its present value, or that under the pointer, in words beside its name. */
export function PlotView({ plot, times, at, onPoint }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const latest = useRef({ plot, onPoint });
  latest.current = { plot, onPoint };
  const [theme, setTheme] = useState(0);
  const { title, lines, show } = plot;
  const columns = (): uPlot.AlignedData => [[...times], ...plot.data.map((column) => [...column])];

  // made anew only for another theme; the data go in below
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const made = new uPlot(optionsOf(latest, element.clientWidth), columns(), element);
    chart.current = made;
    const resize = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    resize.observe(element);
    const onTheme = (): void => setTheme((n) => n + 1);
    document.addEventListener('themechange', onTheme);
    return () => {
      document.removeEventListener('themechange', onTheme);
      resize.disconnect();
      made.destroy();
      chart.current = undefined;
    };
  }, [theme]);

  const key = `${times.length} ${times.at(-1)}`;
  // the data change when the times do
  useEffect(() => chart.current?.setData(columns()), [key]);

  const shown = (k: number): string => {
    const value = plot.data[k]?.at(at ?? -1);
    return value === undefined || value === null ? '–' : show(value);
  };
  // the state of a second ago is not the one that the badge tells; a queue that is empty says nothing
  const isTold = (line: Line, k: number): boolean =>
    plot.levels !== undefined ? at !== undefined : line.short === undefined || shown(k) !== '0';
  const status = plot.levels?.[plot.data[0]?.at(at ?? -1) ?? -1];
  return (
    <figure>
      <figcaption>
        {title}
        {lines.map((line, k) => (
          <span key={line.name} class="key">
            {lines.length > 1 && (
              <span
                class={`swatch ${line.color.slice(2)} ${line.dash === undefined ? '' : 'dashed'}`}
                aria-hidden="true"
              />
            )}
            {lines.length > 1 && <abbr title={line.name}>{line.short ?? line.name} </abbr>}
            {isTold(line, k) && <b class={status === undefined ? '' : classOf(status)}>{shown(k)}</b>}
            {lines.length === 1 && line.name !== '' && ` ${line.name}`}
          </span>
        ))}
      </figcaption>
      <div class="plot" ref={host} aria-hidden="true" />
    </figure>
  );
}

interface Latest {
  readonly current: { readonly plot: Plot; readonly onPoint: (at: number | undefined) => void };
}

function optionsOf(latest: Latest, width: number): uPlot.Options {
  const { lines, show, levels, most } = latest.current.plot;
  const css = getComputedStyle(document.documentElement);
  const color = (name: string): string => css.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: color('--muted'),
    grid: { stroke: color('--grid'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui',
  };
  return {
    width,
    height: HEIGHT,
    padding: [6, 24, 0, 0],
    cursor: { sync: { key: 'time' }, y: false, drag: { x: false, y: false }, points: { size: 5 } },
    legend: { show: false },
    scales: {
      y: {
        range: (_u, _min, max) =>
          levels === undefined ? [0, most ?? Math.max(max * 1.1, 1)] : [-0.7, levels.length - 0.3],
      },
    },
    axes: [
      {
        ...axis,
        size: 20,
        space: 60,
        incrs: [5, 15, 30, 60, 120],
        values: (_u, ticks, _axis, _space, every) => ticks.map((t) => minute(t, every)),
      },
      {
        ...axis,
        size: levels === undefined ? 48 : 26,
        space: 22,
        ...(levels === undefined
          ? { values: (_u, ticks) => ticks.map((v) => (v === 0 ? '0' : show(v))) }
          : { splits: () => levels.map((_, k) => k), values: () => levels.map((name) => GLYPHS[name]) }),
      },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        label: line.name,
        width: 1.6,
        points: { show: false },
        ...(levels === undefined ? { stroke: color(line.color) } : { paths: () => null }),
        ...(line.dash === undefined ? {} : { dash: [...line.dash] }),
      })),
    ],
    hooks: {
      setCursor: [(u) => latest.current.onPoint(u.cursor.idx ?? undefined)],
      ...(levels === undefined
        ? {}
        : {
            draw: [
              (u) =>
                drawLevels(
                  u,
                  levels.map((name) => color(`--${name.toLowerCase()}`)),
                ),
            ],
          }),
    },
  };
}

/** The last label must not be cut off: seconds are told only where ticks are that close. */
const minute = (t: number, every: number): string => clock(t * 1_000).slice(0, every < 60 ? 8 : 5);

/** A bar from each point to the next, at the level of its state and in its colour. */
function drawLevels(u: uPlot, colours: readonly string[]): void {
  const [times = [], values = []] = u.data;
  const height = BAR_PX * devicePixelRatio;
  for (let k = 0; k < times.length; k++) {
    const level = values[k] ?? 0;
    const from = u.valToPos(times[k] ?? 0, 'x', true);
    const to = Math.min(u.valToPos(times[k + 1] ?? (times[k] ?? 0) + 1, 'x', true), u.bbox.left + u.bbox.width);
    u.ctx.fillStyle = colours[level] ?? '';
    u.ctx.fillRect(from, u.valToPos(level, 'y', true) - height / 2, Math.max(1, to - from + 0.5), height);
  }
}
