import { styleText } from 'node:util';
import type { ComponentStatus } from '../domain/component.ts';
import { PRIORITIES } from '../domain/priority.ts';
import { type Known, worstFirst } from '../edges/inspector/fold.ts';
import type { Row } from '../edges/inspector/protocol.ts';

/** What the keys have set. */
export interface TopState {
  readonly sort: Sort;
  readonly frozen: boolean;
  /** Place of the selected component in the list. */
  readonly at: number;
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

/** Text without what a terminal would take for a command, cut and padded to a width. */
export function fit(text: string, width: number, right = false): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach the terminal
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
  const cut = clean.length > width ? `${clean.slice(0, Math.max(0, width - 1))}…` : clean;
  return right ? cut.padStart(width) : cut.padEnd(width);
}

/** A screen as lines, none wider than `width`, as many as `height`. */
export function draw(known: Known, state: TopState, width: number, height: number): string[] {
  const { summary } = known;
  const { regions, queue } = summary;
  const lines: string[] = [];
  const counts = STATUSES.filter((status) => summary.statuses[status] > 0 || status === 'Failed').map((status) =>
    styleText(MARKS[status][1], `${MARKS[status][0]} ${summary.statuses[status]} ${status.toLowerCase()}`),
  );
  lines.push(`${styleText('bold', 'plimsoll')} ${state.frozen ? '[frozen]' : state.link}  ${counts.join('  ')}`);
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
  const room = Math.max(1, height - lines.length - alerts.length - 3);
  const rows = [...known.rows.values()].sort(ORDERS[state.sort]);
  const at = Math.min(Math.max(0, state.at), Math.max(0, rows.length - 1));
  const first = Math.max(0, Math.min(at - Math.floor(room / 2), rows.length - room));
  const nameWidth = Math.max(8, Math.min(40, width - 61));
  lines.push(
    styleText(
      'dim',
      fit(`  ${fit('component', nameWidth)} state        slots     load  mean    rate    ok     since`, width),
    ),
  );
  const seen = rows.slice(first, first + room);
  lines.push(...seen.map((row, k) => lineOf(row, nameWidth, width, first + k === at, summary.at)));
  while (lines.length < height - alerts.length - 1) lines.push('');
  for (const alert of alerts) lines.push(styleText('yellow', fit(`! ${alert.severity} ${alert.message}`, width)));
  lines.push(
    styleText('dim', fit(`${rows.length} components by ${state.sort}   s sort  p freeze  j/k select  q quit`, width)),
  );
  return lines.slice(0, height);
}

function lineOf(row: Row, nameWidth: number, width: number, current: boolean, now: number): string {
  const [glyph, style] = MARKS[row.status];
  const facts = [
    fit(`${row.taken}/${row.capacity}`, 8, true),
    fit(share(row.taken / row.capacity), 6, true),
    fit(time(row.meanMs), 8, true),
    fit(`${short(row.perSecond)}/s`, 8, true),
    fit(share(row.successRate), 6, true),
    fit(`${Math.max(0, Math.round((now - row.since) / 1_000))}s`, 8, true),
  ].join('');
  const left = `${styleText(style, glyph)} ${fit(row.id, nameWidth)} ${styleText(style, fit(row.status.toLowerCase(), 11))}`;
  const text = left + fit(facts, Math.max(0, width - nameWidth - 14));
  return current ? styleText('inverse', text) : text;
}

/** One line for a log that is no terminal. */
export function oneLine({ summary, rows }: Known): string {
  const failed = [...rows.values()].filter(({ status }) => status === 'Failed').map(({ id }) => fit(id, id.length));
  const bad = failed.length === 0 ? '' : `  failed: ${failed.slice(0, 5).join(', ')}${failed.length > 5 ? '…' : ''}`;
  const counts = STATUSES.map((status) => `${status.toLowerCase()} ${summary.statuses[status]}`).join(' ');
  return `${new Date(summary.at).toISOString()}  ${short(summary.perSecond)}/s p99 ${time(summary.p99Ms)} ok ${share(summary.successRate)} queue ${summary.queue.size}  ${counts}  ${summary.regions.failover}${bad}`;
}
