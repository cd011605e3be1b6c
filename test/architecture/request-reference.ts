import { readFileSync, writeFileSync } from 'node:fs';
import { membersOf } from './members.ts';
import { sourceFiles } from './source-tree.ts';

const PAGE = new URL('../../docs/guide/requests.md', import.meta.url);

/** The tables of the page, each of the docstrings of one interface. */
const TABLES = ['WorkloadRequest', 'ExecuteOptions', 'StopOptions'] as const;

const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s+/g, ' ').trim();

function tableOf(name: string): string {
  const file = sourceFiles('src').find(({ text }) => new RegExp(`export interface ${name}\\b`).test(text));
  if (file === undefined) throw new Error(`there is no interface ${name}`);
  const rows = membersOf(file, [name]).map(({ path, optional, type, docstring }) => {
    const key = path.replace(`${name}.`, '');
    const shown = type.replace(/\s*\| undefined$/, '').replaceAll('readonly ', '');
    return `| \`${key}\`${optional ? '' : ' (required)'} | \`${cell(shown)}\` | ${cell(docstring)} |`;
  });
  return ['| field | type | meaning |', '|---|---|---|', ...rows].join('\n');
}

/** The page as it is, and as it should be. */
export function requestsPage(): { readonly current: string; readonly expected: string } {
  const current = readFileSync(PAGE, 'utf8');
  let expected = current;
  for (const name of TABLES) {
    const begin = `<!-- written by \`npm run docs:configuration\` from the docstrings of ${name} -->`;
    const [before, rest = ''] = expected.split(begin);
    const end = '<!-- end -->';
    const after = rest.slice(rest.indexOf(end) + end.length);
    expected = `${before}${begin}\n\n${tableOf(name)}\n\n${end}${after}`;
  }
  return { current, expected };
}

if (process.argv[1]?.endsWith('request-reference.ts')) writeFileSync(PAGE, requestsPage().expected);
