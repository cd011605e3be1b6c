import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { fileStore, LoadBalancer } from '../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-sharing-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A process with a balancer that has started; `end` lets it stop, and gives all that it said. */
function keep(path: string, ...args: string[]): Promise<{ readonly said: string; end(): Promise<string> }> {
  const script = fileURLToPath(new URL('scripts/keeping-state.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', script, path, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let said = '';
  const closed = new Promise<string>((resolve) => child.on('close', () => resolve(said)));
  return new Promise((resolve) => {
    child.stdout?.on('data', (data) => {
      said += String(data);
      if (said.includes('started'))
        resolve({
          said,
          end() {
            child.stdin?.end();
            return closed;
          },
        });
    });
  });
}

function listening(path: string) {
  const heard: string[] = [];
  const codes: string[] = [];
  const logged: string[] = [];
  const balancer = new LoadBalancer({
    components: [{ id: 'a', maxConcurrentTasks: 1, handler: () => {} }],
    statePath: path,
    logger: {
      debug() {},
      info: (_, message = '') => logged.push(message),
      warn() {},
      error() {},
    },
  });
  balancer.on('alert.raised', ({ kind, message }) => heard.push(`${kind}: ${message}`));
  balancer.on('error.reported', ({ code }) => codes.push(code));
  return { balancer, heard, codes, logged };
}

/** Until something holds; what is waited for is on a disk. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

describe('a file for the saved state', { timeout: 60_000 }, () => {
  it('is named once at the start, and is nobody else’s business', async () => {
    const path = join(folder, 'alone', 'state.json');
    const { balancer, heard, logged } = listening(path);
    await balancer.start();
    await balancer.stop();
    expect(heard).toEqual([]);
    expect(logged.filter((line) => line.includes(path))).toEqual([
      `plimsoll: what is learned is kept in ${path}; statePath: null turns it off`,
    ]);
    expect(readdirSync(join(folder, 'alone'))).toEqual(['state.json']);
    // the place is free again
    const next = listening(path);
    await next.balancer.start();
    await next.balancer.stop();
    expect(next.heard).toEqual([]);
  });

  it('that another balancer of the process uses is told of at the start, and once', async () => {
    const path = join(folder, 'twice.json');
    const first = listening(path);
    const second = listening(join(folder, '.', 'twice.json'));
    await first.balancer.start();
    await second.balancer.start();
    await until(() => second.heard.length > 0);
    expect(first.heard).toEqual([]);
    expect(second.heard).toEqual([
      `stateShared: The saved state in ${path} is also used by another balancer of this process: whoever saves last wins. Give each balancer a statePath of its own.`,
    ]);
    expect(second.codes).toEqual(['STATE_SHARED']);
    await Promise.all([first.balancer.stop(), second.balancer.stop()]);
  });

  it('that another process uses is told of while that runs, and not after it', async () => {
    const path = join(folder, 'processes.json');
    const first = await keep(path);
    const second = await keep(path);
    expect(first.said).toBe('started\n');
    expect(second.said).toMatch(/^stateShared: .* is also used by a balancer of process \d+: /);
    await Promise.all([second.end(), first.end()]);
    const third = await keep(path, '--crash');
    expect(third.said).toBe('started\n');
    await third.end();
    // a claim that a crash has left behind is nobody's
    const fourth = await keep(path);
    expect(fourth.said).toBe('started\n');
    await fourth.end();
  });

  it('that somebody changes whose claim cannot be seen is told of at the next save, and once', async () => {
    const path = join(folder, 'changed.json');
    const store = fileStore(path);
    const state = { version: 1, savedAt: 1, weights: {}, algorithmPerformance: {}, strategyByPriority: {} } as const;
    expect([await store.load(), await store.sharedWith?.()]).toEqual([undefined, undefined]);
    await store.save(state);
    await store.save(state);
    expect(await store.sharedWith?.()).toBeUndefined();
    // another machine, another user
    writeFileSync(path, JSON.stringify({ ...state, savedAt: 22 }));
    await store.save(state);
    expect(await store.sharedWith?.()).toBe('somebody who has changed the file since');
    await store.save(state);
    expect(await store.sharedWith?.()).toBeUndefined();
    // one that appears where there was none, and one that has gone
    rmSync(path);
    await store.save(state);
    expect(await store.sharedWith?.()).toBe('somebody who has changed the file since');
    await store.close?.();
  });
});
