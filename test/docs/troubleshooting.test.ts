import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as errors from '../../src/domain/errors.ts';
import { sourceFiles } from '../architecture/source-tree.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = read('docs/guide/troubleshooting.md');

/** The part of the page under a heading of the second rank. */
const part = (title: string): string => page.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';

/** What the first cells of a part's table name. */
const rowsOf = (title: string): string[] =>
  [...part(title).matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
  );

/** The members of a union of names. */
const unionOf = (path: string, type: string): string[] => {
  const union = read(path).split(`export type ${type} =`)[1]?.split(';')[0] ?? '';
  return [...union.matchAll(/'(\w+)'/g)].map(([, name = '']) => name);
};

describe('docs/guide/troubleshooting.md', () => {
  it('explains each error code and its class, and none that there is not', () => {
    const codes = unionOf('src/domain/errors.ts', 'ErrorCode');
    const classes = Object.keys(errors).filter((name) => name !== 'PlimsollError');
    expect(codes.length).toBeGreaterThan(10);
    expect(
      rowsOf('Errors')
        .filter((name) => name !== 'code')
        .sort(),
    ).toEqual([...codes, ...classes].sort());
  });

  it('explains each kind of alert', () => {
    const kinds = unionOf('src/domain/events.ts', 'AlertKind');
    expect(kinds.length).toBeGreaterThan(10);
    expect(
      rowsOf('Alerts')
        .filter((name) => name !== 'kind')
        .sort(),
    ).toEqual([...kinds].sort());
  });

  it('explains each error that is contained', () => {
    const told = [...sourceFiles('src'), ...sourceFiles('machines')]
      .filter(({ path }) => /^(src\/engine|machines)\//.test(path))
      .flatMap(({ text }) => [
        ...text.matchAll(/\breport\(\s*'[A-Z]+',\s*'([A-Z_]+)'/g),
        ...text.matchAll(/type: 'error\.reported',[^}]*?code: '([A-Z_]+)'/gs),
      ])
      .map(([, code = '']) => code);
    expect(told.length).toBeGreaterThan(8);
    expect(
      rowsOf('Contained errors')
        .filter((name) => name !== 'code')
        .sort(),
    ).toEqual([...new Set(told)].sort());
  });

  it('names each finer reason of an error', () => {
    const reasons = [...sourceFiles('src')]
      .filter(({ path }) => path.startsWith('src/engine/'))
      .flatMap(({ text }) => [...text.matchAll(/new \w+Error\([^;]*?reason: '(\w+)'/gs)])
      .map(([, reason = '']) => reason)
      // told to a handler by its signal, never to a caller
      .filter((reason) => reason !== 'superseded' && reason !== 'notServed');
    expect(reasons.length).toBeGreaterThan(3);
    for (const reason of new Set(reasons)) expect(part('Errors'), reason).toContain(`\`${reason}\``);
  });
});
