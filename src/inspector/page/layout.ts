import type { LoadBands } from '../../engine/reporting/live-stats.ts';
import type { Chart, ChartState } from '../statechart.ts';
import { drawByRule } from './auto-layout.ts';
import { COMPONENT_BOXES, COMPONENT_HEIGHT, COMPONENT_ROUTES, COMPONENT_WIDTH } from './component-drawing.ts';
import type { Arrow, Drawing, Say } from './drawing.ts';

/** Draws the component's chart if the definition is still the one that it was made for, else any chart by rule. */
export function draw(chart: Chart, say: Say): Drawing {
  const leaves = leavesOf(chart.root);
  const drawn = COMPONENT_BOXES.filter(({ kind }) => kind === 'state').map(({ path }) => path);
  const passing = leaves.filter((path) => isPassing(chart, path));
  const settled = leaves.filter((path) => !passing.includes(path));
  const fits =
    chart.id === 'component' && settled.length === drawn.length && settled.every((path) => drawn.includes(path));
  if (!fits) return { ...drawByRule(without(chart.root, passing), chart.edges, say), passing };
  const arrows = COMPONENT_ROUTES.flatMap(([from, to, d, labelX, labelY]): Arrow[] => {
    const label = say(chart.edges.filter((edge) => edge.from === from && edge.to === to));
    return label === '' ? [] : [{ from, to, d, labelX, labelY, label }];
  });
  return { width: COMPONENT_WIDTH, height: COMPONENT_HEIGHT, boxes: COMPONENT_BOXES, arrows, passing };
}

/** A fork that is left at once: everything out of it is `always`, and it leads to many. */
function isPassing({ edges }: Chart, path: string): boolean {
  const out = edges.filter((edge) => edge.from === path);
  return out.length > 2 && out.every((edge) => edge.event === 'always' && edge.to !== undefined);
}

function leavesOf(state: ChartState): string[] {
  return state.states.length === 0 ? [state.path] : state.states.flatMap(leavesOf);
}

/** The chart without what is passed through at once: it would be drawn with an arrow to everything. */
const without = (state: ChartState, passing: readonly string[]): ChartState => ({
  ...state,
  states: state.states.filter(({ path }) => !passing.includes(path)).map((child) => without(child, passing)),
});

/** `component.drain` reads as `drain`, `pressure.high` as `high`. */
export const brief = (event: string): string => event.replace(/^(component|balancer|pressure|failover)\./, '');

const words = (guard: string): string => guard.replace(/^is([A-Z])/, (_, first: string) => first.toLowerCase());

/** Says events by their short names, and the load's by the thresholds that hold now. */
export function sayWith(bands: LoadBands | undefined): Say {
  return (edges) => {
    const texts = edges.map(({ event, guard, from }) => {
      if (event === 'always' && guard !== undefined) return words(guard);
      if (event.startsWith('load.') && bands !== undefined) return loadOf(event, from, bands);
      return brief(event).replace(/^after /, '');
    });
    return [...new Set(texts)].join(' · ');
  };
}

const share = (value: number): string => `${Math.round(value * 100)} %`;

/** Up at a threshold, down some way below it, so that a component does not hover between two bands. */
function loadOf(
  event: string,
  from: string,
  { busyFrom, busyUntil, overloadedFrom, overloadedUntil }: LoadBands,
): string {
  if (event === 'load.overloaded') return `load ≥ ${share(overloadedFrom)}`;
  if (event === 'load.available') return `load < ${share(busyUntil)}`;
  return from.endsWith('overloaded') ? `load < ${share(overloadedUntil)}` : `load ≥ ${share(busyFrom)}`;
}
