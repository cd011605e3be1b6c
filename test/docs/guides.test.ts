import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'node:util';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';

/** Guides whose every `ts` block is a program: it compiles, runs, and prints what its `// →` comments say. */
const GUIDES = ['concepts', 'custom-policy', 'embedding', 'failover', 'requests', 'simulating', 'testing'];

const root = fileURLToPath(new URL('../../', import.meta.url));
// a folder with a dot is no part of the project for the compiler
const folder = join(root, 'test/docs/.snippets');

interface Snippet {
  readonly name: string;
  readonly file: string;
  readonly code: string;
  readonly prints: readonly string[];
}

function snippetsOf(guide: string): Snippet[] {
  const text = readFileSync(join(root, `docs/guide/${guide}.md`), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match, k) => {
    const code = match[1] ?? '';
    const line = text.slice(0, match.index).split('\n').length + 1;
    const prints = [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, said]) => said ?? '');
    return { name: `${guide}.md:${line}`, file: join(folder, `${guide}-${k + 1}.ts`), code, prints };
  });
}

const snippets = GUIDES.flatMap(snippetsOf);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const { file, code } of snippets) writeFileSync(file, code);
writeFileSync(
  join(folder, 'tsconfig.json'),
  JSON.stringify({ extends: '../../../tsconfig.json', include: ['*.ts'], compilerOptions: { rootDir: '../../..' } }),
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('finds the snippets', () => {
  expect(snippets.length).toBeGreaterThanOrEqual(12);
});

it('compiles each snippet', () => {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const compile = (): string =>
    execFileSync(process.execPath, [compiler, '--noEmit', '-p', join(folder, 'tsconfig.json')], { encoding: 'utf8' });
  try {
    compile();
  } catch (error) {
    expect(Reflect.get(Object(error), 'stdout')).toBe('');
    throw error;
  }
}, 60_000);

describe('each snippet', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  for (const { name, file, code, prints } of snippets) {
    if (code.includes("from 'vitest'")) {
      // it registers tests of its own
      describe(name, async () => {
        await import(file);
      });
      continue;
    }
    it(`${name} runs, and prints what it says`, async () => {
      const printed: string[] = [];
      vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => void printed.push(format(...values)));
      // XState's development build warns of what is sent to actors that have stopped
      vi.spyOn(console, 'warn').mockImplementation(() => {});
      await import(file);
      await vi.waitFor(() => expect(printed.toSorted()).toEqual([...prints].sort()));
      expect(prints.length).toBeGreaterThan(0);
    });
  }
});
