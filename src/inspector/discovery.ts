import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { pid } from 'node:process';

/** An inspector that runs on this machine, of this user. */
export interface DiscoveredInspector {
  readonly pid: number;
  readonly url: string;
}

const folder = (): string => join(tmpdir(), `plimsoll-${userInfo().uid}`);

/** A folder that only this user can look into. @throws Error when it is somebody else's. */
export function privateFolder(): string {
  mkdirSync(folder(), { recursive: true, mode: 0o700 });
  // the folder's name can be guessed, and another user may have been here first
  checkPrivate(folder(), 'folder');
  return folder();
}

/** @throws Error for what is not ours alone: who can write there could lead us, and the token, wherever they like. */
function checkPrivate(path: string, kind: 'folder' | 'file'): void {
  const stats = lstatSync(path);
  if (!(kind === 'folder' ? stats.isDirectory() : stats.isFile())) throw new Error(`${path} is no ${kind}`);
  const mine = userInfo().uid;
  // Windows knows neither
  if (mine < 0) return;
  if (stats.uid !== mine) throw new Error(`${path} belongs to another user`);
  if ((stats.mode & 0o077) !== 0) throw new Error(`${path} can be read by others`);
}

/** Leaves the address where only this user can read it. @returns takes it back. */
export function publishAddress(url: string): () => void {
  const file = join(privateFolder(), `inspector-${pid}.json`);
  writeFileSync(file, JSON.stringify({ pid, url }), { mode: 0o600 });
  return () => rmSync(file, { force: true });
}

/**
 * Inspectors that this user has announced and whose process still lives, the youngest process last.
 * @throws Error when the folder for them is somebody else's, or open to others.
 */
export function announced(): DiscoveredInspector[] {
  let names: string[];
  try {
    names = readdirSync(folder());
  } catch {
    return [];
  }
  checkPrivate(folder(), 'folder');
  return names
    .flatMap((name) => read(join(folder(), name)))
    .filter((one) => lives(one.pid))
    .sort((a, b) => a.pid - b.pid);
}

function read(file: string): DiscoveredInspector[] {
  try {
    checkPrivate(file, 'file');
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('url' in value)) return [];
    return typeof value.pid === 'number' && typeof value.url === 'string' ? [{ pid: value.pid, url: value.url }] : [];
  } catch {
    return [];
  }
}

function lives(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}
