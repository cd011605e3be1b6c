import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const entry = fileURLToPath(new URL('scripts/bundled.ts', import.meta.url));
// where no package is: what runs here runs by itself
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bundles-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bundle = (options: BuildOptions) =>
  build({
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    external: ['piscina'],
    logLevel: 'error',
    ...options,
  });

function run(file: string): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' });
  expect({ status, said: JSON.parse(stdout) }, stderr).toEqual({
    status: 0,
    said: { result: 'did it', refused: 'InvalidRequestError', seen: 'request.accepted', entries: 7 },
  });
  expect(
    stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).level),
  ).toContain(40);
}

describe('a bundle runs by itself', { timeout: 120_000 }, () => {
  it('of esbuild, as an ES module', async () => {
    const outfile = join(folder, 'esm.mjs');
    await bundle({ entryPoints: [entry], format: 'esm', outfile });
    run(outfile);
  });

  it('of esbuild, as CommonJS and minified', async () => {
    const outfile = join(folder, 'cjs.cjs');
    await bundle({
      entryPoints: [entry],
      format: 'cjs',
      minify: true,
      outfile,
      logOverride: { 'empty-import-meta': 'silent' },
    });
    run(outfile);
  });

  it('of vite, for a server', () => {
    const config = join(folder, 'vite.config.mjs');
    writeFileSync(
      config,
      `export default {
        root: ${JSON.stringify(root)},
        logLevel: 'error',
        resolve: { tsconfigPaths: true },
        ssr: { noExternal: true, external: ['piscina'] },
        build: { ssr: ${JSON.stringify(entry)}, outDir: ${JSON.stringify(join(folder, 'vite'))}, emptyOutDir: true,
          rolldownOptions: { output: { entryFileNames: 'server.mjs' } } },
      };`,
    );
    const vite = join(root, 'node_modules/vite/bin/vite.js');
    const { status, stderr } = spawnSync(process.execPath, [vite, 'build', '--config', config], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    run(join(folder, 'vite/server.mjs'));
  });
});

describe('what an entry loads before anything is called', () => {
  /** The packages of a bundle, by the files that are in it without a further `import()`. */
  async function loadedBy(source: string): Promise<string[]> {
    const { metafile } = await bundle({
      entryPoints: [join(root, source)],
      splitting: true,
      format: 'esm',
      outdir: join(folder, 'parts'),
      metafile: true,
      write: false,
    });
    const { outputs } = metafile as Metafile;
    const files = new Set<string>();
    const follow = (path: string): void => {
      const { inputs, imports } = outputs[path]!;
      for (const file of Object.keys(inputs)) files.add(file);
      for (const { path: next, kind, external } of imports)
        if (kind === 'import-statement' && external !== true) follow(next);
    };
    follow(Object.keys(outputs).find((path) => outputs[path]!.entryPoint === source)!);
    return [...files].filter((file) => file.startsWith('node_modules/'));
  }

  it.each(['index', 'machines', 'testing', 'inspector', 'prometheus'])('%s: no logger, no WebSockets', async (name) => {
    const files = await loadedBy(`src/${name}.ts`);
    const packages = new Set(files.map((file) => file.split('/')[1]));
    for (const late of ['pino', 'ws', 'piscina', 'prom-client']) expect(packages).not.toContain(late);
  });

  it('of rxjs only the classes that streams are made of', async () => {
    const files = await loadedBy('src/index.ts');
    expect(files.filter((file) => file.startsWith('node_modules/rxjs/')).length).toBeLessThan(30);
    expect(files.filter((file) => /rxjs\/.*\/operators\//.test(file))).toEqual([]);
  });
});
