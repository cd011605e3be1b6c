import type { RefObject } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Message } from '../protocol.ts';
import type { View } from './connection.ts';
import { clock, number, percent, said, short } from './format.ts';

const MOST_LANES = 8;
const MOST_ROWS = 40;

/** How complete what is shown is, said where it is shown. */
function Completeness({ view }: { view: View }) {
  const totals = Object.values(view.mix).reduce(
    (sum, { seen, dropped }) => ({ seen: sum.seen + seen, dropped: sum.dropped + dropped }),
    { seen: 0, dropped: 0 },
  );
  return (
    <p class="bar muted">
      sampled · observed {percent(view.observed)} of the last frame · {number(totals.seen)} seen,{' '}
      {number(totals.dropped)} of them not shown
    </p>
  );
}

const LANE_W = 120;
const TIME_W = 92;
const ROW_H = 22;
const HEAD_H = 24;

/** Who said what to whom, the latest at the bottom: the selected actor and those that talk most. */
export function Lanes({ view, selected }: { view: View; selected: string }) {
  const { lanes, rows } = useMemo(() => choose(view.messages, selected), [view.messages, selected]);
  const foot = useFollowed(rows);
  const width = TIME_W + lanes.length * LANE_W;
  const height = rows.length * ROW_H + 8;
  const x = (key: string): number => TIME_W + (lanes.indexOf(key) + 0.5) * LANE_W;
  if (lanes.length === 0)
    return (
      <>
        <Completeness view={view} />
        <p class="muted">Nothing heard yet.</p>
      </>
    );
  return (
    <>
      <div class="stuck">
        <Completeness view={view} />
        <svg class="lanes" width={width} height={HEAD_H} aria-hidden="true">
          {lanes.map((key) => (
            <text key={key} class={key === selected ? 'current' : ''} x={x(key)} y={15} text-anchor="middle">
              {short(key).slice(0, 18)}
            </text>
          ))}
        </svg>
      </div>
      <svg
        class="lanes"
        width={width}
        height={height}
        role="img"
        aria-label={`Message sequence of ${lanes.map(short).join(', ')}; the Messages tab is its table`}
      >
        <defs>
          <marker id="said" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0 L8 4 L0 8 z" />
          </marker>
        </defs>
        {lanes.map((key) => (
          <line
            key={key}
            class={key === selected ? 'lane current' : 'lane'}
            x1={x(key)}
            y1={0}
            x2={x(key)}
            y2={height}
          />
        ))}
        {rows.map((message, k) => (
          <Said key={`${message.at}${k}`} message={message} y={k * ROW_H + 16} a={x(message.from)} b={x(message.to)} />
        ))}
      </svg>
      <div ref={foot} />
    </>
  );
}

function Said({ message, y, a, b }: { message: Message; y: number; a: number; b: number }) {
  const self = a === b;
  return (
    <g class="said">
      <text class="when" x={0} y={y}>
        {clock(message.at)}
      </text>
      <path
        d={self ? `M${a} ${y - 5} q24 5 2 9` : `M${a} ${y} L${b + (b > a ? -2 : 2)} ${y}`}
        marker-end="url(#said)"
      />
      <text x={self ? a + 30 : (a + b) / 2} y={y - 4} text-anchor={self ? 'start' : 'middle'}>
        {said(message.type)}
      </text>
    </g>
  );
}

/** Keeps the end of a list in sight, unless the person has scrolled away from it. */
function useFollowed(rows: readonly Message[]): RefObject<HTMLDivElement | null> {
  const foot = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useEffect(() => {
    const scroller = foot.current?.parentElement;
    if (scroller === null || scroller === undefined) return;
    if (follows.current) scroller.scrollTop = scroller.scrollHeight;
    const onScroll = (): void => {
      follows.current = scroller.scrollTop + scroller.clientHeight > scroller.scrollHeight - 2 * ROW_H;
    };
    scroller.addEventListener('scroll', onScroll);
    return () => scroller.removeEventListener('scroll', onScroll);
  }, [rows]);
  return foot;
}

function choose(messages: readonly Message[], selected: string): { lanes: string[]; rows: Message[] } {
  const counts = new Map<string, number>();
  for (const { from, to } of messages) for (const key of [from, to]) counts.set(key, (counts.get(key) ?? 0) + 1);
  const score = (key: string): number =>
    key === selected ? Infinity : key === 'balancer' ? 1e9 : (counts.get(key) ?? 0);
  const chosen = [...counts.keys()].sort((a, b) => score(b) - score(a)).slice(0, MOST_LANES);
  const rank = (key: string): number =>
    key === 'outside' ? 0 : key.startsWith('other') ? 1 : key === 'balancer' ? 2 : key.startsWith('monitor') ? 3 : 4;
  const lanes = chosen.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const rows = messages.filter(({ from, to }) => lanes.includes(from) && lanes.includes(to)).slice(-MOST_ROWS);
  return { lanes, rows };
}

export function MessageList({ view }: { view: View }) {
  const mix = Object.entries(view.mix).sort(([, a], [, b]) => b.seen - a.seen);
  return (
    <>
      <Completeness view={view} />
      <div class="two">
        <table class="lines">
          <thead>
            <tr>
              <th scope="col">time</th>
              <th scope="col">from</th>
              <th scope="col">to</th>
              <th scope="col">message</th>
            </tr>
          </thead>
          <tbody>
            {view.messages
              .slice(-60)
              .reverse()
              .map((message, k) => (
                // messages have no identity of their own
                <tr key={k}>
                  <td class="time">{clock(message.at)}</td>
                  <td>{short(message.from)}</td>
                  <td>{short(message.to)}</td>
                  <td>
                    {said(message.type)}
                    {message.shown !== undefined && <code> {JSON.stringify(message.shown)}</code>}
                  </td>
                </tr>
              ))}
          </tbody>
        </table>
        <table class="lines">
          <thead>
            <tr>
              <th scope="col">type</th>
              <th scope="col">seen</th>
              <th scope="col">not shown</th>
            </tr>
          </thead>
          <tbody>
            {mix.slice(0, 30).map(([type, { seen, dropped }]) => (
              <tr key={type}>
                <td title={type}>{said(type)}</td>
                <td class="count">{number(seen)}</td>
                <td class="count">{number(dropped)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="muted">Payloads are hidden; `reveal` names the fields that may be shown.</p>
    </>
  );
}
