import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { privateFolder } from './discovery.ts';

const OPENERS: Readonly<Record<string, readonly [program: string, ...before: string[]]>> = {
  darwin: ['open'],
  linux: ['xdg-open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Whether there is a screen to open a page on: not over ssh, not without a desktop. */
const hasScreen = (env: NodeJS.ProcessEnv): boolean =>
  env['SSH_CONNECTION'] === undefined &&
  (process.platform !== 'linux' || env['DISPLAY'] !== undefined || env['WAYLAND_DISPLAY'] !== undefined);

/**
 * Opens the page in the user's browser, if there is a screen. The browser is given a file that only this user can read and
 * that leads on, since everybody on the machine sees the arguments of a process, and the address has the token in it.
 * A machine without a browser is no failure: the address has been printed.
 */
export function openPage(url: string, env: NodeJS.ProcessEnv = process.env): void {
  const opener = OPENERS[process.platform];
  if (opener === undefined || !hasScreen(env)) return;
  const [program, ...before] = opener;
  try {
    const file = join(privateFolder(), 'open.html');
    writeFileSync(file, redirectTo(url), { mode: 0o600 });
    const child = spawn(program, [...before, file], { stdio: 'ignore', detached: true, env });
    child.on('error', () => {});
    child.unref();
  } catch {
    // as above
  }
}

function redirectTo(url: string): string {
  const quoted = url.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  return `<!doctype html><meta charset="utf-8"><title>plimsoll</title><meta http-equiv="refresh" content="0; url=${quoted}">\n`;
}
