import { writeSync } from 'node:fs';
import { hostname } from 'node:os';
import process from 'node:process';
import { InvalidConfigError } from '../../domain/errors.ts';
import type { Logger } from '../../domain/ports.ts';
import { safeProperty } from '../../lib/unknown-error.ts';

/** As pino numbers them, so that what reads its lines reads these. */
const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60, silent: Number.POSITIVE_INFINITY };
type Level = keyof typeof LEVELS;

/** Writes a line at once, or throws. */
export type WriteLine = (line: string) => void;

const isLevel = (name: string): name is Level => Object.hasOwn(LEVELS, name);

/**
 * The default logger: lines of JSON in pino's form on standard error, from `warn` upwards. pino itself would take a tenth of a
 * second to load, for a logger that says nothing on a quiet day.
 * @param level default: the environment's `PLIMSOLL_LOG`, else `warn`.
 * @throws InvalidConfigError for a level that does not exist.
 */
export function stderrLogger(
  level: string = process.env.PLIMSOLL_LOG || 'warn',
  write: WriteLine = writeToStderr,
): Logger {
  if (!isLevel(level)) {
    const known = Object.keys(LEVELS).join(', ');
    throw new InvalidConfigError(
      `Invalid configuration: PLIMSOLL_LOG: expected one of ${known} (given: ${JSON.stringify(level)}). Correct the environment, or give a logger.`,
      { value: level },
    );
  }
  const base = { pid: process.pid, hostname: hostname(), name: 'plimsoll' };
  const at = (name: 'debug' | 'info' | 'warn' | 'error'): Logger['info'] => {
    if (LEVELS[name] < LEVELS[level]) return () => {};
    return (fields, message) => {
      try {
        write(`${toJson({ level: LEVELS[name], time: Date.now(), ...base, ...fields, msg: message })}\n`);
      } catch {
        // a closed pipe must not end what works
      }
    };
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function toJson(line: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify(line, plain);
  } catch {
    // a field that refers to itself, or whose getter throws: the rest is said all the same
    return JSON.stringify(Object.fromEntries(Object.entries(line).map(([key, value]) => [key, orMark(value)])));
  }
}

function orMark(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value, plain) ?? 'null');
  } catch {
    return '[cannot be written as JSON]';
  }
}

const plain = (_key: string, value: unknown): unknown =>
  value instanceof Error
    ? { type: safeProperty(value, 'name'), ...value, ...own(value) }
    : typeof value === 'bigint'
      ? String(value)
      : value;

/** What JSON leaves out of an error. */
const own = (error: Error): object => ({
  message: safeProperty(error, 'message'),
  stack: safeProperty(error, 'stack'),
  cause: safeProperty(error, 'cause'),
});

/** How long a line waits for a reader of standard error that does not keep up, ms. */
const PATIENCE_MS = 50;

function writeToStderr(line: string): void {
  const bytes = Buffer.from(line);
  let written = 0;
  let waited = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(2, bytes, written);
    } catch (error) {
      if (safeProperty(error, 'code') !== 'EAGAIN' || ++waited > PATIENCE_MS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
