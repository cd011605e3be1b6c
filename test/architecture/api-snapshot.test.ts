import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DeclarationReader } from './declarations.ts';
import { root } from './source-tree.ts';

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, string | { types: string }>;
};

const entries = Object.entries(exports).flatMap(([subpath, target]) => {
  if (typeof target === 'string') return [];
  const name = subpath.replace(/^\./, 'plimsoll');
  const declarations = target.types.replace('./dist/', '');
  return [{ name, declarations, snapshot: join(import.meta.dirname, 'api', `${name.replaceAll('/', '-')}.md`) }];
});

describe('the public API', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-api-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeAll(() => {
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const config = join(root, 'tsconfig.build.json');
    const options = ['--emitDeclarationOnly', '--sourceMap', 'false', '--inlineSources', 'false', '--outDir', folder];
    try {
      execFileSync(process.execPath, [compiler, '-p', config, ...options], { encoding: 'utf8' });
    } catch (error) {
      // Errors of type are the type check's to report; declarations are written in spite of them.
      if (!existsSync(join(folder, 'src'))) throw error;
    }
  }, 60_000);

  it.for(entries)('of $name is the recorded one', async ({ name, declarations, snapshot }, { skip }) => {
    skip(!existsSync(join(root, declarations.replace('.d.ts', '.ts'))) && !existsSync(snapshot), 'not written yet');
    await expect(new DeclarationReader().describe(name, join(folder, declarations))).toMatchFileSnapshot(snapshot);
  });
});
