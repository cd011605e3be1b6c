import { type FileHandle, open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { parseTick, type Tick, TickError, type TickFault } from '../work/tick.ts';
import type { MarketEvent } from './generator.ts';

/** The file cannot be used at all. The message is for the person who gave its name; the process should exit with 2. */
export class TicksFileError extends Error {
  override readonly name = 'TicksFileError';
  readonly exitCode = 2;
}

export interface TicksFileReport {
  /** Lines read, without blank ones and comments (`#`). */
  readonly lines: number;
  readonly ticks: number;
  /** Lines that are no ticks: counted, left out. */
  readonly bad: number;
  readonly badByFault: Readonly<Partial<Record<TickFault, number>>>;
  /** The first few bad lines, to find them by. */
  readonly firstBad: readonly { readonly line: number; readonly fault: TickFault; readonly message: string }[];
  /** Why reading ended before the end of the file, if it did. */
  readonly broken: string | undefined;
}

export interface TicksFile {
  /** The ticks as events, once; reads as it goes, so a file of any length will do. */
  events(): AsyncGenerator<MarketEvent, void, void>;
  /** What was read so far. */
  report(): TicksFileReport;
}

/** A pause in a recording is shortened to this; milliseconds. Nights and weekends are of no interest. */
export const LONGEST_GAP_MS = 1000;
const FIRST_BAD = 5;

/**
 * Opens a recording: one tick a line, as JSON or raw (see `parseTick`), in the order in which they came; their stamps
 * (`at`) give the pace. Rejects with {@link TicksFileError} when there is no such file or it cannot be read.
 */
export const openTicksFile = async (path: string): Promise<TicksFile> => {
  const handle = await openToRead(path);
  const badByFault: Partial<Record<TickFault, number>> = {};
  const firstBad: { line: number; fault: TickFault; message: string }[] = [];
  let lines = 0;
  let ticks = 0;
  let bad = 0;
  let broken: string | undefined;

  const read = (text: string, line: number): Tick | undefined => {
    lines++;
    try {
      const tick = parseTick(text);
      ticks++;
      return tick;
    } catch (error) {
      if (!(error instanceof TickError)) throw error;
      bad++;
      badByFault[error.fault] = (badByFault[error.fault] ?? 0) + 1;
      if (firstBad.length < FIRST_BAD) firstBad.push({ line, fault: error.fault, message: error.message });
      return undefined;
    }
  };

  async function* events(): AsyncGenerator<MarketEvent, void, void> {
    const input = handle.createReadStream({ encoding: 'utf8' });
    const reader = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
    // readline does not pass on its input's errors: without this a failing disk would end the process.
    input.on('error', (error) => {
      broken = error.message;
      reader.close();
    });
    let line = 0;
    let atMs = 0;
    let stamp: number | undefined;
    try {
      for await (const text of reader) {
        line++;
        if (text.trim() === '' || text.startsWith('#')) continue;
        const tick = read(text, line);
        if (tick === undefined) continue;
        atMs += Math.min(LONGEST_GAP_MS, Math.max(0, tick.at - (stamp ?? tick.at)));
        stamp = tick.at;
        yield { atMs, kind: 'tick', payload: tick };
      }
    } finally {
      reader.close();
      input.destroy();
    }
  }

  const report = (): TicksFileReport => ({
    lines,
    ticks,
    bad,
    badByFault: { ...badByFault },
    firstBad: [...firstBad],
    broken,
  });
  return { events, report };
};

const openToRead = async (path: string): Promise<FileHandle> => {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    throw new TicksFileError(`--ticks ${path}: ${reasonOf(error)}`, { cause: error });
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new TicksFileError(`--ticks ${path}: not a file`);
};

const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'it may not be read';
  return error instanceof Error ? error.message : String(error);
};
