import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { fileStore, MAX_STATE_BYTES } from '../../../src/adapters/stores/file-store.ts';
import type { SavedState } from '../../../src/domain/ports.ts';

// A disk that is full or read-only where a test says so (permissions would not stop a test that runs as root); everything else is the real file system.
const disk = vi.hoisted(() => ({ full: false, readOnly: false, foldersCannotSync: false }));
vi.mock('node:fs/promises', async (load) => {
  const fs = await load<typeof import('node:fs/promises')>();
  return {
    ...fs,
    open: async (path: string, flags: string) => {
      if (disk.foldersCannotSync && flags === 'r') throw Object.assign(new Error('EISDIR'), { code: 'EISDIR' });
      if (disk.readOnly && flags === 'wx')
        throw Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
      const file = await fs.open(path, flags);
      if (disk.full && flags === 'wx')
        file.writeFile = () => Promise.reject(Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }));
      return file;
    },
  };
});

const state = (weight: number): SavedState => ({
  version: 1,
  savedAt: 5,
  weights: { a: { weight, configured: 1 } },
  algorithmPerformance: {},
  strategyByPriority: {},
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'plimsoll-store-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

describe('a file store', () => {
  it('gives back what it saved, and nothing before that', async () => {
    const path = join(await folder(), 'deep', 'er', 'state.json');
    const store = fileStore(path);
    expect(await store.load()).toBeUndefined();
    await store.save(state(2));
    expect(await fileStore(path).load()).toEqual(state(2));
    expect(await readFile(path, 'utf8')).toMatch(/\}\n$/);
  });

  it('is empty, not broken, where a folder of its path is a file', async () => {
    const inTheWay = join(await folder(), 'file');
    await writeFile(inTheWay, '');
    const store = fileStore(join(inTheWay, 'state.json'));
    expect(await store.load()).toBeUndefined();
    await expect(store.save(state(1))).rejects.toMatchObject({ code: expect.stringMatching(/EEXIST|ENOTDIR/) });
  });

  it('tells of a path that it cannot read', async () => {
    await expect(fileStore(await folder()).load()).rejects.toMatchObject({ code: 'EISDIR' });
  });

  it('hands over what is no JSON as it is, and moves it aside when told', async () => {
    const path = join(await folder(), 'state.json');
    await writeFile(path, '{"version": 1, "weig');
    const store = fileStore(path);
    expect(await store.load()).toBe('{"version": 1, "weig');
    const aside = await store.quarantine!('half a file');
    expect(aside).toMatch(/state\.json\.corrupt-\d{4}-\d\d-\d\dT[\d-]+\.\d+Z$/);
    expect(await readFile(aside!, 'utf8')).toBe('{"version": 1, "weig');
    expect(await store.load()).toBeUndefined();
  });

  it('moves aside nothing but what it has read', async () => {
    const path = join(await folder(), 'state.json');
    const store = fileStore(path);
    await writeFile(path, 'never read');
    expect(await store.quarantine!('?')).toBeUndefined();
    await store.load();
    // somebody else has put a whole one in its place meanwhile
    await fileStore(path).save(state(3));
    expect(await store.quarantine!('?')).toBeUndefined();
    expect(await store.load()).toEqual(state(3));
    // a load that failed has read nothing
    await truncate(path, MAX_STATE_BYTES + 1);
    await expect(store.load()).rejects.toMatchObject({ code: 'ERR_STATE_TOO_LARGE' });
    expect(await store.quarantine!('?')).toBeUndefined();
  });

  it('does not read a FIFO, a socket or a device, also behind a link, and leaves them alone', async () => {
    const place = await folder();
    const fifo = join(place, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const socket = join(place, 'socket');
    const server = createServer().listen(socket);
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const link = join(place, 'link');
    await symlink(fifo, link);
    for (const path of [fifo, socket, link, '/dev/zero']) {
      const store = fileStore(path);
      await expect(store.load()).rejects.toMatchObject({
        code: 'ERR_STATE_NOT_A_FILE',
        message: expect.stringContaining(path),
      });
      expect(await store.quarantine!('?')).toBeUndefined();
    }
  });

  it('reads a file of the largest size, and none above', async () => {
    const path = join(await folder(), 'state.json');
    await writeFile(path, `{"padding":"${'x'.repeat(MAX_STATE_BYTES - 14)}"}`);
    const store = fileStore(path);
    expect(await store.load()).toMatchObject({ padding: expect.any(String) });
    await writeFile(path, `{"padding":"${'x'.repeat(MAX_STATE_BYTES - 13)}"}`);
    await expect(store.load()).rejects.toMatchObject({ code: 'ERR_STATE_TOO_LARGE' });
  });

  it('saves nothing that it would not read again', async () => {
    const path = join(await folder(), 'state.json');
    const store = fileStore(path);
    await store.save(state(1));
    const huge = { ...state(2), strategyByPriority: { LOW: 'x'.repeat(MAX_STATE_BYTES) } };
    await expect(store.save(huge)).rejects.toMatchObject({ code: 'ERR_STATE_TOO_LARGE' });
    expect(await store.load()).toEqual(state(1));
  });

  it('leaves the old state and no litter when the disk is full, and saves again once there is room', async () => {
    const place = await folder();
    const store = fileStore(join(place, 'state.json'));
    await store.save(state(1));
    disk.full = true;
    onTestFinished(() => {
      disk.full = false;
    });
    await expect(store.save(state(2))).rejects.toMatchObject({ code: 'ENOSPC' });
    await store.close!();
    expect(await store.load()).toEqual(state(1));
    expect(await readdir(place)).toEqual(['state.json']);
    disk.full = false;
    await store.save(state(3));
    expect(await store.load()).toEqual(state(3));
  });

  it('reads on in a read-only folder, and says why it cannot save', async () => {
    const store = fileStore(join(await folder(), 'state.json'));
    await store.save(state(1));
    disk.readOnly = true;
    onTestFinished(() => {
      disk.readOnly = false;
    });
    await expect(store.save(state(2))).rejects.toMatchObject({ code: 'EROFS' });
    expect(await store.load()).toEqual(state(1));
  });

  it('saves also where a folder cannot be synced', async () => {
    const store = fileStore(join(await folder(), 'state.json'));
    disk.foldersCannotSync = true;
    onTestFinished(() => {
      disk.foldersCannotSync = false;
    });
    await store.save(state(4));
    expect(await store.load()).toEqual(state(4));
  });

  it('is whole at any moment, with two writers on one path', async () => {
    const place = await folder();
    const path = join(place, 'state.json');
    const [one, two] = [fileStore(path), fileStore(path)];
    const saves: Promise<void>[] = [];
    for (let k = 0; k < 20; k++) saves.push(one.save(state(1 + k)), two.save(state(101 + k)));
    const seen: unknown[] = [];
    let saving = true;
    void Promise.all(saves).then(() => (saving = false));
    while (saving) seen.push(await one.load());
    await Promise.all([...saves, one.close!(), two.close!()]);
    const last = await two.load();
    for (const found of [...seen, last])
      if (found !== undefined) expect(found).toMatchObject({ version: 1, weights: { a: { configured: 1 } } });
    // each writer's saves are in order: the last state is the last of one of them
    expect([state(20), state(120)]).toContainEqual(last);
    expect(await readdir(place)).toEqual(['state.json']);
  });
});
