import process from 'node:process';
import { openPage } from '../inspector/open-browser.ts';
import { addressOf } from './address.ts';
import { argumentsOf } from './arguments.ts';
import type { Command } from './command.ts';

const HELP = `plimsoll inspect [address] [--no-open]

  Prints the address of a running inspector and opens it in a browser. Without an address: the youngest one that was
  announced on this machine.
`;

export const inspectCommand: Command = async (args) => {
  const { values, positionals } = argumentsOf('inspect', args, {
    help: { type: 'boolean', short: 'h' },
    'no-open': { type: 'boolean' },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const { url } = addressOf(positionals[0]);
  process.stdout.write(`${url}\n`);
  if (values['no-open'] !== true && process.stdout.isTTY) openPage(url);
  return 0;
};
