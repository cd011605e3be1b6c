import { type FileHandle, mkdir, open, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeRecord, encodeRecord, type StoredRecord } from './segment-record.ts';

/**
 * When data reaches the disk.
 * - `batch` (default): a write resolves after an fdatasync that covers it; writes that wait together share one. What
 *   resolved survives a power cut.
 * - `roll`: only when a segment is full and on close. What resolved survives a killed process, not a power cut.
 */
export type Fsync = 'batch' | 'roll';

export interface SegmentStoreOptions {
  readonly fsync?: Fsync;
  /** A segment that is longer is closed and the next begun; bytes, default 4 MiB. */
  readonly segmentBytes?: number;
}

/** What opening an existing store found. */
export interface Recovery {
  readonly records: number;
  /** Lines whose checksum does not hold, skipped. */
  readonly damaged: number;
  /** Bytes of a last line that a killed process left unfinished, cut off. */
  readonly tornBytes: number;
}

interface Place {
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
}

interface Pending {
  readonly record: StoredRecord;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

const NAME = /^segment-\d{6}\.jsonl$/;
const numberOf = (name: string): number => Number(name.slice(8, 14));
const fileName = (segment: number): string => `segment-${String(segment).padStart(6, '0')}.jsonl`;

/**
 * A key-value store of append-only files with an index in memory (the design of Bitcask: Sheehy and Smith, 2010). A read
 * is one read at a known place; a write is an append. One process at a time may have a directory open. Old values stay in
 * their segments: the store is made for runs of a bot, and compacting is left out.
 */
export class SegmentStore {
  readonly #directory: string;
  readonly #fsync: Fsync;
  readonly #segmentBytes: number;
  readonly #index = new Map<string, Place>();
  readonly #files = new Map<number, FileHandle>();
  readonly #queue: Pending[] = [];
  #flushing: Promise<void> | undefined;
  #closed = false;
  /** The last write failed and may have left some of its bytes behind. */
  #dirty = false;
  #segment = 0;
  #end = 0;

  private constructor(directory: string, options: SegmentStoreOptions) {
    this.#directory = directory;
    this.#fsync = options.fsync ?? 'batch';
    this.#segmentBytes = options.segmentBytes ?? 4 * 1024 * 1024;
  }

  /** Opens a directory, which is made if need be, and reads what it holds. Rejects when it cannot be read or written. */
  static async open(
    directory: string,
    options: SegmentStoreOptions = {},
  ): Promise<{ store: SegmentStore; recovery: Recovery }> {
    await mkdir(directory, { recursive: true });
    const store = new SegmentStore(directory, options);
    const recovery = await store.#recover();
    return { store, recovery };
  }

  /** Number of keys. */
  get size(): number {
    return this.#index.size;
  }

  /** Keys that begin with `prefix`, in no particular order. */
  keys(prefix = ''): string[] {
    return [...this.#index.keys()].filter((key) => key.startsWith(prefix));
  }

  /** The value of a key, or `undefined`. Rejects when the disk no longer holds what was written. */
  async get(key: string): Promise<unknown> {
    const place = this.#index.get(key);
    if (place === undefined) return undefined;
    const buffer = Buffer.alloc(place.length);
    await this.#fileOf(place.segment).read(buffer, 0, place.length, place.offset);
    const record = decodeRecord(buffer.toString());
    if (record === undefined) throw new Error(`${fileName(place.segment)}: damaged at byte ${place.offset}`);
    return record.value;
  }

  /** Sets a key; resolves when the value is as safe as the fsync policy says. Of two writes the later call wins. */
  put(key: string, value: unknown): Promise<void> {
    return this.#append({ key, value: value ?? null });
  }

  /** Forgets a key; as safe as `put`. */
  delete(key: string): Promise<void> {
    return this.#append({ key, value: undefined });
  }

  /** Waits for the writes that were called, syncs and closes. Later calls reject. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#flushing;
    await this.#files.get(this.#segment)?.datasync();
    await Promise.all(Array.from(this.#files.values(), (file) => file.close()));
    this.#files.clear();
  }

  #append(record: StoredRecord): Promise<void> {
    if (this.#closed) return Promise.reject(new Error('the store is closed'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ record, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** One batch after the other; what arrives while one is written makes the next (group commit). */
  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0);
      try {
        await this.#write(batch.map((pending) => pending.record));
        for (const pending of batch) pending.resolve();
      } catch (reason) {
        for (const pending of batch) pending.reject(reason);
      }
    }
    // In the same step as the last look at the queue: a write that came between the two would wait for ever.
    this.#flushing = undefined;
  }

  async #write(records: readonly StoredRecord[]): Promise<void> {
    if (this.#end >= this.#segmentBytes) await this.#roll();
    const lines = records.map(encodeRecord);
    const file = this.#fileOf(this.#segment);
    // A refused write must not come back at the next opening, newer in the file than what was written after it.
    if (this.#dirty) await file.truncate(this.#end);
    this.#dirty = true;
    await writeFully(file, Buffer.concat(lines), this.#end);
    if (this.#fsync === 'batch') await file.datasync();
    this.#dirty = false;
    lines.forEach((line, i) => {
      const key = records[i]!.key;
      if (records[i]!.value === undefined) this.#index.delete(key);
      else this.#index.set(key, { segment: this.#segment, offset: this.#end, length: line.length - 1 });
      this.#end += line.length;
    });
  }

  async #roll(): Promise<void> {
    await this.#fileOf(this.#segment).datasync();
    this.#files.set(this.#segment + 1, await open(join(this.#directory, fileName(this.#segment + 1)), 'wx+'));
    this.#segment++;
    this.#end = 0;
  }

  #fileOf(segment: number): FileHandle {
    const file = this.#files.get(segment);
    if (file === undefined) throw new Error('the store is closed');
    return file;
  }

  async #recover(): Promise<Recovery> {
    const segments = (await readdir(this.#directory))
      .filter((name) => NAME.test(name))
      .map(numberOf)
      .sort((a, b) => a - b);
    let records = 0;
    let damaged = 0;
    let tornBytes = 0;
    for (const segment of segments) {
      const path = join(this.#directory, fileName(segment));
      const bytes = await readFile(path);
      const end = bytes.lastIndexOf(10) + 1;
      for (let offset = 0; offset < end; ) {
        const next = bytes.indexOf(10, offset) + 1;
        const record = decodeRecord(bytes.toString('utf8', offset, next - 1));
        if (record === undefined) damaged++;
        else {
          records++;
          if (record.value === undefined) this.#index.delete(record.key);
          else this.#index.set(record.key, { segment, offset, length: next - 1 - offset });
        }
        offset = next;
      }
      tornBytes += bytes.length - end;
      if (bytes.length > end) await truncate(path, end);
      this.#files.set(segment, await open(path, 'r+'));
      this.#segment = segment;
      this.#end = end;
    }
    if (segments.length === 0) this.#files.set(0, await open(join(this.#directory, fileName(0)), 'wx+'));
    return { records, damaged, tornBytes };
  }
}

/** One call may write less than it was given (a nearly full disk, a signal). */
const writeFully = async (file: FileHandle, bytes: Buffer, position: number): Promise<void> => {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
};

/** Removes a store's directory with all it holds; for stores that live as long as a run. */
export const removeStore = (directory: string): Promise<void> => rm(directory, { recursive: true, force: true });
