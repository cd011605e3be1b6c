import type { BotView, ComponentStatus, ComponentView } from './bot-view.ts';
import { SETTLED } from './conservation.ts';
import { type Paint, type Palette, palette } from './paint.ts';

/** Every line fits into this many columns. */
export const TABLE_WIDTH = 80;
const BAR_WIDTH = 8;
/** Notices shown below the table; always as many lines, so that the table does not jump. */
const NOTICES = 4;

/** A glyph and a colour for each state: the word alone says it too, for those who see neither. */
const STATES: Readonly<Record<ComponentStatus, { readonly glyph: string; readonly tone: keyof Palette }>> = {
  Available: { glyph: '●', tone: 'good' },
  Busy: { glyph: '◐', tone: 'warn' },
  Overloaded: { glyph: '▲', tone: 'bad' },
  Maintenance: { glyph: '◇', tone: 'dim' },
  Failed: { glyph: '✖', tone: 'bad' },
};

const CALM = new Set(['normal', 'steady']);

/** The live table for a terminal, as lines of at most {@link TABLE_WIDTH} visible characters. */
export const renderTable = (view: BotView, colour = false): string[] => {
  const ink = palette(colour);
  const rule = ink.dim('─'.repeat(TABLE_WIDTH));
  return [
    titleOf(view, ink),
    rule,
    ink.dim(row('component', 'state', 'slots taken', 'done', 'failed', 'p50 ms', 'p99 ms')),
    ...view.components.map((component) => componentRow(component, ink)),
    rule,
    clip(`queue     ${view.queue.map(({ priority, waiting }) => `${priority} ${waiting}`).join('  ')}`),
    ...wrapped('requests', outcomeWords(view)),
    ...wrapped('bot', [
      `trading ${view.trading}`,
      ...Object.entries(view.bot).map(([name, count]) => `${name} ${count}`),
    ]).map((line) => line.replace('trading halted', ink.bad('trading halted'))),
    ...noticeLines(view).map((line) => ink.dim(line)),
  ];
};

/** One line for a log, where a table cannot be repainted. */
export const renderLine = (view: BotView): string => {
  const unwell = view.components.filter(({ status }) => status === 'Failed' || status === 'Maintenance');
  return [
    `t=${(view.elapsedMs / 1000).toFixed(0)}s`,
    `pressure=${view.pressure}`,
    `failover=${view.failover}`,
    `trading=${view.trading}`,
    `submitted=${view.outcomes.submitted}`,
    ...SETTLED.map((name) => `${name}=${view.outcomes[name]}`),
    `queued=${view.outcomes.queued}`,
    `inFlight=${view.outcomes.inFlight}`,
    ...Object.entries(view.bot).map(([name, count]) => `${name.replaceAll(' ', '_')}=${count}`),
    ...unwell.map(({ id, status, detail }) => `${id}=${status}${detail === undefined ? '' : `(${detail})`}`),
  ].join(' ');
};

const titleOf = (view: BotView, ink: Palette): string => {
  const seconds = view.elapsedMs / 1000;
  const time = `${seconds.toFixed(seconds < 1000 ? 1 : 0)} of ${(view.durationMs / 1000).toFixed(0)} s`;
  const state = (word: string): string => (CALM.has(word) ? ink.good : ink.bad)(word);
  const text = `mayarbi ${time.padEnd(14)} ${clip(view.algorithm, 16)}`;
  return `${ink.bold(text)}  pressure ${state(view.pressure)}  failover ${state(view.failover)}`;
};

const componentRow = (component: ComponentView, ink: Palette): string => {
  const { glyph, tone } = STATES[component.status];
  const word = component.detail === undefined ? component.status : `${component.status} ${component.detail}`;
  const bar = barOf(component.inFlight, component.capacity);
  return row(
    component.id,
    `${glyph} ${word}`,
    `${bar} ${component.inFlight}/${component.capacity}`,
    String(component.done),
    String(component.failed),
    milliseconds(component.p50Ms),
    milliseconds(component.p99Ms),
    ink[tone],
  );
};

const row = (
  id: string,
  state: string,
  slots: string,
  done: string,
  failed: string,
  p50: string,
  p99: string,
  tone: Paint = (text) => text,
): string =>
  [
    pad(id, 16),
    tone(pad(state, 19)),
    pad(slots, 14),
    done.padStart(7),
    failed.padStart(6),
    p50.padStart(6),
    p99.padStart(6),
  ].join(' ');

/** Filled in proportion; anything above 0 shows, and only a full component shows full. */
export const barOf = (taken: number, capacity: number): string => {
  const share = capacity > 0 ? Math.min(1, taken / capacity) : 0;
  const full = share >= 1 ? BAR_WIDTH : Math.min(BAR_WIDTH - 1, Math.ceil(share * BAR_WIDTH));
  return '█'.repeat(full) + '·'.repeat(BAR_WIDTH - full);
};

/** Three significant digits in at most six characters. */
const milliseconds = (ms: number | undefined): string => {
  if (ms === undefined) return '–';
  if (ms >= 100) return ms.toFixed(0);
  return ms.toFixed(ms >= 10 ? 1 : 2);
};

const outcomeWords = ({ outcomes }: BotView): string[] => [
  `submitted ${outcomes.submitted}`,
  ...SETTLED.map((name) => `${name} ${outcomes[name]}`),
];

/** A labelled list over as many lines as it takes. */
const wrapped = (label: string, words: readonly string[]): string[] => {
  const lines: string[] = [];
  let line = label.padEnd(8);
  for (const word of words) {
    if (line.length + 2 + word.length > TABLE_WIDTH) {
      lines.push(line);
      line = ' '.repeat(8);
    }
    line += `  ${word}`;
  }
  return [...lines, line];
};

const noticeLines = ({ notices }: BotView): string[] => {
  const shown = notices
    .slice(-NOTICES)
    .map(({ atMs, text }) => clip(`${(atMs / 1000).toFixed(1).padStart(7)} s  ${text}`));
  return [...shown, ...Array.from({ length: NOTICES - shown.length }, () => '')];
};

const pad = (text: string, width: number): string => clip(text, width).padEnd(width);

const clip = (text: string, width = TABLE_WIDTH): string =>
  text.length <= width ? text : `${text.slice(0, width - 1)}…`;
