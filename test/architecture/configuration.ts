import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { settingsSchema, TUNABLE_SETTINGS } from '../../src/domain/settings.ts';

/** What of JSON Schema the table is made of. */
interface Field {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Field[];
  readonly items?: Field;
  readonly properties?: Readonly<Record<string, Field>>;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
}

const PAGE = new URL('../../docs/guide/configuration.md', import.meta.url);
const TYPES = new URL('../../src/domain/balancer-settings.ts', import.meta.url);
const BEGIN = '<!-- written by `npm run docs:configuration` from the schema -->';
const END = '<!-- end -->';

const shown = (value: number): string => (value >= 10_000 ? value.toLocaleString('en-US') : String(value));

function range({ minimum, exclusiveMinimum, maximum }: Field): string {
  const low = exclusiveMinimum === undefined ? shown(minimum ?? 0) : `above ${shown(exclusiveMinimum)}`;
  // bounds that only keep a number within what clocks and counters can hold say nothing to a reader
  const high = maximum === undefined || maximum >= 2 ** 31 - 1 ? undefined : shown(maximum);
  if (high === undefined) return exclusiveMinimum === undefined ? `${low} and up` : low;
  return `${low} to ${high}`;
}

function kind(key: string, field: Field): string {
  if (key === 'algorithm') return 'name or policy';
  if (field.anyOf !== undefined)
    return field.anyOf.map((one) => (one.type === 'null' ? '`null`' : kind(key, one))).join(' or ');
  if (field.enum !== undefined) return field.enum.map((value) => `\`${value}\``).join(', ');
  if (field.type === 'array') return field.items?.enum === undefined ? 'list of types' : 'list of priorities';
  if (field.type === 'boolean') return '`true`, `false`';
  const unit = key.endsWith('Ms') ? 'ms, ' : field.type === 'integer' ? 'integer, ' : '';
  return `${unit}${range(field)}`;
}

function rowsOf(key: string, field: Field, path: string): string[] {
  const name = path === '' ? key : `${path}.${key}`;
  if (field.properties !== undefined)
    return Object.entries(field.properties).flatMap(([inner, one]) => rowsOf(inner, one, name));
  if (field.description === undefined) throw new Error(`${name} has no description in the schema`);
  const mark = TUNABLE_SETTINGS.includes(name.split('.')[0] ?? name) ? ' •' : '';
  return [
    `| \`${name}\`${mark} | ${kind(key, field)} | \`${[field.default].flat().join(', ')}\` | ${field.description} |`,
  ];
}

/** The table of all settings: range, unit, default and meaning, as the schema has them. */
export function settingsTable(): string {
  const { properties = {} }: Field = z.toJSONSchema(settingsSchema, { io: 'input', unrepresentable: 'any' }) as Field;
  const rows = Object.entries(properties).flatMap(([key, field]) => rowsOf(key, field, ''));
  return ['| key | value | default | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

/** The page as it is, and as it should be. */
export function configurationPage(): { readonly current: string; readonly expected: string } {
  const current = readFileSync(PAGE, 'utf8');
  const [before, rest = ''] = current.split(BEGIN);
  const after = rest.split(END)[1] ?? '';
  return { current, expected: `${before}${BEGIN}\n\n${settingsTable()}\n\n${END}${after}` };
}

/** A docstring, broken where a line would be too long. */
function docstring(text: string, indent: string): string {
  const single = `${indent}/** ${text} */`;
  if (single.length <= 120) return `${single}\n`;
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1)} ${word}`;
    if (`${indent} *${line}`.length > 120) lines.push(` ${word}`);
    else lines[lines.length - 1] = line;
  }
  return [`${indent}/**`, ...lines.map((line) => `${indent} *${line}`), `${indent} */`, ''].join('\n');
}

function typeOf({ anyOf, type, items, enum: values }: Field): string {
  if (anyOf !== undefined) return anyOf.map(typeOf).join(' | ');
  if (values !== undefined) return values.map((value) => `'${value}'`).join(' | ');
  if (type === 'array') return items?.enum === undefined ? 'readonly string[]' : `readonly (${typeOf(items)})[]`;
  return type === 'integer' ? 'number' : `${type}`;
}

function rangeSentence(key: string, field: Field): string {
  if (key === 'algorithm' || field.type === 'boolean') return '';
  const said = kind(key, field);
  if (said.startsWith('ms, ')) return ` In ${said}.`;
  return said.startsWith('integer') ? ` An ${said}.` : ` Range: ${said}.`;
}

function memberOf(key: string, field: Field, indent: string): string {
  const { properties, description = '' } = field;
  const sentence = `${description.charAt(0).toUpperCase()}${description.slice(1)}.`;
  if (properties !== undefined) {
    const inner = Object.entries(properties).map(([name, one]) => memberOf(name, one, `${indent}      `));
    return `${docstring(sentence, indent)}${indent}readonly ${key}?:\n${indent}  | {\n${inner.join('')}${indent}    }\n${indent}  | undefined;\n`;
  }
  const byDefault = typeof field.default === 'number' ? shown(field.default) : [field.default].flat().join(', ');
  const type = key === 'algorithm' ? 'AlgorithmName | { readonly name: string }' : typeOf(field);
  const text = `${sentence}${rangeSentence(key, field)} Default ${byDefault}.`;
  return `${docstring(text, indent)}${indent}readonly ${key}?: ${type} | undefined;\n`;
}

/** The settings as interfaces, each with a docstring of what it means, its unit, its range and its default. */
export function settingsTypes(): { readonly current: string; readonly expected: string } {
  const { properties = {} } = z.toJSONSchema(settingsSchema, { io: 'input', unrepresentable: 'any' }) as Field;
  const members = (tunable: boolean): string =>
    Object.entries(properties)
      .filter(([key]) => TUNABLE_SETTINGS.includes(key) === tunable)
      .map(([key, field]) => memberOf(key, field, '  '))
      .join('');
  const expected = `// Written by \`npm run docs:configuration\` from settings.ts.
import type { AlgorithmName } from './algorithm.ts';

/** Settings that can change at run time, all optional. */
export interface ConfigChanges {
${members(true)}}

/** Settings as a user writes them: all optional. Those of \`ConfigChanges\` can change at run time. */
export interface BalancerSettings extends ConfigChanges {
${members(false)}}
`;
  return { current: existsSync(TYPES) ? readFileSync(TYPES, 'utf8') : '', expected };
}

if (process.argv[1]?.endsWith('configuration.ts')) {
  writeFileSync(PAGE, configurationPage().expected);
  writeFileSync(TYPES, settingsTypes().expected);
}
