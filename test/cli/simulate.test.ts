import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { UsageError } from '../../src/cli/command.ts';
import { compareCommand } from '../../src/cli/compare.ts';
import { simulateCommand } from '../../src/cli/simulate.ts';
import { ALGORITHMS } from '../../src/domain/algorithm.ts';

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

const TRACED = { ...SMALL, arrivals: { process: 'trace', rows: [{ t: 1 }, { t: 2 }], columns: { time: 'at' } } };
const LOST = { ...SMALL, arrivals: { process: 'trace', file: 'no.csv', columns: { time: 'at' } } };
const FAULTY = { ...SMALL, faults: [{ kind: 'hang', component: 'c', atMs: 0, forMs: 1 }] };

function scenario(name: string, content: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The whole command line, in a process of its own, which takes a second. */
function plimsoll(...args: readonly string[]): Ended {
  const done = spawnSync(process.execPath, ['--import', 'tsx', join(root, 'src/cli/main.ts'), ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

/** The command alone, here. */
async function called(command: string, ...args: readonly string[]): Promise<Ended> {
  let out = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    out += String(chunk);
    return true;
  });
  try {
    const run = command === 'compare' ? compareCommand : simulateCommand;
    return { code: await run([...args, '--processes', '1']), out, err: '' };
  } catch (error) {
    const code =
      error instanceof UsageError || String(Reflect.get(Object(error), 'code')).startsWith('ERR_PARSE') ? 2 : 1;
    return { code, out, err: error instanceof Error ? error.message : String(error) };
  } finally {
    write.mockRestore();
  }
}

const small = scenario('small.json', SMALL);

describe('plimsoll simulate', () => {
  it('prints a table', async () => {
    const { code, out, err } = await called('simulate', small, '--seeds', '1');
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toContain('two components');
    expect(out).toMatch(/^ +adaptive +\d/m);
  });

  it('writes the report and the numbers to files, and is quiet when told so', async () => {
    const [html, json] = [join(folder, 'report.html'), join(folder, 'report.json')];
    const { code, out } = await called('simulate', small, '--seeds', '4,7', '--html', html, '--json', json, '--quiet');
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(readFileSync(html, 'utf8')).toContain('<h1>two components</h1>');
    expect(JSON.parse(readFileSync(json, 'utf8')).runs.map(({ seed }: { seed: unknown }) => seed)).toEqual([4, 7]);
  });

  it('takes what is shorter than its warm-up for what it is', async () => {
    const { code, err } = await called('simulate', small, '--duration', '0.5');
    expect(code).toBe(1);
    expect(err).toContain('durationMs must exceed warmUpMs');
  });

  it('gives the same bytes for the same seeds, in however many processes', () => {
    const [apart, together] = ['2', '1'].map((processes) =>
      plimsoll('compare', small, '-a', 'round-robin,oracle', '--json', '-', '--processes', processes),
    );
    expect(apart?.code).toBe(0);
    expect(JSON.parse(apart?.out ?? '').runs).toHaveLength(6);
    expect(apart?.out).toBe(together?.out);
  }, 90_000);
});

describe('plimsoll compare', () => {
  it('says which suits the fleet, and plays the seven when none is named', async () => {
    const { code, out } = await called('compare', small, '--seeds', '2', '--duration', '3');
    expect(code).toBe(0);
    for (const name of ALGORITHMS) expect(out).toMatch(new RegExp(`^  ${name} +\\d`, 'm'));
    expect(out).toMatch(/^Best here: [a-z-]+ \(goodput \d/m);
  });
});

describe('bad input', () => {
  it.for([
    ['no scenario', ['simulate'], 2, 'Expected: plimsoll simulate <scenario.json>'],
    [
      'an unknown option',
      ['simulate', small, '--sedes', '3'],
      2,
      "There is no option '--sedes' (did you mean '--seeds'?). 'plimsoll simulate --help' lists those that there are.",
    ],
    ['an option like no other', ['compare', small, '--frobnicate'], 2, "There is no option '--frobnicate'. 'plimsoll"],
    [
      'an option without its value',
      ['simulate', small, '--seeds'],
      2,
      "is ambiguous. 'plimsoll simulate --help' says more.",
    ],
    ['a value that looks like an option', ['simulate', '--seeds', '-3'], 2, "is ambiguous. 'plimsoll simulate --help'"],
    ['seeds that are none', ['simulate', small, '--seeds', '0'], 2, "--seeds '0': expected a whole number from 1"],
    ['an unknown algorithm', ['compare', small, '-a', 'fastest'], 1, 'Unknown algorithm "fastest": expected one of'],
    ['a missing file', ['simulate', join(folder, 'none.json')], 1, 'there is no such file'],
    ['no JSON', ['simulate', scenario('bad.json', '{')], 1, 'is no JSON'],
    ['a folder that is not there', ['simulate', small, '--html', join(folder, 'no', 'x.html')], 2, 'Cannot write'],
    ['a wrong column', ['simulate', scenario('column.json', TRACED)], 1, 'no column is called "at"'],
    [
      'a missing trace',
      ['simulate', scenario('trace.json', LOST)],
      1,
      "Cannot read the file that the scenario names, 'no.csv'",
    ],
    ['an unknown component', ['simulate', scenario('fault.json', FAULTY)], 1, 'no component is called "c"'],
    [
      'an unknown key',
      ['simulate', scenario('key.json', { ...SMALL, warmup: 1 })],
      1,
      'warmup: unknown key (did you mean "warmUpMs"?)',
    ],
  ] as const)('%s is told apart', async ([, [command, ...args], exit, says]) => {
    const { code, out, err } = await called(command, ...args);
    expect({ code, out }).toEqual({ code: exit, out: '' });
    expect(err).toContain(says);
  });

  it('ends a process with 1, or with 2 when it is the command line, and a word instead of a stack', () => {
    const wrong = plimsoll('simulate', join(folder, 'none.json'));
    expect({ code: wrong.code, out: wrong.out }).toEqual({ code: 1, out: '' });
    expect(wrong.err).toContain('there is no such file');
    expect(wrong.err).not.toMatch(/^ +at /m);
    const option = plimsoll('simulate', small, '--sedes', '3');
    expect(option.code).toBe(2);
    expect(option.err.trim().split('\n')).toHaveLength(1);
  }, 90_000);

  it('tells its version, and of a command that is misspelt the one that there is', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(plimsoll('--version')).toMatchObject({ code: 0, out: `${version}\n`, err: '' });
    expect(plimsoll('simulat')).toMatchObject({
      code: 2,
      err: expect.stringContaining("There is no command 'simulat' (did you mean 'simulate'?)."),
    });
  }, 90_000);
});
