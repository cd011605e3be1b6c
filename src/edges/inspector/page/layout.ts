import type { Chart, ChartEdge, ChartState } from '../protocol.ts';

/** A state on the drawing. */
export interface Box {
  readonly path: string;
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  readonly group: boolean;
}

/** An arrow on the drawing, with what it says. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly d: string;
  readonly labelX: number;
  readonly labelY: number;
  readonly label: string;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
  /** States that are passed through at once, and so are not drawn. */
  readonly passing: readonly string[];
}

const box = (path: string, x: number, y: number, w: number, h: number, group = false): Box => ({
  path,
  label: path.split('.').at(-1) ?? path,
  x,
  y,
  w,
  h,
  group,
});

/** The five-state chart as a person would draw it: `operational` above, what is out of service below. */
const COMPONENT_BOXES: readonly Box[] = [
  box('operational', 10, 10, 740, 206, true),
  box('operational.load.available', 34, 66, 140, 44),
  box('operational.load.busy', 310, 66, 140, 44),
  box('operational.load.overloaded', 586, 66, 140, 44),
  box('operational.ramp.steady', 170, 160, 130, 38),
  box('operational.ramp.warming', 460, 160, 130, 38),
  box('maintenance', 10, 290, 330, 96, true),
  box('maintenance.draining', 26, 328, 124, 42),
  box('maintenance.drained', 200, 328, 124, 42),
  box('failed', 410, 290, 340, 96, true),
  box('failed.isolated', 426, 328, 124, 42),
  box('failed.probing', 610, 328, 124, 42),
];

type Route = readonly [from: string, to: string, d: string, labelX: number, labelY: number];

const L = 'operational.load.';
const R = 'operational.ramp.';
/** Where its arrows run; what they say is read off the definition. */
const COMPONENT_ROUTES: readonly Route[] = [
  [`${L}available`, `${L}busy`, 'M174 80 Q242 66 308 80', 241, 68],
  [`${L}busy`, `${L}available`, 'M310 98 Q242 112 176 98', 241, 118],
  [`${L}busy`, `${L}overloaded`, 'M450 80 Q518 66 584 80', 518, 68],
  [`${L}overloaded`, `${L}busy`, 'M586 98 Q518 112 452 98', 518, 118],
  [`${L}available`, `${L}overloaded`, 'M110 66 C150 20 610 20 654 64', 380, 30],
  [`${L}overloaded`, `${L}available`, 'M660 110 C620 150 140 150 106 112', 380, 137],
  [`${R}warming`, `${R}steady`, 'M460 179 L302 179', 380, 173],
  ['operational', 'maintenance.draining', 'M88 216 L88 326', 80, 250],
  ['maintenance', 'operational', 'M250 290 L250 218', 258, 250],
  ['operational', 'failed.isolated', 'M488 216 L488 326', 480, 250],
  ['failed.probing', `${R}warming`, 'M708 328 L708 240 Q708 179 592 179', 708, 250],
  ['failed.isolated', 'failed.probing', 'M550 340 L608 340', 574, 323],
  ['failed.probing', 'failed.isolated', 'M610 360 L552 360', 580, 382],
  ['failed', 'maintenance.draining', 'M420 386 L420 408 L88 408 L88 372', 250, 402],
  ['maintenance', 'failed.probing', 'M330 290 L330 272 L668 272 L668 326', 410, 266],
  ['maintenance.draining', 'maintenance.drained', 'M150 349 L198 349', 175, 382],
];

/** Draws the component's chart if the definition is still the one that it was made for, else any chart by rule. */
export function draw(chart: Chart): Drawing {
  const leaves = leavesOf(chart.root);
  const drawn = COMPONENT_BOXES.filter(({ group }) => !group).map(({ path }) => path);
  const passing = leaves.filter((path) => isPassing(chart, path));
  const settled = leaves.filter((path) => !passing.includes(path));
  const fits =
    chart.id === 'component' && settled.length === drawn.length && settled.every((path) => drawn.includes(path));
  if (!fits) return { ...byRule(without(chart.root, passing), chart.edges), passing };
  const arrows = COMPONENT_ROUTES.flatMap(([from, to, d, labelX, labelY]): Arrow[] => {
    const label = labelOf(chart.edges.filter((edge) => edge.from === from && edge.to === to));
    return label === '' ? [] : [{ from, to, d, labelX, labelY, label }];
  });
  return { width: 760, height: 416, boxes: COMPONENT_BOXES, arrows, passing };
}

/** A fork that is left at once: everything out of it is `always`, and it leads to many. */
function isPassing({ edges }: Chart, path: string): boolean {
  const out = edges.filter((edge) => edge.from === path);
  return out.length > 2 && out.every((edge) => edge.event === 'always' && edge.to !== undefined);
}

function leavesOf(state: ChartState): string[] {
  return state.states.length === 0 ? [state.path] : state.states.flatMap(leavesOf);
}

/** `component.drain` reads as `drain`, `load.busy` as `busy`. */
export const brief = (event: string): string => event.replace(/^(component|load|balancer|pressure|failover)\./, '');

function labelOf(edges: readonly ChartEdge[]): string {
  const texts = edges.map(({ event, guard }) => (event === 'always' && guard !== undefined ? guard : brief(event)));
  return [...new Set(texts)].join(' · ');
}

const LEAF_W = 124;
const LEAF_H = 34;
const LETTER_W = 7.2;
const LONGEST_LABEL = 18;
const GAP = 64;
const PAD = 12;
const HEAD = 24;
const WIDEST = 940;
const ROW_GAP = 22;

interface Placed {
  readonly w: number;
  readonly h: number;
  readonly boxes: readonly Box[];
}

/** The chart without what is passed through at once: it would be drawn with an arrow to everything. */
const without = (state: ChartState, passing: readonly string[]): ChartState => ({
  ...state,
  states: state.states.filter(({ path }) => !passing.includes(path)).map((child) => without(child, passing)),
});

/** Boxes in boxes: children in rows, regions of a parallel state one below the other; arrows between neighbours of one parent. */
function byRule(root: ChartState, edges: readonly ChartEdge[]): Omit<Drawing, 'passing'> {
  const placed = place(root, WIDEST);
  const at = new Map(placed.boxes.map((one) => [one.path, one]));
  const arrows: Arrow[] = [];
  const seen = new Set<string>();
  for (const { from, to } of edges) {
    const a = at.get(from);
    const b = to === undefined ? undefined : at.get(to);
    if (a === undefined || b === undefined || a === b || parentOf(from) !== parentOf(b.path)) continue;
    const key = `${from}>${b.path}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const text = labelOf(edges.filter((edge) => edge.from === from && edge.to === to));
    const label = text.length > LONGEST_LABEL ? `${text.slice(0, LONGEST_LABEL - 1)}…` : text;
    arrows.push({ from, to: b.path, label, ...curve(a, b) });
  }
  return { width: Math.max(placed.w, 300), height: placed.h, boxes: placed.boxes, arrows };
}

const parentOf = (path: string): string => path.split('.').slice(0, -1).join('.');

function place(state: ChartState, widest: number): Placed {
  const isRoot = state.path === '';
  if (state.states.length === 0) {
    const w = Math.max(LEAF_W, state.key.length * LETTER_W + 36);
    return { w, h: LEAF_H, boxes: [box(state.path, 0, 0, w, LEAF_H)] };
  }
  const head = isRoot ? 0 : HEAD;
  const pad = isRoot ? 2 : PAD;
  const boxes: Box[] = [];
  let x = pad;
  let y = pad + head;
  let tallest = 0;
  let w = 0;
  for (const child of state.states) {
    const inner = place(child, widest - 2 * pad);
    if (x > pad && x + inner.w > widest - pad) {
      x = pad;
      y += tallest + (state.type === 'parallel' ? PAD : ROW_GAP);
      tallest = 0;
    }
    for (const one of inner.boxes) boxes.push({ ...one, x: one.x + x, y: one.y + y });
    x += inner.w + (state.type === 'parallel' ? PAD : GAP);
    w = Math.max(w, x);
    tallest = Math.max(tallest, inner.h);
  }
  const width = w - (state.type === 'parallel' ? PAD : GAP) + pad;
  const height = y + tallest + pad;
  const own = isRoot ? [] : [box(state.path, 0, 0, width, height, true)];
  return { w: width, h: height, boxes: [...own, ...boxes] };
}

function curve(a: Box, b: Box): { d: string; labelX: number; labelY: number } {
  const forward = b.x >= a.x;
  const lift = forward ? -10 : 10;
  const ay = a.y + a.h / 2 + lift / 2;
  const by = b.y + b.h / 2 + lift / 2;
  if (Math.abs(a.y - b.y) > a.h / 2) {
    const ax = a.x + a.w / 2 + lift;
    const down = b.y > a.y;
    const y1 = down ? a.y + a.h : a.y;
    const y2 = down ? b.y - 2 : b.y + b.h + 2;
    const bx = b.x + b.w / 2 + lift;
    return { d: `M${ax} ${y1} L${bx} ${y2}`, labelX: (ax + bx) / 2 + 4, labelY: (y1 + y2) / 2 };
  }
  const ax = forward ? a.x + a.w : a.x;
  const bx = forward ? b.x - 2 : b.x + b.w + 2;
  const mid = (ax + bx) / 2;
  const far = Math.abs(bx - ax) > LEAF_W ? 3.2 : 1.4;
  return { d: `M${ax} ${ay} Q${mid} ${ay + lift * far} ${bx} ${by}`, labelX: mid, labelY: ay + lift * (far / 2 + 0.3) };
}
