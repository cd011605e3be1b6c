import type { ComponentStatus } from '../../domain/component.ts';
import type { Row } from '../protocol.ts';

/** Px of a cell: few components have large ones, a thousand still fit. */
export const cellSize = (count: number): number =>
  count <= 12 ? 48 : count <= 60 ? 32 : count <= 200 ? 20 : count <= 500 ? 13 : 8;

/** Share of a tone's strength with which a cell is filled up to its load: the mark on it must be seen. */
const FILL = 0.32;

interface Grid {
  readonly columns: number;
  readonly size: number;
  readonly selected: string;
}

export function paint(
  context: CanvasRenderingContext2D,
  rows: readonly Row[],
  { columns, size, selected }: Grid,
): void {
  const css = getComputedStyle(document.documentElement);
  const color = (name: string): string => css.getPropertyValue(name).trim();
  const [empty, ink, text] = [color('--cell'), color('--bg'), color('--text')];
  const gap = size > 13 ? 3 : 1;
  const inner = size - gap;
  context.clearRect(0, 0, context.canvas.width, context.canvas.height);
  rows.forEach((row, k) => {
    const x = (k % columns) * size;
    const y = Math.floor(k / columns) * size;
    const tone = color(`--${row.status.toLowerCase()}`);
    const failed = row.status === 'Failed';
    context.fillStyle = failed ? tone : empty;
    context.fillRect(x, y, inner, inner);
    if (!failed && row.status !== 'Maintenance') {
      const filled = Math.min(1, row.taken / row.capacity) * inner;
      context.fillStyle = tone;
      context.globalAlpha = FILL;
      context.fillRect(x, y + inner - filled, inner, filled);
      context.globalAlpha = 1;
    }
    context.fillStyle = failed ? ink : tone;
    context.strokeStyle = failed ? ink : tone;
    mark(context, row.status, x + inner / 2, y + inner / 2, Math.max(2, inner * 0.24));
    if (selected === `component:${row.id}`) {
      context.strokeStyle = text;
      context.lineWidth = 2;
      context.strokeRect(x + 1, y + 1, inner - 2, inner - 2);
    }
  });
}

/** The glyph of a status as a shape, since letters of 9 px are none. `r` is half its width. */
function mark(context: CanvasRenderingContext2D, status: ComponentStatus, x: number, y: number, r: number): void {
  context.beginPath();
  context.lineWidth = Math.max(1.4, r * 0.42);
  switch (status) {
    case 'Failed':
      context.moveTo(x - r, y - r);
      context.lineTo(x + r, y + r);
      context.moveTo(x + r, y - r);
      context.lineTo(x - r, y + r);
      context.stroke();
      return;
    case 'Overloaded':
      context.moveTo(x, y - r * 1.05);
      context.lineTo(x + r * 1.2, y + r);
      context.lineTo(x - r * 1.2, y + r);
      break;
    case 'Maintenance':
      context.moveTo(x, y - r * 1.25);
      context.lineTo(x + r * 1.25, y);
      context.lineTo(x, y + r * 1.25);
      context.lineTo(x - r * 1.25, y);
      break;
    case 'Busy':
      context.lineWidth = Math.max(1, r * 0.2);
      context.arc(x, y, r, 0, Math.PI * 2);
      context.stroke();
      context.beginPath();
      context.arc(x, y, r, Math.PI / 2, (Math.PI * 3) / 2);
      break;
    case 'Available':
      context.arc(x, y, r * 0.8, 0, Math.PI * 2);
  }
  context.fill();
}
