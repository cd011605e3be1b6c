import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { lstat, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** Who has claimed a file. */
interface Claim {
  readonly pid: number;
  /** When the process began, as its system tells it: a later process may have the same pid. */
  readonly began: string;
  readonly id: string;
}

/** Claims of this process, which go when it ends. */
const own = new Set<string>();

/**
 * Says that a file is used by this process, where other processes of this user on this machine can see it: in the system's folder
 * for temporary files, so that nothing appears beside the file. It only tells; it keeps nobody out.
 */
export class FileClaim {
  private readonly path: string;
  private readonly id = randomUUID();
  private file: string | undefined = undefined;

  /** @param path absolute. */
  constructor(path: string) {
    this.path = path;
  }

  /** @returns the process that has claimed the file before and still runs; undefined: it is ours, or cannot be known. */
  async take(): Promise<number | undefined> {
    try {
      this.file ??= join(await privateFolder(), `${createHash('sha256').update(this.path).digest('hex').slice(0, 32)}`);
      const mine: Claim = { pid: process.pid, began: began(process.pid), id: this.id };
      try {
        await writeFile(this.file, JSON.stringify(mine), { flag: 'wx', mode: 0o600 });
      } catch {
        const other = await readClaim(this.file);
        if (other !== undefined && other.id !== this.id && lives(other)) return other.pid;
        const fresh = `${this.file}.${this.id}`;
        await writeFile(fresh, JSON.stringify(mine), { mode: 0o600 });
        await rename(fresh, this.file);
      }
      if (own.size === 0) process.once('exit', removeAll);
      own.add(this.file);
    } catch {
      // where nothing can be written, nothing is known
    }
    return undefined;
  }

  /** At once, not in some turns of the event loop: whoever begins right behind the one that has stopped must not see it. */
  giveBack(): void {
    if (this.file === undefined || !own.has(this.file)) return;
    try {
      if (claimIn(readFileSync(this.file, 'utf8'))?.id !== this.id) return;
      own.delete(this.file);
      rmSync(this.file, { force: true });
    } catch {
      // it is gone
    }
  }
}

function removeAll(): void {
  for (const file of own) rmSync(file, { force: true });
}

async function privateFolder(): Promise<string> {
  const { uid } = userInfo();
  const folder = join(tmpdir(), `plimsoll-${uid}`, 'state');
  for (const path of [join(folder, '..'), folder]) {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const stats = await lstat(path);
    // its name can be guessed, and another user may have been here first
    if (!stats.isDirectory() || (uid >= 0 && stats.uid !== uid)) throw new Error(`${path} is not ours`);
  }
  return folder;
}

async function readClaim(file: string): Promise<Claim | undefined> {
  try {
    return claimIn(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @throws SyntaxError where it is no JSON. */
function claimIn(text: string): Claim | undefined {
  const claim: unknown = JSON.parse(text);
  return isClaim(claim) ? claim : undefined;
}

const isClaim = (value: unknown): value is Claim =>
  typeof value === 'object' &&
  value !== null &&
  ['pid', 'began', 'id'].every((key) => Object.hasOwn(value, key)) &&
  Number.isSafeInteger(Reflect.get(value, 'pid')) &&
  Reflect.get(value, 'pid') > 0;

function lives({ pid, began: then }: Claim): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // somebody else's process may not be asked, but it is there
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  return began(pid) === then;
}

/** Ticks from the machine's start to the process's; the same for all where the system has no such file. */
function began(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // the name of the program, in parentheses, may hold anything
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
