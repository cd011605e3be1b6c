import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const folder = new URL('../../src/inspector/assets/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');
const MOST_GZIPPED = 60_000;

describe('what is served as the page', () => {
  it(`is at most ${MOST_GZIPPED} bytes of JavaScript, gzipped`, () => {
    const bytes = gzipSync(read('app.js')).length;
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThanOrEqual(MOST_GZIPPED);
  });

  it('comes with the licences of what is in it', () => {
    const notice = read('notice.txt');
    for (const name of ['preact', 'uplot']) {
      const { version } = JSON.parse(
        readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8'),
      ) as { version: string };
      expect(notice).toContain(`${name} ${version}`);
    }
    expect(notice.match(/Permission is hereby granted/g)).toHaveLength(2);
  });

  it('names no other place', () => {
    for (const name of ['index.html', 'app.css']) expect(read(name)).not.toMatch(/https?:|url\(|@import/);
    const named = [...read('index.html').matchAll(/(?:src|href)="([^"]*)"/g)].map(([, to]) => to);
    expect(named.sort()).toEqual(['/app.css', '/app.js', 'data:,']);
  });

  it('was built from the sources beside it (npm run build:page)', { timeout: 120_000 }, () => {
    const root = fileURLToPath(new URL('../../', import.meta.url));
    const outDir = mkdtempSync(join(tmpdir(), 'plimsoll-page-'));
    const vite = join(root, 'node_modules/vite/bin/vite.js');
    // in a process of its own, since the bundler minds NODE_ENV, which is `test` here
    execFileSync(process.execPath, [vite, 'build', '--config', '.config/inspector-page.vite.ts', '--outDir', outDir], {
      cwd: root,
      env: { ...process.env, NODE_ENV: 'production' },
    });
    const built = readdirSync(outDir);
    for (const name of built)
      expect(readFileSync(join(outDir, name), 'utf8') === read(name), `${name} is stale`).toBe(true);
    expect(built.sort()).toEqual(readdirSync(folder).sort());
    rmSync(outDir, { recursive: true });
  });
});
