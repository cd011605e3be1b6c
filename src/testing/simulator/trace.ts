import { InvalidConfigError } from '../../domain/errors.ts';
import { PRIORITIES } from '../../domain/priority.ts';
import { formatValue } from '../../domain/request.ts';
import type { Arrivals } from './scenario.ts';

type TraceArrivals = Extract<Arrivals, { process: 'trace' }>;
type Row = Readonly<Record<string, unknown>>;

/** A recorded stream of requests. Times in ms from its first request. */
export interface Trace {
  readonly atMs: Float64Array;
  /** From the first request to where the trace begins again: its length and one mean gap. */
  readonly lengthMs: number;
  readonly perSecond: number;
  readonly serviceMs: Float64Array | undefined;
  readonly meanServiceMs: number;
  readonly types: readonly string[] | undefined;
  readonly priorities: readonly string[] | undefined;
}

/**
 * Reads the rows of a trace by its map of columns; they are put in order of time.
 * @throws InvalidConfigError that names the column, or the row, and what was expected there.
 */
export function traceOf(arrivals: TraceArrivals, read: (path: string) => string): Trace {
  const { file, columns } = arrivals;
  const raw = arrivals.rows ?? (file === undefined ? [] : parseRows(read(file), file));
  if (raw.length < 2) throw wrong('expected rows, or a file, with at least two requests', raw.length);
  const { time, type, priority, service } = columns;
  for (const column of [time, type, priority, ...Object.keys(weightsOf(service))]) {
    if (column !== undefined) checkColumn(raw, column, file);
  }
  const factor = arrivals.unit === 's' ? 1000 : 1;
  const timed = raw.map((row, k) => ({ row, at: timeOf(row[time], factor, k) })).sort((a, b) => a.at - b.at);
  const rows = timed.map(({ row }) => row);
  const start = timed[0]!.at;
  const atMs = Float64Array.from(timed, ({ at }) => at - start);
  const span = atMs.at(-1)!;
  if (!(span > 0)) throw wrong(`the times of column "${columns.time}" are all the same: expected a span of time`, span);
  const serviceMs = serviceOf(rows, columns.service, arrivals.serviceMeanMs);
  return {
    atMs,
    lengthMs: (span * rows.length) / (rows.length - 1),
    perSecond: (1000 * (rows.length - 1)) / span,
    serviceMs,
    meanServiceMs: serviceMs === undefined ? 0 : mean(serviceMs),
    types: columnOf(rows, columns.type),
    priorities: prioritiesOf(rows, columns.priority),
  };
}

const wrong = (what: string, value: unknown): InvalidConfigError =>
  new InvalidConfigError(`Invalid trace: ${what}.`, { value });

/** Rows of JSON may lack what is optional, but a column that no row has is a misspelt one. */
function checkColumn(rows: readonly Row[], column: string, file: string | undefined): void {
  if (rows.some((row) => Object.hasOwn(row, column))) return;
  const there = [...new Set(rows.flatMap((row) => Object.keys(row)))].join(', ');
  const where = file === undefined ? 'its rows have' : `${file} has`;
  throw wrong(`no column is called "${column}": ${where} ${there}. Correct \`columns\``, column);
}

/** Numbers as cells of CSV are texts, and an empty one is none. */
const numberOf = (value: unknown): number =>
  typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;

function timeOf(value: unknown, factor: number, row: number): number {
  const number = numberOf(value);
  const at = Number.isNaN(number) ? Date.parse(String(value)) : number * factor;
  if (!Number.isFinite(at))
    throw wrong(`row ${row + 1}: expected a number or a date as time, not ${formatValue(value)}`, value);
  return at;
}

function prioritiesOf(rows: readonly Row[], column: string | undefined): string[] | undefined {
  const names = columnOf(rows, column)?.map((name) => name.trim().toUpperCase());
  const known: readonly string[] = PRIORITIES;
  const odd = names?.find((name) => name !== '' && !known.includes(name));
  if (odd === undefined) return names;
  throw wrong(
    `expected a priority in column "${column}", one of ${PRIORITIES.join(', ')}, not ${formatValue(odd)}`,
    odd,
  );
}

function columnOf(rows: readonly Row[], column: string | undefined): string[] | undefined {
  return column === undefined ? undefined : rows.map((row) => String(row[column] ?? ''));
}

function serviceOf(
  rows: readonly Row[],
  column: TraceArrivals['columns']['service'],
  meanMs: number | undefined,
): Float64Array | undefined {
  if (column === undefined) return undefined;
  const weights = Object.entries(weightsOf(column));
  const sums = Float64Array.from(rows, (row) =>
    weights.reduce((sum, [key, weight]) => sum + weight * numberOf(row[key]), 0),
  );
  const bad = sums.findIndex((value) => !(value >= 0 && value < Number.POSITIVE_INFINITY));
  if (bad >= 0) throw wrong(`expected service times of 0 or more, not as in ${formatValue(rows[bad])}`, rows[bad]);
  if (meanMs === undefined) return sums;
  const by = meanMs / mean(sums);
  return sums.map((value) => value * by);
}

/** A column by itself is a sum of one. */
const weightsOf = (column: TraceArrivals['columns']['service']): Readonly<Record<string, number>> =>
  typeof column === 'string' ? { [column]: 1 } : (column ?? {});

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Rows of a CSV file with a header line, or of JSON lines, by the file's name. */
export function parseRows(text: string, file: string): Row[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (/\.(jsonl|ndjson)$/i.test(file)) return lines.map(jsonRow);
  const [header = '', ...body] = lines;
  const names = splitCsv(header);
  return body.map((line) => {
    const cells = splitCsv(line);
    return Object.fromEntries(names.map((name, k) => [name, cells[k] ?? '']));
  });
}

function jsonRow(line: string): Row {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // said below
  }
  if (typeof value !== 'object' || value === null)
    throw wrong(`expected a JSON object on each line, not ${line}`, line);
  return Object.fromEntries(Object.entries(value));
}

/** Cells of one line; quotes may hold commas, and doubled quotes stand for one. */
function splitCsv(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain?.trim() ?? '',
  );
}

/** One number a line; a first line that is none is a heading. */
export function numbersOf(text: string): number[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const numbers = lines.map(Number);
  const first = Number.isNaN(numbers[0]) ? 1 : 0;
  const odd = numbers.findIndex((value, k) => k >= first && Number.isNaN(value));
  if (odd >= 0) throw wrong(`expected one number on each line, not ${formatValue(lines[odd])}`, lines[odd]);
  return numbers.slice(first);
}

/** Numbers of one column. @throws InvalidConfigError when there is none of that name, or something else in it. */
export function columnIn(rows: readonly Row[], column: string, file: string): number[] {
  checkColumn(rows, column, file);
  const numbers = rows.map((row) => numberOf(row[column]));
  const odd = numbers.findIndex(Number.isNaN);
  if (odd >= 0) throw wrong(`${file}, row ${odd + 1}: expected a number in "${column}"`, rows[odd]);
  return numbers;
}
