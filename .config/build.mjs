// Builds `dist`: declarations by the compiler, file by file; code by esbuild, in as few files as there are entries and parts that
// entries share. Loading some 300 modules took twice as long and 10 MB more.
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));

rmSync('dist', { recursive: true, force: true });
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { stdio: 'inherit' });

/** `./dist/src/index.js` is made of `src/index.ts`. */
const targets = [...Object.values(exports).flatMap((one) => one.default ?? []), './dist/src/cli/main.js'];
const entryPoints = Object.fromEntries(
  targets.map((path) => path.replace(/^\.\/dist\/(.+)\.js$/, '$1')).map((name) => [name, `${name}.ts`]),
);
// what is found beside `import.meta.url` lies beside all code that may ask for it
const BESIDE = {
  'src/inspector/assets': 'dist/src/assets',
  'src/adapters/workers/thread/thread-entry.cjs': 'dist/src/thread-entry.cjs',
};
entryPoints['src/worker'] = 'src/cli/simulation/worker.ts';

const { metafile } = await build({
  entryPoints,
  outdir: 'dist',
  chunkNames: 'src/chunks-[hash]',
  bundle: true,
  splitting: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  metafile: true,
  logLevel: 'warning',
});
/** Declarations that no entry leads to are of no use to anybody. */
const needed = new Set();
const visit = (file) => {
  if (needed.has(file)) return;
  needed.add(file);
  for (const [, to] of readFileSync(file, 'utf8').matchAll(/(?:from |import\(|import )['"](\.[^'"]+)['"]/g))
    visit(join(dirname(file), to.replace(/\.[tj]s$/, '.d.ts')));
};
for (const { types } of Object.values(exports)) if (types !== undefined) visit(join(types));
for (const name of readdirSync('dist', { recursive: true }))
  if (name.endsWith('.d.ts') && !needed.has(join('dist', name))) rmSync(join('dist', name));

for (const [from, to] of Object.entries(BESIDE)) cpSync(from, to, { recursive: true });

for (const path of Object.keys(metafile.outputs)) {
  const isDeeper = path.replace('dist/src/', '').includes('/');
  if (isDeeper && readFileSync(path, 'utf8').includes('import.meta.url'))
    throw new Error(`${path} asks for files beside it, which lie in dist/src`);
}
