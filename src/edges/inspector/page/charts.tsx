import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { Known } from '../fold.ts';
import type { ComponentPoint, HistoryPoint, Row } from '../protocol.ts';
import type { Connection } from './connection.ts';
import { clock, ms, number, percent } from './format.ts';

interface Line {
  readonly name: string;
  /** A CSS variable. */
  readonly color: string;
  readonly dash?: readonly number[];
}

interface Plot {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly show: (value: number) => string;
  readonly most?: number;
  readonly data: readonly (readonly (number | null)[])[];
}

const CLASSES = ['critical', 'high', 'normal', 'low', 'minimal'] as const;

/** One quantity per chart, one axis each, the same seconds below one another. */
export function Charts({ connection, known, row }: { connection: Connection; known: Known; row: Row | undefined }) {
  const own = useComponentHistory(connection, row, known.summary.at);
  const times = (row === undefined ? known.history : own).map(({ t }) => t / 1_000);
  const plots = row === undefined ? ofBalancer(known.history) : ofComponent(own);
  return (
    <section class="panel charts" aria-label={row === undefined ? 'Charts of the balancer' : `Charts of ${row.id}`}>
      <h2>
        {row === undefined ? 'balancer' : row.id} <span class="muted">last 300 s</span>
      </h2>
      <div class="plots">
        {plots.map((plot) => (
          <PlotView key={`${row?.id ?? ''}${plot.title}`} plot={plot} times={times} />
        ))}
      </div>
    </section>
  );
}

function ofBalancer(points: readonly HistoryPoint[]): Plot[] {
  return [
    {
      title: 'Load',
      show: percent,
      most: 1,
      lines: [{ name: 'slots taken', color: '--line-1' }],
      data: [points.map((p) => p.load)],
    },
    {
      title: 'Response time',
      show: ms,
      lines: [
        { name: 'p50', color: '--line-1' },
        { name: 'p99', color: '--line-2', dash: [5, 3] },
      ],
      data: [points.map((p) => p.p50Ms), points.map((p) => p.p99Ms)],
    },
    {
      title: 'Requests per second',
      show: number,
      lines: [{ name: 'settled', color: '--line-1' }],
      data: [points.map((p) => p.perSecond)],
    },
    {
      title: 'Queued by class',
      show: number,
      lines: CLASSES.map((name, k) => ({ name, color: `--line-${k + 1}`, ...(k > 0 ? { dash: [8 - k, k + 1] } : {}) })),
      data: CLASSES.map((_, k) => points.map((p) => p.queued[k] ?? 0)),
    },
  ];
}

function ofComponent(points: readonly ComponentPoint[]): Plot[] {
  return [
    {
      title: 'Load',
      show: percent,
      most: 1,
      lines: [{ name: 'slots taken', color: '--line-1' }],
      data: [points.map((p) => p.load)],
    },
    {
      title: 'Mean response time',
      show: ms,
      lines: [{ name: 'mean', color: '--line-1' }],
      data: [points.map((p) => p.meanMs)],
    },
    {
      title: 'Finished per second',
      show: number,
      lines: [{ name: 'finished', color: '--line-1' }],
      data: [points.map((p) => p.perSecond)],
    },
    {
      title: 'In flight',
      show: number,
      lines: [{ name: 'slots', color: '--line-1' }],
      data: [points.map((p) => p.inFlight)],
    },
  ];
}

/** A component's past from the server, its present from the frames. */
function useComponentHistory(connection: Connection, row: Row | undefined, at: number): readonly ComponentPoint[] {
  const [points, setPoints] = useState<{ id: string; list: readonly ComponentPoint[] }>({ id: '', list: [] });
  const id = row?.id;
  useEffect(() => {
    if (id === undefined) return;
    let wanted = true;
    connection.get<ComponentPoint[]>(`/api/history?component=${encodeURIComponent(id)}`).then(
      (list) => wanted && setPoints({ id, list }),
      () => {},
    );
    return () => {
      wanted = false;
    };
  }, [connection, id]);
  const second = Math.floor(at / 1_000);
  // a point a second, of what the row is then
  useEffect(() => {
    if (row === undefined || points.id !== row.id) return;
    const { taken, capacity, meanMs, perSecond, status } = row;
    const point = { t: at, load: taken / capacity, inFlight: taken, meanMs, perSecond, status };
    setPoints(({ list }) => ({ id: row.id, list: [...list, point].slice(-300) }));
  }, [second]);
  return points.id === id ? points.list : [];
}

const HEIGHT = 92;

function PlotView({ plot, times }: { plot: Plot; times: readonly number[] }) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const [theme, setTheme] = useState(0);
  const { title, lines, show } = plot;

  // made anew only for another theme; the data go in below
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const css = getComputedStyle(document.documentElement);
    const color = (name: string): string => css.getPropertyValue(name).trim();
    const axis = {
      stroke: color('--muted'),
      grid: { stroke: color('--grid'), width: 1 },
      ticks: { show: false },
      font: '11px system-ui',
    };
    const made = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        cursor: { sync: { key: 'time' }, y: false, drag: { x: false, y: false } },
        legend: { show: false },
        scales: { y: { range: (_u, _min, max) => [0, plot.most ?? Math.max(max * 1.1, 1)] } },
        axes: [
          { ...axis, size: 22, values: (_u, ticks) => ticks.map((t) => clock(t * 1_000).slice(0, 8)) },
          { ...axis, size: 54, values: (_u, ticks) => ticks.map((v) => (v === 0 ? '0' : show(v))) },
        ],
        series: [
          {},
          ...lines.map((line) => ({
            label: line.name,
            stroke: color(line.color),
            width: 1.6,
            points: { show: false },
            ...(line.dash === undefined ? {} : { dash: [...line.dash] }),
          })),
        ],
      },
      [[...times], ...plot.data.map((column) => [...column])],
      element,
    );
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
  useEffect(() => {
    chart.current?.setData([[...times], ...plot.data.map((column) => [...column])]);
  }, [key]);

  const now = (k: number): string => {
    const value = plot.data[k]?.at(-1);
    return value === undefined || value === null ? '–' : show(value);
  };
  return (
    <figure>
      <figcaption>
        {title}
        {lines.map((line, k) => (
          <span key={line.name} class="key">
            <span
              class={`swatch ${line.color.slice(2)} ${line.dash === undefined ? '' : 'dashed'}`}
              aria-hidden="true"
            />
            {line.name} <b>{now(k)}</b>
          </span>
        ))}
      </figcaption>
      <div class="plot" ref={host} aria-hidden="true" />
      <Twin plot={plot} times={times} />
    </figure>
  );
}

/** The same as a table: every fifteenth second, the latest first. */
function Twin({ plot, times }: { plot: Plot; times: readonly number[] }) {
  const [open, setOpen] = useState(false);
  const at = times.map((_, k) => times.length - 1 - k).filter((_, k) => k % 15 === 0);
  return (
    <details class="twin" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>as a table</summary>
      {open && (
        <table>
          <thead>
            <tr>
              <th scope="col">time</th>
              {plot.lines.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {at.map((k) => (
              <tr key={k}>
                <td>{clock((times[k] ?? 0) * 1_000).slice(0, 8)}</td>
                {plot.lines.map(({ name }, line) => (
                  <td key={name}>{plot.show(plot.data[line]?.[k] ?? 0)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}
