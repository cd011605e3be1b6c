import { spawn } from 'node:child_process';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { addressOf } from './address.ts';
import type { Command } from './command.ts';

const HELP = `plimsoll inspect [address] [--no-open]

  Prints the address of a running inspector and opens it in a browser. Without an address: the youngest one that was
  announced on this machine.
`;

const OPENERS: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

export const inspectCommand: Command = async (args) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' }, 'no-open': { type: 'boolean' } },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const { url } = addressOf(positionals[0]);
  process.stdout.write(`${url}\n`);
  if (values['no-open'] !== true && process.stdout.isTTY) open(url);
  return 0;
};

/** A machine without a browser is no failure: the address has been printed. */
function open(url: string): void {
  const [program = 'xdg-open', ...before] = OPENERS[process.platform] ?? [];
  const child = spawn(program, [...before, url], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
