import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openPage } from '../../src/inspector/open-browser.ts';
import { until } from '../support/inspecting.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-open-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A stand-in for `xdg-open`, which writes down what it was asked to open. */
function opener(name: string): { readonly env: NodeJS.ProcessEnv; asked(): string } {
  const bin = mkdtempSync(join(folder, 'bin-'));
  const asked = join(folder, name);
  writeFileSync(asked, '');
  writeFileSync(join(bin, 'xdg-open'), `#!/bin/sh\nprintf '%s' "$*" > '${asked}'\n`);
  chmodSync(join(bin, 'xdg-open'), 0o755);
  return { env: { PATH: `${bin}:/usr/bin:/bin`, DISPLAY: ':9' }, asked: () => readFileSync(asked, 'utf8') };
}

describe.runIf(process.platform === 'linux')('the page', () => {
  const url = 'http://127.0.0.1:4000/#token=abc"<&';

  it('is opened by a file that only this user can read, so that no process shows the token', async () => {
    const { env, asked } = opener('asked');
    openPage(url, env);
    await until(() => asked() !== '');
    expect(asked()).not.toContain('token');
    expect(statSync(asked()).mode & 0o077).toBe(0);
    expect(readFileSync(asked(), 'utf8')).toContain('url=http://127.0.0.1:4000/#token=abc&quot;&lt;&amp;">');
    rmSync(asked());
  });

  it('is not opened over ssh or without a screen, and a machine without a browser is no failure', () => {
    const { env, asked } = opener('not-asked');
    openPage(url, { ...env, SSH_CONNECTION: '10.0.0.1 22' });
    openPage(url, { PATH: env['PATH'] });
    openPage(url, { PATH: folder, DISPLAY: ':9' });
    expect(asked()).toBe('');
  });
});
