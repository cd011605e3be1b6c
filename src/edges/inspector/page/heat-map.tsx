import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { worstFirst } from '../fold.ts';
import type { Row } from '../protocol.ts';
import { GLYPHS, STATUSES } from './status.ts';

interface Props {
  readonly rows: readonly Row[];
  readonly selected: string;
  readonly onSelect: (key: string) => void;
}

const WIDTH = 300;

/** Every component as a cell, failed ones first and largest to the eye: filled, with their glyph. Others fill with their load. */
export function HeatMap({ rows, selected, onSelect }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [theme, setTheme] = useState(0);
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
    paint(context, sorted, columns, size, selected);
  }, [sorted, selected, theme, height]);

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
      <h2>All components</h2>
      <canvas
        ref={canvas}
        role="img"
        aria-label="Components as cells, worst first; the table below says the same"
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
      <Table rows={rows} />
    </section>
  );
}

const cellSize = (count: number): number =>
  count <= 18 ? 48 : count <= 60 ? 30 : count <= 200 ? 20 : count <= 700 ? 12 : 9;

function paint(
  context: CanvasRenderingContext2D,
  rows: readonly Row[],
  columns: number,
  size: number,
  selected: string,
): void {
  const css = getComputedStyle(document.documentElement);
  const color = (name: string): string => css.getPropertyValue(name).trim();
  const empty = color('--cell');
  const ink = color('--bg');
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.font = `${Math.floor(size * 0.55)}px system-ui`;
  rows.forEach((row, k) => {
    const x = (k % columns) * size;
    const y = Math.floor(k / columns) * size;
    const inner = size - (size > 12 ? 2 : 1);
    const tone = color(`--${row.status.toLowerCase()}`);
    const out = row.status === 'Failed' || row.status === 'Maintenance';
    const share = out ? 1 : Math.min(1, row.taken / row.capacity);
    context.fillStyle = empty;
    context.fillRect(x, y, inner, inner);
    context.fillStyle = tone;
    const filled = Math.max(share * inner, row.status === 'Available' ? 2 : 3);
    context.fillRect(x, y + inner - filled, inner, filled);
    if (size >= 12) {
      // outlined, so that it reads on the filled and on the empty part
      context.strokeStyle = ink;
      context.lineWidth = 3;
      context.strokeText(GLYPHS[row.status], x + inner / 2, y + inner / 2 + 1);
      context.fillStyle = color('--text');
      context.fillText(GLYPHS[row.status], x + inner / 2, y + inner / 2 + 1);
    }
    if (selected === `component:${row.id}`) {
      context.strokeStyle = color('--text');
      context.lineWidth = 2;
      context.strokeRect(x + 1, y + 1, inner - 2, inner - 2);
    }
  });
}

/** The canvas as a table: how many of each status at which load. */
function Table({ rows }: { rows: readonly Row[] }) {
  const bands = [0, 0.25, 0.5, 0.75, 0.95];
  const count = (status: string, k: number): number =>
    rows.filter((row) => {
      const load = row.taken / row.capacity;
      return row.status === status && load >= bands[k]! && load < (bands[k + 1] ?? Number.POSITIVE_INFINITY);
    }).length;
  const [open, setOpen] = useState(false);
  return (
    <details class="twin" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>as a table</summary>
      {open && (
        <table>
          <thead>
            <tr>
              <th scope="col">components by load</th>
              {bands.map((from) => (
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
                {bands.map((from, k) => (
                  <td key={from}>{count(status, k)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}
