import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const run = promisify(execFile);

describe('the README', () => {
  it('shows the quick start as it is in docs/examples', () => {
    expect(read('README.md')).toContain(read('docs/examples/quick-start.ts'));
  });

  it('shows a first example that is plain JavaScript, as Node 20 reads it', async () => {
    const [, code = ''] = /^```ts\n(.*?)^```$/ms.exec(read('README.md')) ?? [];
    const folder = mkdtempSync(join(tmpdir(), 'plimsoll-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'example.mjs');
    writeFileSync(file, code);
    await run(process.execPath, ['--check', file]);
    expect(code).not.toMatch(/await using|\bas\b|: [A-Z]\w*[;,)]/);
    // the sources in the place of the package: they are TypeScript, the example is not touched
    const url = new URL('src/index.ts', root).href;
    writeFileSync(file, code.replace("from 'plimsoll'", `from '${url}'`));
    const { stdout } = await run(process.execPath, ['--import', 'tsx', file], { cwd: fileURLToPath(root) });
    expect(stdout).toContain('south: BTC/USD');
  });

  it('shows an example that runs, fails over, and loses nothing', async () => {
    const { stdout } = await run(process.execPath, ['--import', 'tsx', 'docs/examples/quick-start.ts'], {
      cwd: fileURLToPath(root),
    });
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^(north|south): ETH\/USD$/);
    expect(lines[1]).toBe('signed');
    expect(stdout).toContain('north: Available -> Failed (just to see it)');
    expect(stdout).toContain('south: BTC/USD');
    expect(stdout).toMatch(/submitted: 3,\s+completed: 3,/);
  });

  it('names the two commands', () => {
    expect(read('README.md')).toContain('npm ci && npm start');
    expect(read('README.md')).toContain('npm ci && npm test');
  });
});
