#!/usr/bin/env node
// The command `plimsoll`. In the package it is what was built; in a checkout the sources, so that `npx plimsoll` works there without a build.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const sources = fileURLToPath(new URL('./main.ts', import.meta.url));
if (existsSync(sources)) {
  const args = ['--import', import.meta.resolve('tsx'), sources, ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  // a terminal sends it to both: the command decides when it has ended
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.once('close', (code) => {
    process.exitCode = code ?? 1;
  });
} else await import('../../dist/src/cli/main.js');
