import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fit as cut, draw, oneLine, orderOf, SORTS, type TopState } from '../../src/cli/top-view.ts';
import type { LoadBalancer } from '../../src/index.ts';
import type { ViewState } from '../../src/inspector/view-state.ts';
import { type Inspector, inspect } from '../../src/inspector.ts';
import { quietBalancer, TestViewer, until } from '../support/inspecting.ts';

const STATE: TopState = { sort: 'worst', frozen: false, selected: undefined, link: '' };
/** Processes start slowly on a machine that does other things. */
const LONG_MS = 120_000;

describe('plimsoll top', { timeout: LONG_MS }, () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const top = (url: string): string[] => ['--import', 'tsx', `${root}src/cli/main.ts`, 'top', url];
  let balancer: LoadBalancer;
  let inspector: Inspector;
  let child: ChildProcess | undefined;

  const start = async (ids: readonly string[]): Promise<void> => {
    balancer = await quietBalancer(ids);
    inspector = await inspect(balancer);
  };
  const known = async (holds: (known: ViewState) => boolean = () => true): Promise<ViewState> => {
    const viewer = await new TestViewer(inspector.url).open();
    await until(() => viewer.known !== undefined && holds(viewer.known));
    viewer.close();
    return viewer.known!;
  };

  beforeEach(() => {
    child = undefined;
  });
  afterEach(async () => {
    child?.kill();
    await inspector.close();
    await balancer.stop({ drain: false });
  }, LONG_MS);

  it.each([
    [80, 24],
    [150, 40],
    [40, 10],
  ])('fits %i × %i, whatever there is to tell', async (width, height) => {
    await start(Array.from({ length: 200 }, (_, k) => `component-${k}-${'long'.repeat(20)}`));
    balancer.fail(`component-7-${'long'.repeat(20)}`);
    for (let k = 20; k < 40; k++) balancer.drain(`component-${k}-${'long'.repeat(20)}`);
    const now = await known(({ alerts }) => alerts.length > 0);
    const selected = orderOf(now, 'worst')[30];
    for (const sort of SORTS) {
      const lines = draw(now, { ...STATE, sort, selected }, width, height).map(stripVTControlCharacters);
      expect(lines).toHaveLength(height);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    }
  });

  it('shows the worst first, alerts with their age, and more where there is room', async () => {
    await start(['a', 'b', 'c']);
    balancer.fail('c', 'power cut');
    const now = await known(({ alerts, rows }) => alerts.length > 0 && rows.get('c')?.status === 'Failed');
    const lines = draw(now, { ...STATE, selected: 'c' }, 80, 24).map(stripVTControlCharacters);
    expect(lines[0]).toMatch(/^plimsoll +✕ 1 failed {2}● 2 available/);
    expect(lines.slice(5, 8).map((line) => line.slice(0, 3))).toEqual(['✕ c', '● a', '● b']);
    expect(lines.join('\n')).toMatch(/> c: failed\.isolated for \d+s, weight 1, \d failures in a row, 0 restarts/);
    expect(lines.join('\n')).toMatch(/! +\d+s {2}ERROR +Component c failed: power cut/);
    expect(lines.join('\n')).toMatch(/queue 0\/1000 {2}critical 0 {2}high 0/);
    const wide = draw(now, STATE, 150, 24).map(stripVTControlCharacters);
    expect(wide.join('\n')).toMatch(/✕ c .* failed .* ░{10} .* failed\.isolated/);
    expect(oneLine(now)).toMatch(/queue 0 {2}failed 1 overloaded 0 .* available 2 {2}degraded {2}failed: c$/);
  });

  it('lets no name reach the terminal as a command', async () => {
    const evil = 'a\u001b[2Jb\u009b31mc\u0007';
    await start([evil, 'b']);
    balancer.fail(evil);
    const now = await known(({ rows }) => rows.get(evil)?.status === 'Failed');
    const lines = draw(now, { ...STATE, selected: evil }, 80, 24).join('\n');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(lines.replaceAll(/\u001b\[\d+m/g, '')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(oneLine(now)).toContain('failed: a?[2Jb?31mc?');
    expect(cut('abcdef', 4)).toBe('abc…');
    expect(cut('ab', 4, true)).toBe('  ab');
  });

  it('writes a line a second where there is no terminal, until it is told to end', async () => {
    await start(['a', 'b']);
    child = spawn(process.execPath, top(inspector.url), { cwd: root });
    let out = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    await until(() => out.split('\n').length > 3);
    const lines = out.split('\n').slice(0, 3);
    for (const line of lines) expect(line).toMatch(/^20.*Z {2}0\/s p99 0ms ok 100% queue 0 {2}failed 0 .* available 2/);
    const times = lines.map((line) => Date.parse(line.slice(0, 24)));
    expect(times[2]! - times[0]!).toBeGreaterThanOrEqual(2_000);
    const ended = new Promise((resolve) => child?.once('exit', resolve));
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  });

  it('says what to do when the address is wrong', async () => {
    await start(['a']);
    for (const [url, says] of [
      [`http://127.0.0.1:${inspector.port}/`, 'has no token'],
      [`http://127.0.0.1:${inspector.port}/#token=wrong`, 'answered 401'],
    ] as const) {
      child = spawn(process.execPath, top(url), { cwd: root });
      let told = '';
      child.stderr?.on('data', (chunk: Buffer) => {
        told += chunk.toString();
      });
      expect(await new Promise((resolve) => child?.once('close', resolve))).toBe(1);
      expect(told).toContain(says);
    }
  });

  // `script` of util-linux, which every Debian has, lends a terminal
  it.skipIf(!existsSync('/usr/bin/script') || process.platform !== 'linux')(
    'follows keys on a terminal, and gives it back as it was',
    async () => {
      await start(['a', 'b', 'c']);
      const command = `stty cols 80 rows 24; ${[process.execPath, ...top(inspector.url)].map((part) => `'${part}'`).join(' ')}`;
      child = spawn('/usr/bin/script', ['-qfec', command, '/dev/null'], { cwd: root });
      let out = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        out += chunk.toString();
      });
      const shows = (text: string | RegExp): Promise<void> => {
        const begin = out.length;
        return until(() => {
          const seen = stripVTControlCharacters(out.slice(begin));
          return typeof text === 'string' ? seen.includes(text) : text.test(seen);
        });
      };
      await shows('3 components by worst');
      expect(out).toContain('\u001b[?1049h');
      child.stdin?.write('s');
      await shows('3 components by name');
      child.stdin?.write('jj');
      await shows('> b: operational.available');
      child.stdin?.write('\u001b[B');
      await shows('> c: operational.available');
      child.stdin?.write('k');
      await shows('> b:');
      child.stdin?.write('p');
      await shows('[frozen]');
      balancer.fail('c');
      child.stdin?.write('p');
      await shows('✕ 1 failed');
      const ended = new Promise((resolve) => child?.once('exit', resolve));
      child.stdin?.write('q');
      expect(await ended).toBe(0);
      expect(out).toMatch(/\[\?25h.*\[\?1049l/s);
    },
  );
});
