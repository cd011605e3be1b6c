import { styleText } from 'node:util';
import type { ComponentStatus } from '../domain/component.ts';
import { PRIORITIES } from '../domain/priority.ts';
import type { Alert, Row } from '../inspector/protocol.ts';
import { type ViewState, worstFirst } from '../inspector/view-state.ts';

/** What the keys have set. */
export interface TopState {
  readonly sort: Sort;
  readonly frozen: boolean;
  /** Id of the selected component: it stays selected wherever the sorting carries it. */
  readonly selected: string | undefined;
  readonly link: string;
}

export type Sort = 'worst' | 'name' | 'rate' | 'time';
export const SORTS: readonly Sort[] = ['worst', 'name', 'rate', 'time'];

const ORDERS: Readonly<Record<Sort, (a: Row, b: Row) => number>> = {
  worst: worstFirst,
  name: (a, b) => (a.id < b.id ? -1 : 1),
  rate: (a, b) => b.perSecond - a.perSecond || (a.id < b.id ? -1 : 1),
  time: (a, b) => b.meanMs - a.meanMs || (a.id < b.id ? -1 : 1),
};

type Style = Parameters<typeof styleText>[0];

const MARKS: Readonly<Record<ComponentStatus, readonly [glyph: string, style: Style]>> = {
  Available: ['●', 'green'],
  Busy: ['◐', 'blue'],
  Overloaded: ['▲', 'yellow'],
  Maintenance: ['◆', 'magenta'],
  Failed: ['✕', ['red', 'bold']],
};

const STATUSES: readonly ComponentStatus[] = ['Failed', 'Overloaded', 'Maintenance', 'Busy', 'Available'];

const short = (value: number): string =>
  value >= 10_000 ? `${Math.round(value / 1_000)}k` : String(Number(value.toPrecision(3)));
const time = (value: number): string => (value >= 1_000 ? `${short(value / 1_000)}s` : `${short(value)}ms`);
const share = (value: number): string => `${Math.floor(value * 100)}%`;
const span = (value: number): string => {
  const seconds = Math.max(0, Math.round(value / 1_000));
  if (seconds < 100) return `${seconds}s`;
  return seconds < 6_000 ? `${Math.floor(seconds / 60)}min` : `${Math.floor(seconds / 3_600)}h`;
};
const BAR = 10;
const bar = (value: number): string => {
  const full = Math.round(Math.min(1, Math.max(0, value)) * BAR);
  return '█'.repeat(full) + '░'.repeat(BAR - full);
};

/** Ids in the order that is shown. */
export const orderOf = (known: ViewState, sort: Sort): string[] =>
  [...known.rows.values()].sort(ORDERS[sort]).map(({ id }) => id);

/** Text without what a terminal would take for a command, cut and padded to a width. */
export function fit(text: string, width: number, right = false): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach the terminal
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
  const cut = clean.length > width ? `${clean.slice(0, Math.max(0, width - 1))}…` : clean;
  return right ? cut.padStart(width) : cut.padEnd(width);
}

/** A screen as lines, none wider than `width`, as many as `height`. */
export function draw(known: ViewState, state: TopState, width: number, height: number): string[] {
  const { summary } = known;
  const { regions, queue } = summary;
  const lines: string[] = [];
  lines.push(titleOf(known, state, width));
  lines.push(
    fit(
      `${short(summary.perSecond)}/s  p50 ${time(summary.p50Ms)}  p99 ${time(summary.p99Ms)}  success ${share(summary.successRate)}  balance ${short(summary.score)}  slots ${summary.taken}/${summary.total}`,
      width,
    ),
  );
  lines.push(
    fit(
      `${regions.phase}, ${regions.dispatch}  pressure ${regions.pressure}  failover ${regions.failover}  ${regions.algorithm}`,
      width,
    ),
  );
  const queued = PRIORITIES.map((priority) => `${priority.toLowerCase()} ${short(queue.byPriority[priority])}`).join(
    '  ',
  );
  lines.push(fit(`queue ${short(queue.size)}/${short(queue.bound)}  ${queued}`, width));
  const alerts = known.alerts.slice(-3).reverse();
  const rows = orderOf(known, state.sort).flatMap((id) => known.rows.get(id) ?? []);
  const selected = state.selected === undefined ? undefined : known.rows.get(state.selected);
  const foot = [
    ...(selected === undefined ? [] : [fit(detailOf(selected, summary.at), width)]),
    ...alerts.map((alert) => alertLine(alert, summary.at, width)),
    styleText('dim', fit(`${rows.length} components by ${state.sort}   s sort  p freeze  j/k select  q quit`, width)),
  ];
  const room = Math.max(1, height - lines.length - foot.length - 1);
  const at = Math.max(0, selected === undefined ? 0 : rows.indexOf(selected));
  const first = Math.max(0, Math.min(at - Math.floor(room / 2), rows.length - room));
  const columns = columnsFor(width);
  lines.push(styleText('dim', headOf(columns, width)));
  lines.push(
    ...rows.slice(first, first + room).map((row) => lineOf(row, columns, width, row === selected, summary.at)),
  );
  while (lines.length < height - foot.length) lines.push('');
  lines.push(...foot);
  return lines.slice(0, height);
}

/** Counts by state with glyph and word; where there is no room for the words, with their glyphs. */
function titleOf({ summary }: ViewState, state: TopState, width: number): string {
  const there = STATUSES.filter((status) => summary.statuses[status] > 0 || status === 'Failed');
  const link = state.frozen ? '[frozen]' : state.link;
  const counts = (words: boolean): string[] =>
    there.map((status) => `${MARKS[status][0]} ${summary.statuses[status]}${words ? ` ${status.toLowerCase()}` : ''}`);
  const fits = `plimsoll ${link}  ${counts(true).join('  ')}`.length <= width;
  const styled = counts(fits).map((text, k) => styleText(MARKS[there[k]!][1], text));
  return `${styleText('bold', 'plimsoll')} ${link}  ${styled.join('  ')}`;
}

interface Columns {
  readonly name: number;
  /** Room for a bar of the load, the weight and the state's full name. */
  readonly wide: boolean;
}

const NARROW = 59;
const WIDE = 112;

function columnsFor(width: number): Columns {
  const wide = width >= WIDE + 12;
  return { name: Math.max(8, Math.min(40, width - (wide ? WIDE : NARROW))), wide };
}

function headOf({ name, wide }: Columns, width: number): string {
  const more = wide ? `  ${fit('', BAR)}  ${fit('weight', 7, true)}  state in full` : '';
  return fit(`  ${fit('component', name)} state          slots  load    mean    rate    ok   since${more}`, width);
}

function lineOf(row: Row, { name, wide }: Columns, width: number, current: boolean, now: number): string {
  const [glyph, style] = MARKS[row.status];
  const facts = [
    fit(`${row.taken}/${row.capacity}`, 8, true),
    fit(share(row.taken / row.capacity), 6, true),
    fit(time(row.meanMs), 8, true),
    fit(`${short(row.perSecond)}/s`, 8, true),
    fit(share(row.successRate), 6, true),
    fit(span(now - row.statusSince), 8, true),
    wide ? `  ${bar(row.taken / row.capacity)}  ${fit(short(row.weight), 7, true)}  ${row.state}` : '',
  ].join('');
  const left = `${styleText(style, glyph)} ${fit(row.id, name)} ${styleText(style, fit(row.status.toLowerCase(), 11))}`;
  const text = left + fit(facts, Math.max(0, width - name - 14));
  return current ? styleText('inverse', text) : text;
}

/** What the list has no room for. */
function detailOf({ id, state, since, weight, failures, restarts, priority }: Row, now: number): string {
  return `> ${id}: ${state} for ${span(now - since)}, weight ${short(weight)}, ${failures} failures in a row, ${restarts} restarts, ${priority}`;
}

function alertLine({ severity, message, at }: Alert, now: number, width: number): string {
  const style = severity === 'WARNING' || severity === 'INFO' ? 'yellow' : 'red';
  return styleText(style, fit(`! ${fit(span(now - at), 5, true)}  ${fit(severity, 8)} ${message}`, width));
}

/** One line for a log that is no terminal. */
export function oneLine({ summary, rows }: ViewState): string {
  const failed = [...rows.values()].filter(({ status }) => status === 'Failed').map(({ id }) => fit(id, id.length));
  const bad = failed.length === 0 ? '' : `  failed: ${failed.slice(0, 5).join(', ')}${failed.length > 5 ? '…' : ''}`;
  const counts = STATUSES.map((status) => `${status.toLowerCase()} ${summary.statuses[status]}`).join(' ');
  return `${new Date(summary.at).toISOString()}  ${short(summary.perSecond)}/s p99 ${time(summary.p99Ms)} ok ${share(summary.successRate)} queue ${summary.queue.size}  ${counts}  ${summary.regions.failover}${bad}`;
}
