#!/usr/bin/env node
import process from 'node:process';
import { VERSION } from '../domain/version.ts';
import { didYouMean } from '../lib/nearest-name.ts';
import { type Command, UsageError } from './command.ts';

/** One file per command, loaded when it is called. */
const COMMANDS: Readonly<Record<string, { readonly about: string; readonly load: () => Promise<Command> }>> = {
  inspect: {
    about: 'open the page of a running inspector',
    load: async () => (await import('./inspect.ts')).inspectCommand,
  },
  simulate: {
    about: 'play a scenario against the real balancer on a simulated clock',
    load: async () => (await import('./simulate.ts')).simulateCommand,
  },
  compare: {
    about: 'play a scenario with several algorithms: which one for my fleet?',
    load: async () => (await import('./compare.ts')).compareCommand,
  },
  top: { about: 'watch a balancer in the terminal', load: async () => (await import('./top.ts')).topCommand },
};

const help = (): string =>
  [
    'plimsoll <command> [options]',
    '',
    ...Object.entries(COMMANDS).map(([name, { about }]) => `  ${name.padEnd(10)}${about}`),
    '',
    'plimsoll <command> --help says more, plimsoll --version which one this is.',
    '',
  ].join('\n');

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === '--version' || name === '-v' || name === 'version') {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(help());
    return name === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    process.stderr.write(`There is no command '${name}'${didYouMean(name, Object.keys(COMMANDS), "'")}.\n\n${help()}`);
    return 2;
  }
  return (await command.load())(args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
