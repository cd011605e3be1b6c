import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Tick } from '../../../docs/examples/mayarbi-bot/work/tick.ts';
import { root } from '../../architecture/source-tree.ts';

/** Loading everything takes a second, or ten on a machine that is busy with other tests. */
const PATIENCE_MS = 60_000;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function bot(...args: readonly string[]): ChildProcessWithoutNullStreams {
  const main = join(root, 'docs/examples/mayarbi-bot/main.ts');
  return spawn(process.execPath, ['--import', 'tsx', main, ...args], { cwd: root });
}

function ended(child: ChildProcessWithoutNullStreams, onText: (out: string) => void = () => undefined): Promise<Ended> {
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    onText(out);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

/** The sum in the report, made anew from its terms. */
function sumOf(out: string): { readonly submitted: number; readonly terms: number } {
  const line = /^ {2}(\d+) = ([\d+ ]+) = (\d+)$/m.exec(out);
  const terms = (line?.[2] ?? '').split(' + ').reduce((sum, term) => sum + Number(term), 0);
  return { submitted: Number(line?.[1]), terms };
}

const folder = mkdtemp(join(tmpdir(), 'mayarbi-main-'));
afterAll(async () => rm(await folder, { recursive: true, force: true }));

describe.concurrent('npm start', () => {
  it('runs, breaks a component on purpose, and ends with a report that adds up', { timeout: PATIENCE_MS }, async () => {
    const { code, out, err } = await ended(bot('--duration', '2', '--rate', '200'));
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toContain('price_feeds is broken on purpose');
    expect(out).toContain('adds up: every request is accounted for, once');
    const { submitted, terms } = sumOf(out);
    expect(submitted).toBe(terms);
    expect(submitted).toBeGreaterThan(100);
    expect(out).toContain('each side effect happened at most once');
  });

  it('drains on SIGINT', { timeout: PATIENCE_MS }, async () => {
    const child = bot('--duration', '600', '--fail', 'none', '--rate', '100');
    let asked = false;
    const { code, out } = await ended(child, () => {
      if (!asked) child.kill('SIGINT');
      asked = true;
    });
    expect(code).toBe(0);
    const { submitted, terms } = sumOf(out);
    expect(submitted).toBe(terms);
    expect(submitted).toBeGreaterThan(10);
  });

  it('plays a file of ticks to its end, and tells of its bad lines', { timeout: PATIENCE_MS }, async () => {
    const tick = (seq: number, bid: number, ask: number): Tick => ({
      ...{ venue: 'baltic', pair: 'ETH/USDC', seq, at: 1_700_000_000_000 + seq * 5 },
      ...{ bids: [[bid, 1]], asks: [[ask, 1]] },
    });
    const path = join(await folder, 'ticks.jsonl');
    const lines = [1, 2, 3].map((seq) => JSON.stringify(tick(seq, 3000 + seq, 3001 + seq)));
    await writeFile(path, [...lines, 'nonsense', ''].join('\n'));
    const { code, out } = await ended(bot('--duration', '600', '--fail', 'none', '--ticks', path));
    expect(code).toBe(0);
    expect(out).toContain('4 lines: 3 ticks, 1 bad (NOT_RAW 1)');
    expect(out).toMatch(/quotes +3\n/);
  });

  it('says what is wrong with its arguments and exits with 2', { timeout: PATIENCE_MS }, async () => {
    const results = await Promise.all([
      ended(bot('--ticks', join(await folder, 'absent.jsonl'))),
      ended(bot('--duration', 'soon')),
    ]);
    expect(results.map(({ code }) => code)).toEqual([2, 2]);
    expect(results[0].err).toContain('there is no such file');
    expect(results[1].err).toContain('--duration: expected a number');
    expect(results.map(({ out }) => out)).toEqual(['', '']);
  });
});
