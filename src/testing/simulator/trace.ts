import { InvalidConfigError } from '../../domain/errors.ts';
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

/** Reads the rows of a trace by its map of columns; they are put in order of time. */
export function traceOf(arrivals: TraceArrivals, read: (path: string) => string): Trace {
  const { file, columns } = arrivals;
  const raw = arrivals.rows ?? (file === undefined ? [] : parseRows(read(file), file));
  if (raw.length < 2) throw wrong('expected rows, or a file, with at least two requests', raw.length);
  const factor = arrivals.unit === 's' ? 1000 : 1;
  const timed = raw.map((row) => ({ row, at: timeOf(row[columns.time], factor) })).sort((a, b) => a.at - b.at);
  const rows = timed.map(({ row }) => row);
  const start = timed[0]!.at;
  const atMs = Float64Array.from(timed, ({ at }) => at - start);
  const span = atMs.at(-1)!;
  if (!(span > 0)) throw wrong(`the times of column "${columns.time}" are all the same`, span);
  const serviceMs = serviceOf(rows, columns.service, arrivals.serviceMeanMs);
  return {
    atMs,
    lengthMs: (span * rows.length) / (rows.length - 1),
    perSecond: (1000 * (rows.length - 1)) / span,
    serviceMs,
    meanServiceMs: serviceMs === undefined ? 0 : mean(serviceMs),
    types: columnOf(rows, columns.type),
    priorities: columnOf(rows, columns.priority),
  };
}

const wrong = (what: string, value: unknown): InvalidConfigError =>
  new InvalidConfigError(`Invalid trace: ${what}.`, { value });

function timeOf(value: unknown, factor: number): number {
  const number = typeof value === 'number' ? value : Number(value);
  const at = Number.isNaN(number) ? Date.parse(String(value)) : number * factor;
  if (Number.isNaN(at)) throw wrong('expected a number or a date as time', value);
  return at;
}

function columnOf(rows: readonly Row[], column: string | undefined): string[] | undefined {
  return column === undefined ? undefined : rows.map((row) => String(row[column]));
}

function serviceOf(
  rows: readonly Row[],
  column: TraceArrivals['columns']['service'],
  meanMs: number | undefined,
): Float64Array | undefined {
  if (column === undefined) return undefined;
  const weights = typeof column === 'string' ? { [column]: 1 } : column;
  const sums = Float64Array.from(rows, (row) =>
    Object.entries(weights).reduce((sum, [key, weight]) => sum + weight * Number(row[key]), 0),
  );
  const bad = sums.findIndex((value) => !(value >= 0));
  if (bad >= 0) throw wrong('expected service times of 0 or more', rows[bad]);
  if (meanMs === undefined) return sums;
  const by = meanMs / mean(sums);
  return sums.map((value) => value * by);
}

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
  const value: unknown = JSON.parse(line);
  if (typeof value !== 'object' || value === null) throw wrong('expected an object on each line', line);
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
  const body = Number.isNaN(numbers[0]) ? numbers.slice(1) : numbers;
  if (body.some(Number.isNaN)) throw wrong('expected one number on each line', lines.at(0));
  return body;
}
