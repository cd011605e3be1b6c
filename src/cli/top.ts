import process from 'node:process';
import { StreamClient } from '../inspector/stream-client.ts';
import { addressOf } from './address.ts';
import { argumentsOf } from './arguments.ts';
import type { Command } from './command.ts';
import { draw, oneLine, orderOf, SORTS, type TopState } from './top-view.ts';

const HELP = `plimsoll top [address]

  Watches a balancer by its inspector: components worst first, queues, rates, alerts.
  Keys: s sort, p freeze, j/k select, q quit. Not on a terminal: a line a second.
`;

const ALTERNATE = '\u001b[?1049h\u001b[?25l';
const NORMAL = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const REST_OF_LINE = '\u001b[K';
const REST_OF_SCREEN = '\u001b[J';
const LINE_EVERY_MS = 1_000;
/** An arrow, or any one character. */
const KEYS = new RegExp(`${String.fromCharCode(27)}\\[[A-D]|.`, 'gs');

export const topCommand: Command = async (args) => {
  const { values, positionals } = argumentsOf('top', args, { help: { type: 'boolean', short: 'h' } });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const watch = new StreamClient(addressOf(positionals[0]));
  return process.stdout.isTTY ? onTerminal(watch) : asLines(watch);
};

async function asLines(watch: StreamClient): Promise<number> {
  let due = 0;
  process.stdout.on('error', () => watch.close());
  process.once('SIGINT', () => watch.close());
  process.once('SIGTERM', () => watch.close());
  watch.onChange(() => {
    const { known } = watch;
    if (known === undefined || known.summary.at < due) return;
    due = known.summary.at + LINE_EVERY_MS;
    process.stdout.write(`${oneLine(known)}\n`);
  });
  const refused = await watch.run();
  if (refused !== undefined) process.stderr.write(`${refused}\n`);
  return refused === undefined ? 0 : 1;
}

async function onTerminal(watch: StreamClient): Promise<number> {
  const { stdin, stdout } = process;
  let state: TopState = { sort: 'worst', frozen: false, selected: undefined, link: '' };
  let shown = watch.known;
  const paint = (): void => {
    if (!state.frozen) shown = watch.known;
    const { columns = 80, rows = 24 } = stdout;
    const lines =
      shown === undefined
        ? [watch.link]
        : draw(shown, { ...state, link: watch.link === 'live' ? '' : `[${watch.link}]` }, columns, rows);
    stdout.write(HOME + lines.map((line) => line + REST_OF_LINE).join('\r\n') + REST_OF_SCREEN);
  };
  const next = (by: number): string | undefined => {
    const order = shown === undefined ? [] : orderOf(shown, state.sort);
    const at = state.selected === undefined ? -1 : order.indexOf(state.selected);
    return order[Math.max(0, Math.min(order.length - 1, at + by))];
  };
  const onKeys = (keys: Buffer): void => {
    // what is typed fast, or over a slow line, comes together
    for (const key of keys.toString().match(KEYS) ?? []) onKey(key);
  };
  const onKey = (text: string): void => {
    if (text === 'q' || text === '\u0003') watch.close();
    else if (text === 's') state = { ...state, sort: SORTS[(SORTS.indexOf(state.sort) + 1) % SORTS.length]! };
    else if (text === 'p') state = { ...state, frozen: !state.frozen };
    else if (text === 'j' || text === '\u001b[B') state = { ...state, selected: next(1) };
    else if (text === 'k' || text === '\u001b[A') state = { ...state, selected: next(-1) };
    else return;
    paint();
  };
  const restore = (): void => {
    stdout.write(NORMAL);
  };
  process.once('exit', restore);
  process.once('SIGTERM', () => watch.close());
  process.once('SIGHUP', () => watch.close());
  stdout.write(ALTERNATE);
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on('data', onKeys);
  stdout.on('resize', paint);
  watch.onChange(paint);
  const refused = await watch.run();
  if (stdin.isTTY) stdin.setRawMode(false);
  stdin.pause();
  process.off('exit', restore);
  restore();
  if (refused !== undefined) process.stderr.write(`${refused}\n`);
  return refused === undefined ? 0 : 1;
}
