import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Edge, SourceFile } from './source-tree.ts';
import { edgesOf, parse, root, sourceFiles, usesOf } from './source-tree.ts';

/** The rooms of the house, in order: each may use those before it. */
const ORDER = [
  'lib',
  'domain',
  'fleet',
  'queue',
  'health',
  'learning',
  'requests',
  'selection',
  'engine',
  'machines',
  'load-balancer',
  'inspector',
  'testing',
  'cli',
] as const;
type Ordered = (typeof ORDER)[number];
/** Beside the order: adapters implement ports, presets are data, doors only re-export. */
type Room = Ordered | 'adapters' | 'presets' | 'door';

const before = (room: Ordered): readonly Room[] => ORDER.slice(0, ORDER.indexOf(room));

interface Allowed {
  readonly rooms: readonly Room[];
  /** Rooms of which only types may be imported. */
  readonly types?: readonly Room[];
  /** Packages and `node:` modules; `*` stands for any. */
  readonly packages: readonly string[];
}

const table: Readonly<Record<Room, Allowed>> = {
  lib: { rooms: [], types: ['domain'], packages: [] },
  domain: { rooms: ['lib'], packages: ['zod'] },
  fleet: { rooms: before('fleet'), packages: [] },
  // a job knows its partition, and a partition its jobs
  queue: { rooms: before('queue'), types: ['requests'], packages: [] },
  health: { rooms: before('health'), packages: [] },
  learning: { rooms: before('learning'), packages: [] },
  requests: { rooms: before('requests'), packages: [] },
  selection: { rooms: before('selection'), packages: [] },
  engine: { rooms: before('engine'), packages: [] },
  machines: { rooms: before('machines'), packages: ['xstate'] },
  'load-balancer': {
    rooms: before('load-balancer'),
    packages: [
      'xstate',
      ...['rxjs', 'rxjs/internal/Observable', 'rxjs/internal/Subscriber'],
      ...['node:async_hooks', 'node:diagnostics_channel'],
    ],
  },
  inspector: { rooms: before('inspector'), packages: ['*'] },
  testing: {
    rooms: before('testing').filter((room) => room !== 'inspector'),
    packages: ['xstate', 'rxjs', 'zod', 'node:process', 'node:timers'],
  },
  cli: { rooms: [...before('cli'), 'adapters', 'presets', 'door'], packages: ['*'] },
  adapters: { rooms: ['lib', 'domain'], packages: ['*'] },
  presets: { rooms: ['domain'], packages: [] },
  door: { rooms: [...ORDER, 'adapters'], packages: [] },
};

/** What single files may import beyond their room. */
const EXCEPTIONS: readonly { readonly from: RegExp; readonly to: RegExp; readonly why: string }[] = [
  {
    from: /^src\/load-balancer\/options\.ts$/,
    to: /^src\/adapters\//,
    why: 'the composition root: defaults of the ports',
  },
  {
    from: /^src\/inspector\//,
    to: /^src\/adapters\/(http|clock)\//,
    why: 'it serves HTTP, and has a clock of its own',
  },
  { from: /^src\/engine\/membership\//, to: /^xstate$/, why: 'makes the actors of components' },
  { from: /^src\/lib\/xstate-internals\.ts$/, to: /^xstate$/, why: 'the one place for what XState does not document' },
  { from: /^src\/engine\/reporting\/dashboard\.ts$/, to: /^zod$/, why: 'owns the schema of what it returns' },
];

const files = sourceFiles('src', 'machines');
const edges = files.flatMap(edgesOf);
const isRoom = (name: string): name is Room => name in table;

function roomOf(path: string): Room | undefined {
  if (path.startsWith('machines/')) return 'machines';
  if (/^src\/[\w-]+\.ts$/.test(path)) return 'door';
  const folder = /^src\/([\w-]+)\//.exec(path)?.[1];
  return folder !== undefined && isRoom(folder) ? folder : undefined;
}

function isAllowed({ from, to, external, typeOnly }: Edge): boolean {
  const source = roomOf(from);
  if (source === undefined) return false;
  if (EXCEPTIONS.some((exception) => exception.from.test(from) && exception.to.test(to))) return true;
  const { rooms, types = [], packages } = table[source];
  if (external) return packages.includes('*') || packages.includes(to);
  const target = roomOf(to);
  return target !== undefined && (target === source || rooms.includes(target) || (typeOnly && types.includes(target)));
}

const show = ({ from, to, typeOnly }: Edge): string => `${from} → ${to}${typeOnly ? ' (types)' : ''}`;

const broken = (path: string, text: string): string[] =>
  edgesOf({ path, text })
    .filter((edge) => !isAllowed(edge))
    .map(show);

const used = files.map((file) => ({ path: file.path, names: usesOf(file) }));

function uses(pattern: RegExp, excused: (path: string) => boolean): string[] {
  return used
    .filter(({ path }) => !excused(path))
    .flatMap(({ path, names }) =>
      names.filter(({ name }) => pattern.test(name)).map(({ name, line }) => `${path}:${line} ${name}`),
    );
}

describe('the order of the rooms', () => {
  it('is read off the sources', () => {
    expect(edges.length).toBeGreaterThanOrEqual(50);
  });

  it('has a place for each file', () => {
    expect(files.map(({ path }) => path).filter((path) => roomOf(path) === undefined)).toEqual([]);
  });

  it('holds for each import', () => {
    expect(edges.filter((edge) => !isAllowed(edge)).map(show)).toEqual([]);
  });

  it('has no exception that nobody needs', () => {
    const needed = (exception: (typeof EXCEPTIONS)[number]): boolean =>
      edges.some(({ from, to }) => exception.from.test(from) && exception.to.test(to));
    expect(EXCEPTIONS.filter((exception) => !needed(exception)).map(({ why }) => why)).toEqual([]);
  });

  it('is not passed by a file that breaks it', () => {
    expect(broken('src/domain/a.ts', `import { b } from '../fleet/b.ts';`)).toHaveLength(1);
    expect(broken('src/domain/a.ts', `import type { b } from '../fleet/b.ts';`)).toHaveLength(1);
    expect(broken('src/domain/a.ts', `export { b } from '../fleet/b.ts';`)).toHaveLength(1);
    expect(broken('src/domain/a.ts', `export * from '../fleet/b.ts';`)).toHaveLength(1);
    expect(broken('src/domain/a.ts', `export const b = () => import('../fleet/b.ts');`)).toHaveLength(1);
    expect(broken('src/domain/a.ts', `export type B = import('../fleet/b.ts').B;`)).toHaveLength(1);
    expect(broken('src/engine/a.ts', `import { b } from '../../machines/b.ts';`)).toHaveLength(1);
    expect(broken('src/engine/dispatch/a.ts', `import { createActor } from 'xstate';`)).toHaveLength(1);
    expect(broken('src/selection/a.ts', `import { z } from 'zod';`)).toHaveLength(1);
    expect(broken('src/load-balancer/submit.ts', `import { b } from '../adapters/clock/b.ts';`)).toHaveLength(1);
    expect(broken('src/load-balancer/options.ts', `import { b } from '../adapters/clock/b.ts';`)).toEqual([]);
    expect(broken('src/lib/a.ts', `import { b } from '../domain/b.ts';`)).toHaveLength(1);
    expect(broken('src/lib/a.ts', `import type { B } from '../domain/b.ts';`)).toEqual([]);
    expect(broken('src/domain/a.ts', `// import { b } from '../fleet/b.ts'`)).toEqual([]);
  });
});

/** The rooms of the engine, in order; control stands on top, what stands in the folder itself is everybody's. */
const STAGES = ['events', 'overload', 'health', 'execution', 'dispatch', 'admission', 'reporting', 'control'] as const;
const RANK = new Map<string, number>([...STAGES.entries()].map(([k, name]) => [name, k] as const));
// beside the dispatch: it may use what comes before, and neither uses the other
RANK.set('membership', RANK.get('dispatch')!);

const stageOf = (path: string): string | undefined => /^src\/engine\/([\w-]+)\//.exec(path)?.[1];

/** Run-time imports within the engine that go against the order. */
const againstTheOrder = (list: readonly Edge[]): string[] =>
  list
    .filter(({ from, to, typeOnly }) => {
      const [source, target] = [stageOf(from), stageOf(to)];
      if (typeOnly || source === undefined || target === undefined || source === target) return false;
      return RANK.get(target)! >= RANK.get(source)!;
    })
    .map(show);

describe('the engine', () => {
  it('has only stages that are known', () => {
    const stages = new Set(files.flatMap(({ path }) => stageOf(path) ?? []));
    expect([...stages].filter((stage) => !RANK.has(stage))).toEqual([]);
  });

  it('keeps the order of its stages', () => {
    expect(againstTheOrder(edges)).toEqual([]);
    const wrong = edgesOf({ path: 'src/engine/events/a.ts', text: `import { b } from '../dispatch/b.ts';` });
    expect(againstTheOrder(wrong)).toHaveLength(1);
    const beside = edgesOf({ path: 'src/engine/dispatch/a.ts', text: `import { b } from '../membership/b.ts';` });
    expect(againstTheOrder(beside)).toHaveLength(1);
  });

  it('is made in one place', () => {
    const makers = edges
      .filter(({ to, typeOnly }) => to === 'src/engine/create.ts' && !typeOnly)
      .map(({ from }) => from);
    expect(makers.filter((from) => !from.startsWith('machines/'))).toEqual([]);
  });
});

/** Circles of run-time imports, each as the files that reach each other. */
function circles(list: readonly Edge[]): string[][] {
  const targets = new Map<string, string[]>();
  for (const { from, to, external, typeOnly } of list) {
    if (!external && !typeOnly) targets.set(from, [...(targets.get(from) ?? []), to]);
  }
  const reach = (from: string): Set<string> => {
    const seen = new Set<string>();
    const waiting = [...(targets.get(from) ?? [])];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      waiting.push(...(targets.get(next) ?? []));
    }
    return seen;
  };
  const reached = new Map([...targets.keys()].map((from) => [from, reach(from)] as const));
  return [...reached]
    .filter(([from, set]) => set.has(from))
    .map(([from, set]) => [from, ...[...set].filter((to) => to !== from && reached.get(to)?.has(from))].sort());
}

describe('imports', () => {
  it('form no circle at run time', () => {
    expect(circles(edges)).toEqual([]);
    const found = circles([
      ...edgesOf({ path: 'src/lib/a.ts', text: `import { b } from './b.ts';` }),
      ...edgesOf({ path: 'src/lib/b.ts', text: `import { c } from './c.ts';` }),
      ...edgesOf({ path: 'src/lib/c.ts', text: `import { a } from './a.ts'; import type { d } from './d.ts';` }),
      ...edgesOf({ path: 'src/lib/d.ts', text: `import { a } from './a.ts';` }),
    ]);
    expect(found[0]).toEqual(['src/lib/a.ts', 'src/lib/b.ts', 'src/lib/c.ts']);
  });
});

/** Files that name the engine's state without being of the engine or the machines. */
const namesTheState = (list: readonly SourceFile[]): string[] =>
  list
    .filter(({ path, text }) => !/^(src\/engine|machines)\//.test(path) && /\bEngineState\b/.test(text))
    .map(({ path }) => path);

describe("the engine's state", () => {
  it('is named by the engine and the machines alone; others have a view of it', () => {
    expect(namesTheState(files)).toEqual([]);
    const text = `import type { EngineState } from '../engine/state.ts';`;
    expect(namesTheState([{ path: 'src/load-balancer/a.ts', text }])).toHaveLength(1);
    expect(namesTheState([{ path: 'machines/balancer/a.ts', text }])).toEqual([]);
  });
});

const FULL = 9;
const LONGEST = 300;

const tooFull = (list: readonly { readonly path: string }[]): string[] => {
  const counts = new Map<string, number>();
  for (const { path } of list) {
    if (!/^(src\/engine|machines)\//.test(path)) continue;
    counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > FULL).map(([folder, count]) => `${folder}: ${count}`);
};

const tooLong = (list: readonly SourceFile[]): string[] =>
  list
    .map(({ path, text }) => ({ path, lines: text.replace(/\n$/, '').split('\n').length }))
    .filter(({ lines }) => lines > LONGEST)
    .map(({ path, lines }) => `${path}: ${lines}`);

describe('each folder of the engine and the machines', () => {
  it('has at most nine files', () => {
    expect(tooFull(files)).toEqual([]);
    expect(tooFull(Array.from({ length: 10 }, (_, k) => ({ path: `src/engine/events/${k}.ts` })))).toHaveLength(1);
  });
});

describe('each source file', () => {
  it('keeps to 300 lines', () => {
    expect(tooLong(files)).toEqual([]);
    expect(tooLong([{ path: 'src/lib/a.ts', text: '\n'.repeat(301) }])).toHaveLength(1);
  });

  it('points to nothing that a reader of the repository cannot open', () => {
    const pattern = /\bDESIGN\b|\bHOUSE\b/;
    expect(files.filter(({ text }) => pattern.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it('creates actors only where the balancer and its children are made, and where workers answer', () => {
    const excused = (path: string): boolean =>
      path.startsWith('src/load-balancer/') ||
      path.startsWith('src/engine/membership/') ||
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
    const excused = (path: string): boolean =>
      /^src\/(adapters|cli|inspector|load-balancer)\//.test(path) || path.startsWith('src/testing/clock/');
    expect(uses(ambient, excused)).toEqual([]);

    const found = usesOf({
      path: 'a.ts',
      text: 'x(Date.now, new Date()); setTimeout(f, 1); this.clock.setTimeout(f, 1); queueMicrotask(f); new Date(5);',
    }).filter(({ name }) => ambient.test(name));
    expect(found.map(({ name }) => name)).toEqual(['Date.now', 'new Date()', 'setTimeout()']);
  });
});

describe('a comment "hot"', () => {
  it('points to a section of docs/performance.md', () => {
    const sections = new Set(
      [...readFileSync(join(root, 'docs/performance.md'), 'utf8').matchAll(/^## (\d+)\. /gm)].map(
        ([, number]) => number,
      ),
    );
    const pointers = files.flatMap(({ path, text }) =>
      [...text.matchAll(/docs\/performance\.md(?:#(\w+))?/g)].map(([, number]) => ({ path, number })),
    );
    expect(pointers.length).toBeGreaterThan(0);
    expect(pointers.filter(({ number }) => !sections.has(number))).toEqual([]);
  });
});

describe('no source file', () => {
  it('makes code from strings', () => {
    const fromStrings = /^(new )?([\w.]+\.)?(eval|Function)(\(…?\))?$|^node:vm$/;
    expect(uses(fromStrings, () => false)).toEqual([]);
    expect(edges.filter(({ to }) => fromStrings.test(to)).map(show)).toEqual([]);

    const found = usesOf({
      path: 'a.ts',
      text: `eval('1'); globalThis.eval('1'); new Function('a', 'return a'); new Function(); Function('1'); f.evaluate(); x as Function;`,
    }).filter(({ name }) => fromStrings.test(name));
    expect(found.map(({ name }) => name)).toEqual([
      'eval()',
      'globalThis.eval',
      'new Function(…)',
      'new Function()',
      'Function()',
    ]);
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
