import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import process from 'node:process';
import type { SavedState, StateStore } from '../../domain/ports.ts';
import { FileClaim } from './file-claim.ts';

/** A state file may hold this many bytes: that of 100,000 components has about 10 MB. */
export const MAX_STATE_BYTES = 16 * 1024 * 1024;

/**
 * State in one JSON file of at most 16 MiB, written atomically: a temporary file beside it, fsync, rename, fsync of the folder. Readers
 * see the old state or the new one, never half of either; two balancers on one path overwrite each other whole, the last
 * one wins, and it is said (`sharedWith`). Saves of one store run one after the other. What is no regular file, or a larger one, is not read: `load` rejects, and
 * leaves it alone. Only what has been read is ever moved aside.
 */
export function fileStore(path: string): StateStore {
  let last: Promise<void> = Promise.resolve();
  let lastRead: Stats | undefined;
  const place = resolve(path);
  const claim = new FileClaim(place);
  /** How the file was left or found by us; null: there was none; undefined: not known. */
  let left: Stats | null | undefined;
  let shared: string | undefined;
  return {
    place,

    async load() {
      lastRead = undefined;
      left = undefined;
      const holder = await claim.take();
      if (holder !== undefined)
        shared = holder === process.pid ? 'another balancer of this process' : `a balancer of process ${holder}`;
      let found: Found;
      try {
        found = await read(path);
      } catch (error) {
        if (!isMissing(error)) throw error;
        left = null;
        return undefined;
      }
      lastRead = found.stats;
      left = found.stats;
      try {
        return JSON.parse(found.text);
      } catch {
        // not JSON: let the balancer find that it does not fit, and quarantine it
        return found.text;
      }
    },

    save(state) {
      const save = async (): Promise<void> => {
        await write(path, state, async () => {
          const now = await statOf(path);
          if (left !== undefined && now !== undefined && !isSameOrNone(left, now))
            shared ??= 'somebody who has changed the file since';
          left = undefined;
        });
        left = await statOf(path);
      };
      last = last.catch(() => {}).then(save);
      return last;
    },

    async quarantine() {
      if (lastRead === undefined || !isSame(lastRead, await stat(path))) return undefined;
      const aside = `${path}.corrupt-${new Date().toISOString().replaceAll(':', '-')}`;
      await rename(path, aside);
      left = null;
      return aside;
    },

    async sharedWith() {
      const by = shared;
      shared = undefined;
      return by;
    },

    async close() {
      await last.catch(() => {});
      claim.giveBack();
    },
  };
}

interface Found {
  readonly text: string;
  readonly stats: Stats;
}

/** Reads a file after a look at what it is. Opened without blocking: the name may have become a FIFO since. */
async function read(path: string): Promise<Found> {
  checkKind(path, await stat(path));
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = await file.stat();
    checkKind(path, stats);
    return { text: await readBytes(file, stats.size), stats };
  } finally {
    await file.close();
  }
}

function checkKind(path: string, stats: Stats): void {
  if (stats.isDirectory()) throw refusal('EISDIR', `${path} is a folder`);
  if (!stats.isFile()) throw refusal('ERR_STATE_NOT_A_FILE', `${path} is no regular file`);
  if (stats.size > MAX_STATE_BYTES) throw refusal('ERR_STATE_TOO_LARGE', `${path} has ${stats.size} bytes`);
}

const refusal = (code: string, what: string): Error =>
  Object.assign(
    new Error(
      `${code}: ${what}; a state file is a regular file of at most ${MAX_STATE_BYTES} bytes. It was left alone.`,
    ),
    { code },
  );

/** No more than the file had when it was looked at, however fast it grows. */
async function readBytes(file: FileHandle, size: number): Promise<string> {
  const bytes = Buffer.alloc(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await file.read(bytes, filled, size - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.toString('utf8', 0, filled);
}

const isSame = (a: Stats, b: Stats): boolean =>
  a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs;

const isSameOrNone = (a: Stats | null, b: Stats | null): boolean => (a === null || b === null ? a === b : isSame(a, b));

/** null: there is none; undefined: it cannot be told. */
async function statOf(path: string): Promise<Stats | null | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    return isMissing(error) ? null : undefined;
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

/** @param beforeRename the last look at what is there. */
async function write(path: string, state: SavedState, beforeRename: () => Promise<void>): Promise<void> {
  const text = `${JSON.stringify(state, null, 2)}\n`;
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_STATE_BYTES) throw refusal('ERR_STATE_TOO_LARGE', `the state to save has ${bytes} bytes`);
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const temporary = `${path}.${process.pid}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await beforeRename();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** Makes the rename itself durable; some file systems cannot sync a folder, and need not. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // the file itself is safe
  }
}
