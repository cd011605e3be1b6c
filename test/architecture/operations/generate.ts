import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DESCRIPTIONS } from '../../../src/adapters/exporters/families.ts';
import { root } from '../source-tree.ts';
import { dashboardFile } from './dashboard.ts';
import { RULES, rulesFile, ruleTestsFile } from './rules.ts';

/** Where the files stand. */
export const FOLDER = join(root, 'docs/operations');

const metricsTable = (): string =>
  [
    '| metric | type | labels | meaning |',
    '|---|---|---|---|',
    ...DESCRIPTIONS.map(
      ({ name, type, labelNames, help }) =>
        `| \`${name}\` | ${type} | ${labelNames.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
    ),
  ].join('\n');

const runbook = (): string =>
  RULES.map(
    ({ name, severity, lasts, meaning, action }) =>
      `### ${name}\n\n${severity === 'critical' ? 'Critical' : 'Warning'}${lasts === '0s' ? '' : `, after ${lasts}`}. ${meaning}\n\n${action}`,
  ).join('\n\n');

/** Puts a text between the marks `<!-- name -->` and `<!-- /name -->` of a page. */
function between(page: string, name: string, text: string): string {
  const [before = '', rest = ''] = page.split(`<!-- ${name} -->`);
  return `${before}<!-- ${name} -->\n\n${text}\n\n<!-- /${name} -->${rest.split(`<!-- /${name} -->`)[1] ?? ''}`;
}

const read = (name: string): string => {
  const path = join(FOLDER, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

/** The files of docs/operations as they are, and as they should be. */
export function operationsFiles(): readonly { name: string; current: string; expected: string }[] {
  const page = read('README.md');
  const written = [
    { name: 'dashboard.json', expected: dashboardFile() },
    { name: 'alerts.yml', expected: rulesFile() },
    { name: 'alerts.test.yml', expected: ruleTestsFile() },
    { name: 'README.md', expected: between(between(page, 'metrics', metricsTable()), 'alerts', runbook()) },
  ];
  return written.map(({ name, expected }) => ({ name, current: read(name), expected }));
}

if (process.argv[1]?.endsWith('generate.ts'))
  for (const { name, expected } of operationsFiles()) writeFileSync(join(FOLDER, name), expected);
