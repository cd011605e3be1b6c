import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-simulate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SMALL = {
  name: 'two components',
  components: [
    { id: 'a', capacity: 4 },
    { id: 'b', capacity: 2, speed: 2 },
  ],
  arrivals: { process: 'poisson', load: 0.7 },
  warmUpMs: 1_000,
  durationMs: 5_000,
  seeds: 3,
};

function scenario(name: string, content: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

function plimsoll(...args: readonly string[]): { code: number | null; out: string; err: string } {
  const done = spawnSync(process.execPath, ['--import', 'tsx', join(root, 'src/cli/main.ts'), ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

const small = scenario('small.json', SMALL);

describe('plimsoll simulate', () => {
  it('prints a table', () => {
    const { code, out, err } = plimsoll('simulate', small, '--seeds', '1');
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toContain('two components');
    expect(out).toMatch(/^ +adaptive +\d/m);
  });

  it('gives the same bytes for the same seeds, in however many processes', () => {
    const [apart, together] = ['2', '1'].map((processes) =>
      plimsoll('compare', small, '-a', 'round-robin,oracle', '--json', '-', '--processes', processes),
    );
    expect(apart?.code).toBe(0);
    expect(JSON.parse(apart?.out ?? '').runs).toHaveLength(6);
    expect(apart?.out).toBe(together?.out);
  });
});

describe('bad input', () => {
  it.for([
    ['no scenario', ['simulate'], 2, 'Expected: plimsoll simulate <scenario.json>'],
    ['an unknown option', ['simulate', small, '--sedes', '3'], 2, '--sedes'],
    ['seeds that are none', ['simulate', small, '--seeds', '0'], 2, "--seeds '0': expected a whole number from 1"],
    ['an unknown algorithm', ['compare', small, '-a', 'fastest'], 1, 'Unknown algorithm "fastest": expected one of'],
    ['a missing file', ['simulate', join(folder, 'none.json')], 1, 'there is no such file'],
    ['no JSON', ['simulate', scenario('bad.json', '{')], 1, 'is no JSON'],
    ['an unknown key', ['simulate', scenario('key.json', { ...SMALL, warmup: 1 })], 1, 'warmup'],
  ] as const)('%s is told apart', ([, args, exit, says]) => {
    const { code, out, err } = plimsoll(...args);
    expect({ code, out }).toEqual({ code: exit, out: '' });
    expect(err).toContain(says);
    expect(err).not.toMatch(/^ +at /m);
  });
});
