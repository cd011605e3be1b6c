import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SavedState, StateStore } from '../../domain/ports.ts';

/**
 * State in one JSON file, written atomically: a temporary file beside it, fsync, rename, fsync of the folder. Readers
 * see the old state or the new one, never half of either; two balancers on one path overwrite each other whole, the last
 * one wins. Saves of one store run one after the other.
 */
export function fileStore(path: string): StateStore {
  let last: Promise<void> = Promise.resolve();
  return {
    async load() {
      let text: string;
      try {
        text = await readFile(path, 'utf8');
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
      try {
        return JSON.parse(text);
      } catch {
        // not JSON: let the balancer find that it does not fit, and quarantine it
        return text;
      }
    },

    save(state) {
      last = last.catch(() => {}).then(() => write(path, state));
      return last;
    },

    async quarantine() {
      const aside = `${path}.corrupt-${new Date().toISOString().replaceAll(':', '-')}`;
      await rename(path, aside);
      return aside;
    },

    async close() {
      await last.catch(() => {});
    },
  };
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

async function write(path: string, state: SavedState): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const temporary = `${path}.${process.pid}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(`${JSON.stringify(state, null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
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
