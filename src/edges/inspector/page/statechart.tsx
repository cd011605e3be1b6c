import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Chart, Change, Row } from '../protocol.ts';
import type { Connection, View } from './connection.ts';
import { clock, duration, ms, number, percent, short } from './format.ts';
import { type Arrow, brief, draw } from './layout.ts';
import { classOf, GLYPHS } from './status.ts';

interface Props {
  readonly connection: Connection;
  readonly view: View;
  readonly actor: string;
  readonly row: Row | undefined;
}

/** The chart of the actor that is looked at, from its definition, with the active states lit. */
export function StatechartPanel({ connection, view, actor, row }: Props) {
  const { known } = view;
  const focus = known?.focus?.key === actor ? known.focus : undefined;
  const chart = useChart(connection, actor, focus?.chart);
  const steps = useMemo(() => stepsOf(known?.changes ?? [], actor), [known?.changes, actor]);
  const last = steps.at(-1);
  const active = focus?.active ?? [];
  return (
    <section class="panel chart" id="chart" aria-label={`Statechart of ${short(actor)}`}>
      <h2>
        {short(actor)}
        {row !== undefined && (
          <span class={`badge ${classOf(row.status)}`}>
            {GLYPHS[row.status]} {row.status.toLowerCase()}
          </span>
        )}
        {row !== undefined && <TimeInState view={view} since={row.since} state={row.state} />}
      </h2>
      {row !== undefined && (
        <p class="facts">
          {row.taken} of {row.slots} slots{row.slots === row.capacity ? '' : ` (${row.capacity} when warm)`} · weight{' '}
          {number(row.weight)} · {number(row.perSecond)}/s · success {percent(row.successRate)}
          {focus?.latency !== undefined &&
            ` · p50 ${ms(focus.latency.p50Ms)}, p99 ${ms(focus.latency.p99Ms)} since the start`}
          {row.failures > 0 && ` · ${row.failures} failures in a row`}
          {row.restarts > 0 && ` · ${row.restarts} restarts`}
        </p>
      )}
      {chart === undefined ? (
        <p class="muted">{known?.focus === undefined ? 'This actor is gone.' : 'No statechart.'}</p>
      ) : (
        <Drawn chart={chart} active={active} last={last} status={row === undefined ? '' : classOf(row.status)} />
      )}
      <p class="last">
        {last === undefined ? (
          <span class="muted">No change since the log begins.</span>
        ) : (
          <>
            last: <b>{last.from}</b> → <b>{last.to}</b> at {clock(last.at)}
            {last.reason !== '' && ` (${last.reason})`}
          </>
        )}
      </p>
      {focus?.shown !== undefined && <pre class="context">{JSON.stringify(focus.shown, null, 1)}</pre>}
    </section>
  );
}

function useChart(connection: Connection, actor: string, id: string | undefined): Chart | undefined {
  const [charts, setCharts] = useState<ReadonlyMap<string, Chart>>(new Map());
  useEffect(() => {
    if (id === undefined || id === '' || charts.has(id)) return;
    let wanted = true;
    connection.get<Chart>(`/api/chart?actor=${encodeURIComponent(actor)}`).then(
      (chart) => wanted && setCharts((before) => new Map(before).set(id, chart)),
      () => {},
    );
    return () => {
      wanted = false;
    };
  }, [connection, actor, id, charts]);
  return id === undefined ? undefined : charts.get(id);
}

/** Counts on by this machine's clock from the server's time of the last frame. */
function TimeInState({ view, since, state }: { view: View; since: number; state: string }) {
  const [, again] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => again((n) => n + 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  const now = (view.known?.summary.at ?? since) + (performance.now() - view.receivedAt);
  return (
    <span class="muted since">
      {state} for {duration(now - since)}
    </span>
  );
}

interface Step {
  readonly from: string;
  readonly to: string;
  readonly at: number;
  readonly reason: string;
}

/** Steps of an actor through its states. A change of status names the state in its detail; the one before is the last step's. */
function stepsOf(changes: readonly Change[], actor: string): Step[] {
  const steps: Step[] = [];
  for (const { actor: of, type, from = '', to = '', detail = '', at } of changes) {
    if (of !== actor || to === '') continue;
    if (type === 'component.statusChanged') {
      const colon = detail.indexOf(': ');
      steps.push({ from: steps.at(-1)?.to ?? from, to: detail.slice(0, colon), at, reason: detail.slice(colon + 2) });
    } else steps.push({ from, to, at, reason: detail });
  }
  return steps;
}

interface DrawnProps {
  readonly chart: Chart;
  readonly active: readonly string[];
  readonly last: Step | undefined;
  readonly status: string;
}

function Drawn({ chart, active, last, status }: DrawnProps) {
  const drawing = useMemo(() => draw(chart), [chart]);
  const lit = new Set(active);
  const out = chart.edges.filter(({ from, event, to }) => lit.has(from) && event !== 'always' && to !== undefined);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <div class="drawing" tabIndex={0}>
        <svg
          class="statechart"
          viewBox={`0 0 ${drawing.width} ${drawing.height}`}
          role="img"
          aria-label={`Active: ${active.join(', ') || 'none'}`}
        >
          <defs>
            <marker
              id="head"
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
            <marker
              id="head-lit"
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
          </defs>
          {drawing.boxes.map(({ path, label, x, y, w, h, group }) => (
            <g
              key={path}
              class={`${group ? 'group' : 'state'} ${lit.has(path) ? `lit ${status}` : ''}`}
              data-path={path}
            >
              <rect x={x} y={y} width={w} height={h} rx={group ? 10 : 7} />
              <text
                x={group ? x + 12 : x + w / 2}
                y={group ? y + 18 : y + h / 2 + 5}
                text-anchor={group ? 'start' : 'middle'}
              >
                {lit.has(path) && !group ? `● ${label}` : label}
              </text>
            </g>
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
function isLast(arrow: Arrow, last: Step | undefined): boolean {
  if (last === undefined) return false;
  const bare = (path: string): string => path.replace('.load.', '.').replace('.ramp.', '.');
  const covers = (path: string, state: string): boolean => bare(path) === state || state.startsWith(`${bare(path)}.`);
  const arrives =
    covers(arrow.to, last.to) ||
    (last.to.startsWith('operational') && arrow.to.startsWith('operational') && !arrow.from.startsWith('operational'));
  return arrives && covers(arrow.from, last.from);
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
