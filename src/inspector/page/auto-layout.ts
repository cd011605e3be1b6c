import type { ChartEdge, ChartState } from '../statechart.ts';
import { type Arrow, type Box, boxAt, type Drawing, LETTER_W, type Say } from './drawing.ts';

const WIDTH = 1_000;
const STATE_H = 34;
const PAD = 8;
/** Height of a group's head, with its name. */
const HEAD = 20;
const NARROWEST_GAP = 8;
const WIDEST_GAP = 150;
/** Room for the name of a region, at its left. */
const NAME_W = 74;
const LINE_GAP = 14;
const REGION_GAP = 4;

interface Placed {
  readonly w: number;
  readonly h: number;
  readonly boxes: readonly Box[];
}

/**
 * Any chart: states in lines, as far apart as there is room, groups in boxes, regions of a parallel state one below the
 * other. Arrows between states of one parent; what is left out is told in the list of ways out.
 */
export function drawByRule(root: ChartState, edges: readonly ChartEdge[], say: Say): Omit<Drawing, 'passing'> {
  const { w, h, boxes } = placeChildren(root, WIDTH);
  // few states keep their size and stand in the middle
  const shift = Math.max(0, (WIDTH - w) / 2);
  const placed = boxes.map((one) => ({ ...one, x: one.x + shift }));
  const at = new Map(placed.map((one) => [one.path, one]));
  const arrows: Arrow[] = [];
  const seen = new Set<string>();
  for (const { from, to } of edges) {
    const a = at.get(from);
    const b = to === undefined ? undefined : at.get(to);
    if (a === undefined || b === undefined || a === b || parentOf(from) !== parentOf(b.path)) continue;
    const key = `${from}>${b.path}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const run = curve(a, b);
    const label = cut(say(edges.filter((edge) => edge.from === from && edge.to === to)), run.room);
    arrows.push({ from, to: b.path, label, d: run.d, labelX: run.labelX, labelY: run.labelY });
  }
  return { width: WIDTH, height: h, boxes: placed, arrows };
}

const parentOf = (path: string): string => path.split('.').slice(0, -1).join('.');

/** As many of the reasons as fit, and how many more there are. */
function cut(text: string, room: number): string {
  if (text.length * LETTER_W <= room) return text;
  const parts = text.split(' · ');
  const first = parts[0] ?? '';
  const rest = parts.length > 1 ? ` +${parts.length - 1}` : '';
  const letters = Math.max(3, Math.floor(room / LETTER_W) - rest.length);
  return (first.length > letters ? `${first.slice(0, letters - 1)}…` : first) + rest;
}

function place(state: ChartState, widest: number): Placed {
  if (state.states.length === 0) {
    const w = Math.max(76, state.key.length * 6.4 + 18);
    return { w, h: STATE_H, boxes: [boxAt(state.path, 0, 0, w, STATE_H)] };
  }
  const inner = placeChildren(state, widest - 2 * PAD);
  const w = Math.max(inner.w + 2 * PAD, state.key.length * 7.2 + 2 * PAD);
  const h = inner.h + HEAD + PAD;
  return { w, h, boxes: [boxAt(state.path, 0, 0, w, h, 'group'), ...moved(inner.boxes, PAD, HEAD)] };
}

const moved = (boxes: readonly Box[], x: number, y: number): Box[] =>
  boxes.map((one) => ({ ...one, x: one.x + x, y: one.y + y }));

function placeChildren(state: ChartState, widest: number): Placed {
  if (state.type === 'parallel') return regions(state.states, widest);
  return lines(
    state.states.map((child) => place(child, widest)),
    widest,
  );
}

/** Regions as bars, with their names at the left; two that are short share a line. */
function regions(states: readonly ChartState[], widest: number): Placed {
  const boxes: Box[] = [];
  const half = (widest - REGION_GAP) / 2;
  let y = 0;
  for (let k = 0; k < states.length; k++) {
    const [first, second] = [states[k]!, states[k + 1]];
    const pair = second !== undefined && isShort(first, half) && isShort(second, half) ? [first, second] : [first];
    const w = pair.length === 2 ? half : widest;
    const placed = pair.map((region) => placeChildren(region, w - NAME_W - 2 * PAD));
    const h = Math.max(...placed.map((inner) => inner.h)) + 2 * PAD;
    pair.forEach((region, place) => {
      const x = place * (half + REGION_GAP);
      boxes.push(boxAt(region.path, x, y, w, h, 'region'));
      boxes.push(...moved(placed[place]?.boxes ?? [], x + NAME_W + PAD, y + PAD));
    });
    y += h + REGION_GAP;
    k += pair.length - 1;
  }
  return { w: widest, h: y - REGION_GAP, boxes };
}

/** At most three plain states, with room for arrows. */
const isShort = ({ states }: ChartState, room: number): boolean =>
  states.every((state) => state.states.length === 0) && states.length * 130 <= room;

function lines(placed: readonly Placed[], widest: number): Placed {
  const rows: Placed[][] = [[]];
  let used = 0;
  for (const one of placed) {
    const row = rows.at(-1)!;
    if (row.length > 0 && used + NARROWEST_GAP + one.w > widest) {
      rows.push([one]);
      used = one.w;
    } else {
      used += (row.length > 0 ? NARROWEST_GAP : 0) + one.w;
      row.push(one);
    }
  }
  const boxes: Box[] = [];
  let y = 0;
  let w = 0;
  for (const row of rows) {
    const tallest = Math.max(...row.map(({ h }) => h));
    const own = row.reduce((sum, one) => sum + one.w, 0);
    const gap = Math.min(WIDEST_GAP, (widest - own) / Math.max(1, row.length - 1));
    let x = 0;
    for (const one of row) {
      boxes.push(...moved(one.boxes, x, y + (tallest - one.h) / 2));
      x += one.w + gap;
    }
    w = Math.max(w, x - gap);
    y += tallest + LINE_GAP;
  }
  return { w, h: y - LINE_GAP, boxes };
}

interface Run {
  readonly d: string;
  readonly labelX: number;
  readonly labelY: number;
  /** Width that the label may have. */
  readonly room: number;
}

/** Forward arrows run above the middle, backward ones below it. */
function curve(a: Box, b: Box): Run {
  const forward = b.x >= a.x;
  const side = forward ? -1 : 1;
  if (Math.abs(a.y + a.h / 2 - b.y - b.h / 2) > 1) return { ...between(a, b), room: 100 };
  const y = a.y + a.h / 2 + side * 6;
  const ax = forward ? a.x + a.w : a.x;
  const bx = forward ? b.x - 2 : b.x + b.w + 2;
  const room = Math.abs(bx - ax) - 12;
  if (room > WIDEST_GAP) return over(a, b);
  const middle = (ax + bx) / 2;
  return {
    d: `M${ax} ${y} Q${middle} ${y + side * 6} ${bx} ${y}`,
    labelX: middle,
    labelY: y + (forward ? -6 : 15),
    room,
  };
}

/** Over what stands between. */
function over(a: Box, b: Box): Run {
  const [ax, bx] = [a.x + a.w / 2, b.x + b.w / 2];
  const top = Math.min(a.y, b.y) - 4;
  const d = `M${ax} ${a.y} C${ax} ${top} ${bx} ${top - 14} ${bx} ${b.y - 2}`;
  return { d, labelX: (ax + bx) / 2, labelY: top + 4, room: WIDEST_GAP };
}

function between(a: Box, b: Box): Omit<Run, 'room'> {
  const down = b.y > a.y;
  const y1 = down ? a.y + a.h : a.y;
  const y2 = down ? b.y - 2 : b.y + b.h + 2;
  const [ax, bx] = [a.x + a.w / 2, b.x + b.w / 2];
  return { d: `M${ax} ${y1} L${bx} ${y2}`, labelX: (ax + bx) / 2 + 4, labelY: (y1 + y2) / 2 };
}
