import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Row } from '../protocol.ts';
import { worstFirst } from '../view-state.ts';
import { cellSize, paint } from './heat-cells.ts';
import { STATUSES } from './status.ts';

interface Props {
  readonly rows: readonly Row[];
  readonly selected: string;
  readonly onSelect: (key: string) => void;
}

const WIDTH = 288;
const BANDS = [0, 0.25, 0.5, 0.75, 0.95] as const;

/** Every component as a cell, failed ones first: told by shape and colour, filled with its load. */
export function HeatMap({ rows, selected, onSelect }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [theme, setTheme] = useState(0);
  const [asTable, setAsTable] = useState(false);
  const sorted = useMemo(() => [...rows].sort(worstFirst), [rows]);
  const size = cellSize(rows.length);
  const columns = Math.floor(WIDTH / size);
  const height = Math.max(1, Math.ceil(rows.length / columns)) * size;

  useEffect(() => {
    const onTheme = (): void => setTheme((n) => n + 1);
    document.addEventListener('themechange', onTheme);
    return () => document.removeEventListener('themechange', onTheme);
  }, []);

  // another theme has other colours
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (element === null || context === null || context === undefined) return;
    const ratio = devicePixelRatio;
    element.width = WIDTH * ratio;
    element.height = height * ratio;
    context.scale(ratio, ratio);
    paint(context, sorted, { columns, size, selected });
  }, [sorted, selected, theme, height, asTable]);

  const pick = (event: MouseEvent): Row | undefined => {
    const box = canvas.current?.getBoundingClientRect();
    if (box === undefined) return undefined;
    const scale = WIDTH / box.width;
    const x = Math.floor(((event.clientX - box.left) * scale) / size);
    const y = Math.floor(((event.clientY - box.top) * scale) / size);
    return x < columns ? sorted[y * columns + x] : undefined;
  };

  return (
    <section class="panel heat" aria-label="All components">
      <h2>
        All components <span class="muted">worst first</span>
        <button type="button" class="small" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          as a table
        </button>
      </h2>
      {asTable ? (
        <Table rows={rows} />
      ) : (
        <canvas
          ref={canvas}
          role="img"
          aria-label="Components as cells, worst first; the button above shows them as a table"
          onClick={(event) => {
            const row = pick(event);
            if (row !== undefined) onSelect(`component:${row.id}`);
          }}
          onMouseMove={(event) => {
            const row = pick(event);
            event.currentTarget.title =
              row === undefined ? '' : `${row.id}: ${row.status}, ${row.taken} of ${row.capacity}`;
          }}
        />
      )}
    </section>
  );
}

/** The canvas as a table: how many of each status at which load. */
function Table({ rows }: { rows: readonly Row[] }) {
  const count = (status: string, k: number): number =>
    rows.filter((row) => {
      const load = row.taken / row.capacity;
      return row.status === status && load >= (BANDS[k] ?? 0) && load < (BANDS[k + 1] ?? Number.POSITIVE_INFINITY);
    }).length;
  return (
    <table class="lines">
      <thead>
        <tr>
          <th scope="col">load</th>
          {BANDS.map((from) => (
            <th key={from} scope="col">
              ≥ {from * 100} %
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {STATUSES.map((status) => (
          <tr key={status}>
            <th scope="row">{status.toLowerCase()}</th>
            {BANDS.map((from, k) => (
              <td key={from}>{count(status, k)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
