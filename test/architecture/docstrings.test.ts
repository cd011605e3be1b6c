import { describe, expect, it } from 'vitest';
import { type Member, membersOf } from './members.ts';
import { sourceFiles } from './source-tree.ts';

/** What a user writes. Whatever of it is optional says what holds without it. */
const OPTIONS = [
  'BalancerInput',
  'BalancerSettings',
  'ComponentSpec',
  'ConfigChanges',
  'ExecuteOptions',
  'LoadBalancerConfig',
  'StopOptions',
  'WorkloadRequest',
];

/** What a user reads. */
const METRICS = [
  'AlgorithmMetrics',
  'BalancerMetrics',
  'BalancerRegions',
  'ComponentCapacity',
  'ComponentMetrics',
  'LatencySummary',
  'RequestCounts',
  'ResourceCapacity',
  'RouteMetrics',
  'ShadowMetrics',
  'ShadowedAlgorithm',
];

const files = sourceFiles('src');
const members = (names: readonly string[]): Member[] =>
  files
    .filter(({ text }) => names.some((name) => text.includes(`interface ${name}`)))
    .flatMap((file) => membersOf(file, names))
    // all that a policy is known by here; `Policy` says the rest
    .filter(({ path }) => path !== 'BalancerSettings.algorithm.name');

/** What the doors of the package export, types as well, by name. */
const exported = new Set(
  sourceFiles('src')
    .filter(({ path }) => /^src\/[\w-]+\.ts$/.test(path))
    .flatMap(({ text }) => [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)])
    .flatMap(([, list = '']) => list.split(','))
    .map((name) => name.replace(/\btype\b/, '').trim()),
);
/** Of these, what is named like options or like figures, so that nobody has to remember to list it above. */
const named = (pattern: RegExp): string[] => [...exported].filter((name) => pattern.test(name));
const publicOptions = named(/(Options|Config|Settings|Spec|Changes)$/);
const publicFigures = named(
  /(Metrics|Stats|Figures|Summary|Counts|Capacity|Report|Preview|Latency|Decision|Candidate|Assessment)$/,
);
const declared = (names: readonly string[]): string[] =>
  names.filter((name) =>
    files.some(({ text }) => text.includes(`interface ${name} `) || text.includes(`interface ${name}<`)),
  );

describe('a docstring', () => {
  it('stands at each option and each field of the metrics', () => {
    const all = members([...OPTIONS, ...METRICS]);
    expect(new Set(all.map(({ path }) => path.split('.')[0]))).toEqual(new Set([...OPTIONS, ...METRICS]));
    expect(all.filter(({ docstring }) => docstring.trim() === '').map(({ path }) => path)).toEqual([]);
  });

  it('stands at whatever else a door exports that is named like options or figures', () => {
    const all = members(declared([...publicOptions, ...publicFigures]));
    expect(publicOptions).toEqual(expect.arrayContaining(['ExecuteOptions', 'InspectOptions', 'ThreadWorkerOptions']));
    expect(publicFigures).toEqual(expect.arrayContaining(['ComponentMetrics', 'LiveStats', 'RecentFigures']));
    expect(all.filter(({ docstring }) => docstring.trim() === '').map(({ path }) => path)).toEqual([]);
  });

  it('of an option that may be left out says what holds then', () => {
    const silent = members([...new Set([...OPTIONS, ...declared(publicOptions)])]).filter(
      ({ optional, group, docstring }) => optional && !group && !/\bdefault\b/i.test(docstring),
    );
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('of a time says the unit', () => {
    const silent = members([...new Set([...OPTIONS, ...declared(publicOptions)])]).filter(
      ({ path, docstring }) => /(Ms|deadline)$/.test(path) && !/\bms\b/.test(docstring),
    );
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('is missed where it is missing', () => {
    const text = `interface StopOptions {
      /** One. Default 1. */ readonly a?: number;
      readonly b?: { /** Two. */ readonly c?: number; readonly d: number };
      // not a docstring
      readonly e: number;
    }`;
    const found = membersOf({ path: 'a.ts', text }, OPTIONS);
    expect(found.map(({ path, docstring }) => [path, docstring.trim()])).toEqual([
      ['StopOptions.a', 'One. Default 1.'],
      ['StopOptions.b', ''],
      ['StopOptions.b.c', 'Two.'],
      ['StopOptions.b.d', ''],
      ['StopOptions.e', ''],
    ]);
  });
});
