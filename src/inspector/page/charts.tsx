import { useEffect, useState } from 'preact/hooks';
import type { ComponentPoint, Row } from '../protocol.ts';
import type { ViewState } from '../view-state.ts';
import type { Connection } from './connection.ts';
import { clock, short } from './format.ts';
import { PlotView } from './plot.tsx';
import { type Plot, plotsOfBalancer, plotsOfComponent } from './plots.ts';

interface Props {
  readonly connection: Connection;
  readonly known: ViewState;
  readonly selected: string;
  readonly row: Row | undefined;
}

/** One quantity per chart, one axis each, the same seconds below one another; or all of it as a table. */
export function Charts({ connection, known, selected, row }: Props) {
  const own = useComponentHistory(connection, row, known.summary.at);
  const [asTable, setAsTable] = useState(false);
  const [pointed, setPointed] = useState<number | undefined>(undefined);
  const times = (row === undefined ? known.history : own).map(({ t }) => t / 1_000);
  const plots = row === undefined ? plotsOfBalancer(known.history) : plotsOfComponent(own);
  const at = pointed !== undefined && pointed < times.length ? pointed : undefined;
  return (
    <section class="panel charts" aria-label={row === undefined ? 'Charts of the balancer' : `Charts of ${row.id}`}>
      <h2>
        {row === undefined ? 'All of the balancer' : short(selected)}
        <span class="muted">
          {at === undefined ? 'last 300 s' : `at ${clock((times[at] ?? 0) * 1_000).slice(0, 8)}`}
        </span>
        <button type="button" class="small" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          as a table
        </button>
      </h2>
      {asTable ? (
        <Twin plots={plots} times={times} />
      ) : (
        <div class="plots">
          {plots.map((plot) => (
            <PlotView
              key={`${row?.id ?? ''}${plot.title}`}
              plot={plot}
              times={times}
              at={at}
              onPoint={(k) => setPointed(k)}
            />
          ))}
        </div>
      )}
    </section>
  );
}

/** A component's past from the server, its present from the frames. */
function useComponentHistory(connection: Connection, row: Row | undefined, at: number): readonly ComponentPoint[] {
  const [points, setPoints] = useState<{ id: string; list: readonly ComponentPoint[] }>({ id: '', list: [] });
  const id = row?.id;
  useEffect(() => {
    if (id === undefined) return;
    return connection.fetched<ComponentPoint[]>(`/api/history?component=${encodeURIComponent(id)}`, (list) =>
      setPoints({ id, list }),
    );
  }, [connection, id]);
  const second = Math.floor(at / 1_000);
  // a point a second, of what the row is then
  useEffect(() => {
    if (row === undefined || points.id !== row.id) return;
    const { taken, capacity, meanMs, perSecond, successRate, status } = row;
    const point = { t: at, load: taken / capacity, inFlight: taken, meanMs, perSecond, successRate, status };
    setPoints(({ list }) => ({ id: row.id, list: [...list, point].slice(-300) }));
  }, [second]);
  return points.id === id ? points.list : [];
}

/** The same as a table: every fifteenth second, the latest first. */
function Twin({ plots, times }: { plots: readonly Plot[]; times: readonly number[] }) {
  const at = times.map((_, k) => times.length - 1 - k).filter((_, k) => k % 15 === 0);
  const columns = plots.flatMap((plot) =>
    plot.lines.map((line, k) => ({
      name: plot.lines.length > 1 ? `${plot.title} ${line.name}` : plot.title,
      show: plot.show,
      data: plot.data[k] ?? [],
    })),
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <div class="twin-table" tabIndex={0}>
      <table class="lines">
        <thead>
          <tr>
            <th scope="col">time</th>
            {columns.map(({ name }) => (
              <th key={name} scope="col">
                {name.toLowerCase()}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {at.map((k) => (
            <tr key={k}>
              <td class="time">{clock((times[k] ?? 0) * 1_000).slice(0, 8)}</td>
              {columns.map(({ name, show, data }) => (
                <td key={name}>{show(data[k] ?? 0)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
