import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = read('machines/README.md');

/** Types of messages as the page writes them: `component.drain`, and `request.failed|timedOut` for two. */
const named = new Set(
  [...page.matchAll(/`([a-z]+)\.([\w|]+)/g)].flatMap(([, kind, names = '']) =>
    names.split('|').map((name) => `${kind}.${name}`),
  ),
);

/** The messages of a file of types, with the names of their own fields. */
function messagesOf(path: string): { readonly type: string; readonly fields: readonly string[] }[] {
  const text = read(path)
    .replace(/\/\*.*?\*\//gs, '')
    .replace(/\/\/.*$/gm, '');
  return [...text.matchAll(/readonly type:((?:[\s|]*'[a-z]+\.\w+')+)([^}]*)/g)].flatMap(([, types = '', rest = '']) => {
    const fields = [...rest.matchAll(/readonly (\w+)\??:/g)].map(([, field = '']) => field);
    return [...types.matchAll(/'([^']+)'/g)].map(([, type = '']) => ({ type, fields }));
  });
}

const PUBLIC = messagesOf('src/domain/events.ts');
const INNER = [
  ...messagesOf('src/engine/messages.ts'),
  ...messagesOf('src/engine/control/monitor-messages.ts'),
  ...messagesOf('src/engine/membership/component-messages.ts'),
];

describe('machines/README.md', () => {
  it('names each command and each fact, with its fields', () => {
    expect(PUBLIC.length).toBeGreaterThan(40);
    expect(PUBLIC.filter(({ type }) => !named.has(type)).map(({ type }) => type)).toEqual([]);
    const rows = page.split('\n').filter((line) => line.startsWith('|'));
    const silent = PUBLIC.flatMap(({ type, fields }) => {
      const row = rows.find((line) => line.split(' | ')[0]?.includes(`\`${type}\``));
      // what is about a request stands in a paragraph above the tables
      return row === undefined || type.startsWith('request.')
        ? []
        : fields.filter((field) => field !== 'replyTo' && !row.includes(field)).map((field) => `${type}: ${field}`);
    });
    expect(silent).toEqual([]);
  });

  it('names each message between the actors', () => {
    expect(INNER.length).toBeGreaterThan(25);
    expect(INNER.filter(({ type }) => !named.has(type)).map(({ type }) => type)).toEqual([]);
  });

  it('names none that there is not', () => {
    const known = new Set([...PUBLIC, ...INNER].map(({ type }) => type));
    const kinds = new Set([...known].map((type) => type.split('.')[0]));
    const strange = [...named].filter((type) => kinds.has(type.split('.')[0]) && !known.has(type));
    // states of the chart, tasks of actor workers and files are written likewise
    expect(strange.filter((type) => !/^(task|failed|operational)\.|\.(ts|md)$/.test(type))).toEqual([]);
  });
});
