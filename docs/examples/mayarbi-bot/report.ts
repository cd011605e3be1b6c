import type { BotView, Notice } from './bot-view.ts';
import { conservationOf, OPEN, SETTLED } from './conservation.ts';
import type { TicksFileReport } from './market/ticks-file.ts';
import type { WalletAudit } from './work/wallet-manager.ts';

export interface ReportInput {
  /** The end of the run, after the drain. */
  readonly view: BotView;
  /** Everything worth telling that happened, oldest first. */
  readonly events: readonly Notice[];
  readonly wallet: WalletAudit;
  /** When the ticks came from a file. */
  readonly ticksFile?: TicksFileReport;
}

/** The final report, and whether everything in it is as promised. */
export interface Report {
  readonly text: string;
  /** Conservation holds and no wallet operation happened twice. The process should exit with 1 when this is false. */
  readonly sound: boolean;
}

/** Most events the report lists; the table has shown the others. */
const MOST_EVENTS = 40;

export const renderReport = ({ view, events, wallet, ticksFile }: ReportInput): Report => {
  const once = wallet.doubled.length === 0 && wallet.badSignatures.length === 0;
  const text = [
    `MayArbi ran for ${(view.elapsedMs / 1000).toFixed(1)} s.`,
    '',
    ...eventLines(events),
    'Components',
    ...view.components.map((c) => `  ${c.id.padEnd(18)}${c.status.padEnd(13)}done ${c.done}, failed ${c.failed}`),
    '',
    'Requests',
    ...conservationLines(view),
    '',
    'Bot',
    ...Object.entries(view.bot).map(([name, count]) => `  ${name.padEnd(22)}${count}`),
    ...walletLines(wallet),
    ...(ticksFile === undefined ? [] : ticksFileLines(ticksFile)),
  ].join('\n');
  return { text: `${text}\n`, sound: conservationOf(view.outcomes).holds && once };
};

const eventLines = (events: readonly Notice[]): string[] => {
  if (events.length === 0) return [];
  const left = events.length - MOST_EVENTS;
  return [
    'What happened',
    ...events.slice(0, MOST_EVENTS).map(({ atMs, text }) => `  ${(atMs / 1000).toFixed(1).padStart(6)} s  ${text}`),
    ...(left > 0 ? [`  and ${left} more`] : []),
    '',
  ];
};

/** The promise that each request ends once and none is lost, as a sum that a reader can check. */
const conservationLines = ({ outcomes }: BotView): string[] => {
  const { settled, open, missing, holds } = conservationOf(outcomes);
  const terms = [...SETTLED, ...OPEN.filter((name) => outcomes[name] !== 0)];
  const verdict = holds
    ? 'adds up: every request is accounted for, once'
    : `DOES NOT ADD UP: ${Math.abs(missing)} ${missing > 0 ? 'lost' : 'counted twice'}`;
  return [
    `  submitted = ${terms.join(' + ')}`,
    `  ${outcomes.submitted} ${holds ? '=' : '≠'} ${terms.map((name) => outcomes[name]).join(' + ')} = ${settled + open}`,
    `  ${verdict}`,
  ];
};

const walletLines = (wallet: WalletAudit): string[] => {
  const problems = [
    ...(wallet.doubled.length > 0 ? [`DONE TWICE: ${wallet.doubled.join(', ')}`] : []),
    ...(wallet.badSignatures.length > 0 ? [`BAD SIGNATURE: ${wallet.badSignatures.join(', ')}`] : []),
    ...(wallet.unknown.length > 0 ? [`outcome unknown, look by hand: ${wallet.unknown.join(', ')}`] : []),
    ...(wallet.gaps.length > 0 ? [`nonces unused: ${wallet.gaps.join(', ')}`] : []),
  ];
  return [
    '',
    'Wallet',
    `  ${wallet.operations} operations took effect, ${wallet.effects} side effects, ${wallet.repeats} repeats refused`,
    `  ${wallet.doubled.length === 0 ? 'each side effect happened at most once' : 'AT MOST ONCE IS BROKEN'}`,
    ...problems.map((problem) => `  ${problem}`),
  ];
};

const ticksFileLines = (file: TicksFileReport): string[] => {
  const faults = Object.entries(file.badByFault).map(([fault, count]) => `${fault} ${count}`);
  return [
    '',
    'Ticks file',
    `  ${file.lines} lines: ${file.ticks} ticks, ${file.bad} bad${faults.length > 0 ? ` (${faults.join(', ')})` : ''}`,
    ...file.firstBad.map(({ line, fault, message }) => `  line ${line}: ${fault}, ${message}`),
    ...(file.broken === undefined ? [] : [`  reading ended early: ${file.broken}`]),
  ];
};
