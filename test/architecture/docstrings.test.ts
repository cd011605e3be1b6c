import type { Comment, TSInterfaceDeclaration, TSPropertySignature } from 'oxc-parser';
import { parseSync, Visitor } from 'oxc-parser';
import { describe, expect, it } from 'vitest';
import { type SourceFile, sourceFiles } from './source-tree.ts';

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

interface Member {
  readonly path: string;
  readonly optional: boolean;
  /** A group of others, which say for themselves what holds without them. */
  readonly group: boolean;
  /** Empty when it has no docstring. */
  readonly docstring: string;
}

const nameOf = ({ key }: TSPropertySignature): string => (key.type === 'Identifier' ? key.name : '?');

/** The docstring that ends where a node begins, but for white space. */
function docstringAt(text: string, start: number, comments: readonly Comment[]): string {
  const comment = comments.find(({ end }) => end <= start && text.slice(end, start).trim() === '');
  return comment?.type === 'Block' && comment.value.startsWith('*') ? comment.value.replace(/^\s*\* ?|^\*/gm, '') : '';
}

/** The members of the interfaces of those names, and the members of their members. */
function membersOf({ path, text }: SourceFile, names: readonly string[]): Member[] {
  const { program, comments } = parseSync(path, text);
  const found: Member[] = [];
  const interfaces: TSInterfaceDeclaration[] = [];
  new Visitor({ TSInterfaceDeclaration: (node) => void interfaces.push(node) }).visit(program);
  for (const declaration of interfaces.filter(({ id }) => names.includes(id.name))) {
    const within: { readonly path: string; readonly end: number }[] = [];
    new Visitor({
      TSPropertySignature(node) {
        while (within.length > 0 && within.at(-1)!.end < node.start) within.pop();
        const name = `${within.at(-1)?.path ?? declaration.id.name}.${nameOf(node)}`;
        within.push({ path: name, end: node.end });
        found.push({
          path: name,
          optional: node.optional,
          group: text.slice(node.start, node.end).includes('{'),
          docstring: docstringAt(text, node.start, comments),
        });
      },
    }).visit({ type: 'Program', body: [declaration], sourceType: 'module', hashbang: null, start: 0, end: 0 });
  }
  return found;
}

const files = sourceFiles('src');
const members = (names: readonly string[]): Member[] =>
  files
    .filter(({ text }) => names.some((name) => text.includes(`interface ${name}`)))
    .flatMap((file) => membersOf(file, names))
    // all that a policy is known by here; `Policy` says the rest
    .filter(({ path }) => path !== 'BalancerSettings.algorithm.name');

describe('a docstring', () => {
  it('stands at each option and each field of the metrics', () => {
    const all = members([...OPTIONS, ...METRICS]);
    expect(new Set(all.map(({ path }) => path.split('.')[0]))).toEqual(new Set([...OPTIONS, ...METRICS]));
    expect(all.filter(({ docstring }) => docstring.trim() === '').map(({ path }) => path)).toEqual([]);
  });

  it('of an option that may be left out says what holds then', () => {
    const silent = members(OPTIONS).filter(
      ({ optional, group, docstring }) => optional && !group && !/\bdefault\b/i.test(docstring),
    );
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('of a time says the unit', () => {
    const silent = members(OPTIONS).filter(
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
