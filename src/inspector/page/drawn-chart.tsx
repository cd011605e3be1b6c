import type { RefObject } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Chart } from '../statechart.ts';
import type { Arrow, Box, Drawing, Say } from './drawing.ts';
import { brief, draw } from './layout.ts';
import type { Step } from './statechart-steps.ts';

interface DrawnProps {
  readonly chart: Chart;
  readonly active: readonly string[];
  readonly last: Step | undefined;
  readonly status: string;
  readonly say: Say;
}

export function DrawnChart({ chart, active, last, status, say }: DrawnProps) {
  const drawing = useMemo(() => draw(chart, say), [chart, say]);
  const scroller = useSeen(drawing, active);
  const lit = new Set(active);
  const out = chart.edges.filter(({ from, event, to }) => lit.has(from) && event !== 'always' && to !== undefined);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <div class="drawing" tabIndex={0} ref={scroller}>
        <svg
          class="statechart"
          viewBox={`0 0 ${drawing.width} ${drawing.height}`}
          role="img"
          aria-label={`Active: ${active.join(', ') || 'none'}`}
        >
          <defs>
            <Head id="head" />
            <Head id="head-lit" />
          </defs>
          {drawing.boxes.map((box) => (
            <BoxOf key={box.path} box={box} lit={lit.has(box.path)} status={status} />
          ))}
          {drawing.arrows.map((arrow) => (
            <ArrowOf
              key={`${arrow.from}>${arrow.to}`}
              arrow={arrow}
              lit={isLast(arrow, last)}
              from={lit.has(arrow.from)}
            />
          ))}
        </svg>
      </div>
      <details class="twin">
        <summary>Ways out of the active states ({out.length})</summary>
        <ul>
          {out.map(({ from, event, to, guard }) => (
            <li key={`${from}${event}${to}${guard}`}>
              {from} — {brief(event)}
              {guard === undefined ? '' : ` [${guard}]`} → {to}
            </li>
          ))}
        </ul>
        {drawing.passing.length > 0 && <p class="muted">Passed through at once: {drawing.passing.join(', ')}</p>}
      </details>
    </>
  );
}

/** A step names states of the reports (`operational.busy`); the chart has regions between (`operational.load.busy`). */
/** The head of an arrow; the lit ones have their own, which the style sheet colours. */
function Head({ id }: { id: string }) {
  return (
    <marker
      id={id}
      viewBox="0 0 8 8"
      refX="7"
      refY="4"
      markerUnits="userSpaceOnUse"
      markerWidth="9"
      markerHeight="9"
      orient="auto"
    >
      <path d="M0 0 L8 4 L0 8 z" />
    </marker>
  );
}

function isLast(arrow: Arrow, last: Step | undefined): boolean {
  if (last === undefined) return false;
  const bare = (path: string): string => path.replace('.load.', '.').replace('.ramp.', '.');
  const covers = (path: string, state: string): boolean => bare(path) === state || state.startsWith(`${bare(path)}.`);
  const arrives =
    covers(arrow.to, last.to) ||
    (last.to.startsWith('operational') && arrow.to.startsWith('operational') && !arrow.from.startsWith('operational'));
  return arrives && covers(arrow.from, last.from);
}

function BoxOf({ box, lit, status }: { box: Box; lit: boolean; status: string }) {
  const { path, label, x, y, w, h, kind } = box;
  const state = kind === 'state';
  return (
    <g class={`${kind} ${lit ? `lit ${status}` : ''}`} data-path={path}>
      <rect x={x} y={y} width={w} height={h} rx={state ? 7 : 10} />
      <text
        x={state ? x + w / 2 : x + 12}
        y={kind === 'group' ? y + 16 : y + h / 2 + 4.5}
        text-anchor={state ? 'middle' : 'start'}
      >
        {label}
      </text>
      {lit && state && <circle cx={x + 2} cy={y + 2} r={4.5} />}
    </g>
  );
}

/** Where the drawing is wider than the screen, it is moved so that the active state can be seen. */
function useSeen(drawing: Drawing, active: readonly string[]): RefObject<HTMLDivElement | null> {
  const scroller = useRef<HTMLDivElement>(null);
  const box = drawing.boxes.find(({ path, kind }) => kind === 'state' && active.includes(path));
  const middle = box === undefined ? undefined : box.x + box.w / 2;
  useEffect(() => {
    const element = scroller.current;
    if (element === null || middle === undefined || element.scrollWidth <= element.clientWidth) return;
    element.scrollLeft = (middle / drawing.width) * element.scrollWidth - element.clientWidth / 2;
  }, [drawing, middle]);
  return scroller;
}

function ArrowOf({ arrow, lit, from }: { arrow: Arrow; lit: boolean; from: boolean }) {
  return (
    <g class={`arrow ${lit ? 'lit' : ''} ${from ? 'open' : ''}`}>
      <path d={arrow.d} marker-end={lit ? 'url(#head-lit)' : 'url(#head)'} />
      <text x={arrow.labelX} y={arrow.labelY} text-anchor="middle">
        {arrow.label}
      </text>
    </g>
  );
}
