import { appendFile, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemorySystem } from '../../../../docs/examples/mayarbi-bot/work/memory-system.ts';
import { decodeRecord, encodeRecord } from '../../../../docs/examples/mayarbi-bot/work/segment-record.ts';
import {
  removeStore,
  SegmentStore,
  type SegmentStoreOptions,
} from '../../../../docs/examples/mayarbi-bot/work/segment-store.ts';
import { BadPayloadError } from '../../../../docs/examples/mayarbi-bot/work/work.ts';
import { aborted, live } from './signals.ts';

let directory: string;
const opened: SegmentStore[] = [];
const open = async (options?: SegmentStoreOptions) => {
  const result = await SegmentStore.open(directory, options);
  opened.push(result.store);
  return result;
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mayarbi-store-'));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  await removeStore(directory);
});

describe('segment records', () => {
  it.each([
    { key: 'a', value: { price: 1.5, levels: [1, null, 'ü\n'] } },
    { key: 'gone', value: undefined },
    { key: 'zero', value: 0 },
  ])('come back as they were: %j', (record) => {
    const line = encodeRecord(record).toString();
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(decodeRecord(line.slice(0, -1))).toEqual(record);
  });

  it('are refused when a character differs, or the line is no record', () => {
    const line = encodeRecord({ key: 'a', value: 1 }).toString().slice(0, -1);
    expect(decodeRecord(line.replace('1]', '2]'))).toBeUndefined();
    expect(decodeRecord(line.slice(0, -1))).toBeUndefined();
    expect(decodeRecord('')).toBeUndefined();
    expect(decodeRecord('not a record')).toBeUndefined();
  });
});

describe.each(['batch', 'roll'] as const)('segment store, fsync %s', (fsync) => {
  it('reads what it wrote, the last of several, and not what it deleted', async () => {
    const { store } = await open({ fsync });
    await Promise.all([store.put('a', 1), store.put('b', { x: 'y' }), store.put('a', 2), store.put('c', null)]);
    await store.delete('b');
    expect(await store.get('a')).toBe(2);
    expect(await store.get('b')).toBeUndefined();
    expect(await store.get('c')).toBeNull();
    expect(await store.get('never')).toBeUndefined();
    expect(store.keys('').sort()).toEqual(['a', 'c']);
    expect(store.size).toBe(2);
  });

  it('survives being closed and opened, over several segments', async () => {
    const { store } = await open({ fsync, segmentBytes: 200 });
    for (let i = 0; i < 50; i++) await store.put(`key ${i % 20}`, i);
    await store.delete('key 3');
    await store.close();
    expect((await readdir(directory)).length).toBeGreaterThan(5);
    const { store: again, recovery } = await open({ fsync, segmentBytes: 200 });
    expect(recovery).toEqual({ records: 51, damaged: 0, tornBytes: 0 });
    expect(again.size).toBe(19);
    expect(await again.get('key 9')).toBe(49);
    expect(await again.get('key 10')).toBe(30);
    expect(await again.get('key 3')).toBeUndefined();
    await again.put('key 3', 'back');
    expect(await again.get('key 3')).toBe('back');
  });
});

describe('segment store', () => {
  it('survives a process that was killed: without close, and with half a line', async () => {
    const { store } = await open();
    await store.put('a', 1);
    await appendFile(join(directory, 'segment-000000.jsonl'), encodeRecord({ key: 'b', value: 2 }).subarray(0, 12));
    const { store: again, recovery } = await open();
    expect(recovery).toEqual({ records: 1, damaged: 0, tornBytes: 12 });
    await again.put('c', 3);
    const { store: third, recovery: clean } = await open();
    expect(clean).toEqual({ records: 2, damaged: 0, tornBytes: 0 });
    expect([await third.get('a'), await third.get('b'), await third.get('c')]).toEqual([1, undefined, 3]);
  });

  it('skips and counts a damaged line', async () => {
    const { store } = await open();
    await Promise.all([store.put('a', 1), store.put('b', 2), store.put('c', 3)]);
    await store.close();
    const file = join(directory, 'segment-000000.jsonl');
    await writeFile(file, (await readFile(file, 'utf8')).replace('"b"', '"x"'));
    const { store: again, recovery } = await open();
    expect(recovery).toEqual({ records: 2, damaged: 1, tornBytes: 0 });
    expect(again.keys().sort()).toEqual(['a', 'c']);
  });

  it('says so when what it wrote is no longer there', async () => {
    const { store } = await open();
    await store.put('a', 1);
    await writeFile(join(directory, 'segment-000000.jsonl'), '');
    await expect(store.get('a')).rejects.toThrow('damaged');
  });

  it('ignores other files, and fails to open what is no directory', async () => {
    await writeFile(join(directory, 'notes.txt'), 'segment-000001.jsonl');
    const { recovery } = await open();
    expect(recovery.records).toBe(0);
    await expect(SegmentStore.open(join(directory, 'notes.txt'))).rejects.toThrow();
  });

  it('refuses a value that cannot be written, and goes on', async () => {
    const { store } = await open();
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    await expect(store.put('a', circular)).rejects.toThrow('circular');
    await store.put('b', 2);
    expect(await store.get('b')).toBe(2);
  });

  it('finishes what was asked before it closes, and refuses what comes after', async () => {
    const { store } = await open();
    const writes = Array.from({ length: 100 }, (_, i) => store.put(`key ${i}`, i));
    await Promise.all([store.close(), ...writes]);
    await expect(store.put('late', 1)).rejects.toThrow('closed');
    await expect(store.get('key 1')).rejects.toThrow('closed');
    expect((await open()).recovery.records).toBe(100);
  });
});

describe('memory system', () => {
  it('puts, gets, deletes and lists', async () => {
    const work = createMemorySystem((await open()).store);
    expect(await work({ op: 'put', key: 'quote/a', value: { bid: 1 } }, live)).toEqual({ op: 'put', key: 'quote/a' });
    await work({ op: 'put', key: 'trade/b', value: 2 }, live);
    expect(await work({ op: 'get', key: 'quote/a' }, live)).toEqual({ op: 'get', key: 'quote/a', value: { bid: 1 } });
    expect(await work({ op: 'keys', prefix: 'trade/' }, live)).toEqual({ op: 'keys', keys: ['trade/b'] });
    expect(await work({ op: 'delete', key: 'trade/b' }, live)).toEqual({ op: 'delete', key: 'trade/b' });
    expect(await work({ op: 'keys', prefix: '' }, live)).toEqual({ op: 'keys', keys: ['quote/a'] });
  });

  it.each([
    ['nothing', undefined],
    ['an unknown operation', { op: 'drop', key: 'a' }],
    ['no key', { op: 'get', key: '' }],
    ['a value that is no JSON', { op: 'put', key: 'a', value: () => 1 }],
  ])('blames the caller for %s', async (_name, payload) => {
    const work = createMemorySystem((await open()).store);
    await expect(work(payload, live)).rejects.toThrow(BadPayloadError);
  });

  it('begins nothing once nobody waits', async () => {
    const { store } = await open();
    await expect(createMemorySystem(store)({ op: 'put', key: 'a', value: 1 }, aborted)).rejects.toThrow('nobody waits');
    expect(store.size).toBe(0);
  });
});
