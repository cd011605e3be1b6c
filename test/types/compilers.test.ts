import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tsc as tsc54 } from 'typescript-5.4';
import { tsc as tsc59 } from 'typescript-5.9';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
// a folder with a dot is no part of the project for the compiler
const folder = join(root, 'test/types/.snippets');
const own = join(root, 'node_modules/typescript/bin/tsc');
const tsc60 = createRequire(join(root, 'test/support/api-reference/index.js')).resolve('typescript/lib/tsc.js');

const run = promisify(execFile);

/** @returns what the compiler complains of. */
async function compile(compiler: string, ...args: string[]): Promise<string> {
  return run(process.execPath, [compiler, ...args], { cwd: root }).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string }) => error.stdout || String(error),
  );
}

/** The declarations as a package that has been installed, and a project that uses it. */
beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  const installed = join(folder, 'node_modules/plimsoll');
  mkdirSync(installed, { recursive: true });
  const build = [
    '-p',
    'tsconfig.build.json',
    '--emitDeclarationOnly',
    '--sourceMap',
    'false',
    '--inlineSources',
    'false',
  ];
  expect(await compile(own, ...build, '--outDir', join(installed, 'dist'))).toBe('');
  cpSync(join(root, 'package.json'), join(installed, 'package.json'));
  cpSync(join(root, 'test/types/typed-work.ts'), join(folder, 'typed-work.ts'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.for([
  ['5.4', tsc54, 'NodeNext', 'NodeNext'],
  ['5.4', tsc54, 'Node16', 'Node16'],
  ['5.9', tsc59, 'ESNext', 'Bundler'],
  ['6.0', tsc60, 'NodeNext', 'NodeNext'],
  ['7.0', own, 'NodeNext', 'NodeNext'],
] as const)(
  'the types of work are what they should be for TypeScript %s',
  { timeout: 120_000 },
  async ([version, compiler, module, moduleResolution]) => {
    const config = join(folder, `tsconfig.${version}.${moduleResolution}.json`);
    const compilerOptions = {
      target: 'ES2022',
      lib: ['ES2023', 'ESNext.Disposable'],
      module,
      moduleResolution,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
      strict: true,
      noEmit: true,
      skipLibCheck: true,
    };
    writeFileSync(config, JSON.stringify({ compilerOptions, files: ['typed-work.ts'] }));
    expect(await compile(compiler, '-p', config)).toBe('');
  },
);
