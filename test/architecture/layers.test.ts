import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Edge, SourceFile } from './source-tree.ts';
import { edgesOf, parse, root, sourceFiles, usesOf } from './source-tree.ts';

type Layer =
  | 'domain'
  | 'ledgers'
  | 'policies'
  | 'machines'
  | 'runtime'
  | 'edges'
  | 'presets'
  | 'testing'
  | 'cli'
  | 'entry';

interface Allowed {
  readonly layers: readonly Layer[];
  /** Layers of which only types may be imported. */
  readonly types?: readonly Layer[];
  /** Packages and `node:` modules; `*` stands for any. */
  readonly packages: readonly string[];
}

const inside: readonly Layer[] = ['domain', 'ledgers', 'policies', 'machines'];

/** domain ← ledgers ← policies ← machines ← runtime ← testing, cli. A layer may always import itself. */
const table: Readonly<Record<Layer, Allowed>> = {
  domain: { layers: [], packages: ['zod'] },
  ledgers: { layers: ['domain'], packages: [] },
  policies: { layers: ['domain', 'ledgers'], packages: [] },
  machines: { layers: ['domain', 'ledgers', 'policies'], packages: ['xstate'] },
  runtime: { layers: [...inside, 'edges'], packages: ['*'] },
  // An edge implements a port; what it observes is the public type, never a class it could construct.
  edges: { layers: ['domain'], types: ['runtime', 'entry'], packages: ['*'] },
  presets: { layers: ['domain'], packages: [] },
  testing: { layers: [...inside, 'runtime'], packages: ['xstate', 'rxjs', 'zod'] },
  // `plimsoll simulate` runs the simulator, which users import from plimsoll/testing.
  cli: { layers: [...inside, 'runtime', 'edges', 'presets', 'testing', 'entry'], packages: ['*'] },
  entry: { layers: [...inside, 'runtime', 'edges'], packages: [] },
};

const files = sourceFiles('src', 'machines');
const edges = files.flatMap(edgesOf);

function layerOf(path: string): Layer | undefined {
  if (path.startsWith('machines/')) return 'machines';
  if (path === 'src/index.ts') return 'entry';
  const folder = /^src\/(\w+)(?:\/|\.ts$)/.exec(path)?.[1];
  return folder !== undefined && folder in table ? (folder as Layer) : undefined;
}

function isAllowed({ from, to, external, typeOnly }: Edge): boolean {
  const source = layerOf(from);
  if (source === undefined) return false;
  const { layers, types = [], packages } = table[source];
  // The examples' name for the sources; a source that used it would meet itself twice.
  if (to === 'plimsoll') return false;
  if (external) return packages.includes('*') || packages.includes(to);
  const target = layerOf(to);
  return target !== undefined && (target === source || layers.includes(target) || (typeOnly && types.includes(target)));
}

const show = ({ from, to, typeOnly }: Edge): string => `${from} → ${to}${typeOnly ? ' (types)' : ''}`;

function uses(pattern: RegExp, excused: (path: string) => boolean): string[] {
  return files
    .filter(({ path }) => !excused(path))
    .flatMap((file) =>
      usesOf(file)
        .filter(({ name }) => pattern.test(name))
        .map(({ name, line }) => `${file.path}:${line} ${name}`),
    );
}

describe('the table of allowed imports', () => {
  it('sees the sources', () => {
    expect(edges.length).toBeGreaterThanOrEqual(50);
  });

  it('knows the layer of each file', () => {
    expect(files.map(({ path }) => path).filter((path) => layerOf(path) === undefined)).toEqual([]);
  });

  it('holds', () => {
    expect(edges.filter((edge) => !isAllowed(edge)).map(show)).toEqual([]);
  });

  it('is not passed by a file that breaks it', () => {
    const broken = (path: string, text: string): string[] =>
      edgesOf({ path, text })
        .filter((edge) => !isAllowed(edge))
        .map(show);
    expect(broken('src/domain/a.ts', `import { b } from '../ledgers/b.ts';`)).toHaveLength(1);
    expect(broken('src/domain/a.ts', `import type { b } from '../ledgers/b.ts';`)).toHaveLength(1);
    expect(broken('src/domain/a.ts', `export { b } from '../ledgers/b.ts';`)).toHaveLength(1);
    expect(broken('src/domain/a.ts', `export * from '../ledgers/b.ts';`)).toHaveLength(1);
    expect(broken('src/domain/a.ts', `export const b = () => import('../ledgers/b.ts');`)).toHaveLength(1);
    expect(broken('src/domain/a.ts', `export type B = import('../ledgers/b.ts').B;`)).toHaveLength(1);
    expect(broken('src/policies/a.ts', `import { createActor } from 'xstate';`)).toHaveLength(1);
    expect(broken('src/edges/a.ts', `import { b, type C } from '../runtime/b.ts';`)).toHaveLength(1);
    expect(broken('src/edges/a.ts', `import type { B } from '../runtime/b.ts';`)).toEqual([]);
    expect(broken('src/domain/a.ts', `// import { b } from '../ledgers/b.ts'`)).toEqual([]);
  });
});

describe('each source file', () => {
  it('keeps to 250 lines', () => {
    const lines = ({ text }: SourceFile): number => text.replace(/\n$/, '').split('\n').length;
    expect(files.filter((file) => lines(file) > 250).map((file) => `${file.path}: ${lines(file)}`)).toEqual([]);
  });

  it('creates actors only in the runtime, where the balancer creates its children, and where workers answer', () => {
    const excused = (path: string): boolean =>
      path.startsWith('src/runtime/') ||
      path === 'src/engine/membership/components.ts' ||
      path === 'src/adapters/workers/actor/mailbox.ts';
    expect(uses(/^createActor\(\)$|\.createActor$/, excused)).toEqual([]);
  });

  it('takes time and chance as parameters', () => {
    const ambient = new RegExp(
      [
        '^(globalThis\\.)?(Date\\.now|performance\\.now|Math\\.random|AbortSignal\\.timeout|process\\.hrtime)(\\.bigint)?$',
        '^(globalThis\\.)?crypto\\.(randomUUID|getRandomValues)$',
        '^(setTimeout|setInterval|setImmediate|Date)\\(\\)$',
        '^globalThis\\.(setTimeout|setInterval|setImmediate)$',
        '^new Date\\(\\)$',
      ].join('|'),
    );
    const excused = (path: string): boolean => /^src\/(edges|cli|runtime)\//.test(path);
    expect(uses(ambient, excused)).toEqual([]);

    const found = usesOf({
      path: 'a.ts',
      text: 'x(Date.now, new Date()); setTimeout(f, 1); this.clock.setTimeout(f, 1); queueMicrotask(f); new Date(5);',
    }).filter(({ name }) => ambient.test(name));
    expect(found.map(({ name }) => name)).toEqual(['Date.now', 'new Date()', 'setTimeout()']);
  });
});

describe('each public entry', () => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { default: string }>;
  };
  const entries = Object.entries(exports).flatMap(([name, target]) =>
    typeof target === 'string' ? [] : [{ name, path: target.default.replace('./dist/', '').replace(/\.js$/, '.ts') }],
  );

  it.for(entries)('$name exports by name, one by one', ({ path }, { skip }) => {
    skip(!existsSync(join(root, path)), 'not written yet');
    const { module } = parse(path, readFileSync(join(root, path), 'utf8'));
    const exported = module.staticExports.flatMap((statement) => statement.entries);
    expect(exported.length).toBeGreaterThan(0);
    // `export *` has no export name, and neither has `export default`.
    expect(exported.filter(({ exportName: { name } }) => name === null || name === 'default')).toEqual([]);
  });
});
