import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InvalidConfigError, type LoadBalancer } from '../../src/index.ts';
import { announced } from '../../src/inspector/discovery.ts';
import { type Inspector, inspect } from '../../src/inspector.ts';
import { VirtualClock } from '../../src/testing.ts';
import { quietBalancer, raw, TestViewer, until } from '../support/inspecting.ts';

describe('strangers', () => {
  let balancer: LoadBalancer;
  let inspector: Inspector;
  let bearer: Record<string, string>;
  const json = { 'content-type': 'application/json' };
  const get = (path: string, headers: Record<string, string> = {}): Promise<number> =>
    raw(inspector.port, { path, headers }).then(({ status }) => status);

  beforeAll(async () => {
    balancer = await quietBalancer(['a', 'b']);
    inspector = await inspect(balancer, { admin: true });
    bearer = { authorization: `Bearer ${inspector.token}` };
  });
  afterAll(async () => {
    await inspector.close();
    await balancer.stop({ drain: false });
  });

  it('do not see the token: 192 bits in the fragment, which no browser sends', () => {
    expect(new URL(inspector.url).hash).toMatch(/^#token=[\w-]{32}$/);
    expect(new URL(inspector.url).hostname).toBe('127.0.0.1');
  });

  it.each(['/api/stream', '/api/chart?actor=balancer', '/api/history?component=a', '/api/whatif?type=GENERAL'])(
    'get nothing from %s without the token',
    async (path) => {
      expect(await get(path)).toBe(401);
      expect(await get(path, { authorization: 'Bearer wrong' })).toBe(401);
      expect(await get(path, { authorization: `Basic ${inspector.token}` })).toBe(401);
      expect(await get(path, { cookie: `token=${inspector.token}` })).toBe(401);
      expect(await get(`${path}${path.includes('?') ? '&' : '?'}token=${inspector.token}`)).toBe(401);
    },
  );

  it.each(['/api/view', '/api/action'])('do nothing by %s without the token', async (path) => {
    const answer = await raw(inspector.port, { method: 'POST', path, headers: json, body: '{}' });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer');
  });

  it('are misdirected when their name was made to lead here (DNS rebinding)', async () => {
    const { port } = inspector;
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1.evil.example:${port}`]) {
      expect(await get('/', { host, ...bearer })).toBe(421);
    }
    expect(await get('/', { host: `LOCALHOST:${port}` })).toBe(200);
  });

  it('on pages of another origin are refused, token or not', async () => {
    const { port } = inspector;
    const path = '/api/whatif?type=GENERAL';
    for (const origin of ['http://evil.example', 'null', `https://127.0.0.1:${port}`, `http://localhost:${port}`]) {
      expect(await get(path, { origin, ...bearer })).toBe(403);
    }
    const foreign = { 'sec-fetch-site': 'cross-site', ...bearer };
    expect(await get(path, foreign)).toBe(403);
    // a link from elsewhere leads to the page, never to what it calls, nor into a frame
    const visit = { ...foreign, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    expect(await get('/', visit)).toBe(200);
    expect(await get('/', { ...visit, 'sec-fetch-dest': 'iframe' })).toBe(403);
    expect(await get('/app.js', { ...foreign, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' })).toBe(403);
    expect(await get(path, visit)).toBe(403);
    const own = { origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'same-origin', ...bearer };
    expect(await get(path, own)).toBe(200);
  });

  it.each([
    '/../package.json',
    '/..%2f..%2fpackage.json',
    '/assets/../../../../etc/passwd',
    '/%2e%2e/%2e%2e/inspect.ts',
    '//etc/passwd',
    '/__proto__',
    '/constructor',
  ])('find no file at %s', async (path) => {
    const answer = await raw(inspector.port, { path });
    expect(answer.status).toBe(404);
    expect(answer.body).not.toContain('root:');
  });

  it('cannot post a form', async () => {
    const post = (headers: Record<string, string>): Promise<{ status: number }> =>
      raw(inspector.port, { method: 'POST', path: '/api/action', headers: { ...headers, ...bearer }, body: '{' });
    expect((await post({ 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post(json)).status).toBe(400);
  });

  it.each(['with its length', 'in chunks'])('cannot post 10 MB %s', async (how) => {
    const body = Buffer.alloc(10_000_000, 32);
    const headers: Record<string, string> = { ...json, ...bearer };
    if (how === 'in chunks') headers['transfer-encoding'] = 'chunked';
    else headers['content-length'] = String(body.length);
    const before = process.memoryUsage().arrayBuffers;
    // the server hangs up before it is all sent, so that the client may see the answer or a broken pipe
    const status = await raw(inspector.port, { method: 'POST', path: '/api/action', headers, body }).then(
      (answer) => answer.status,
      (error: NodeJS.ErrnoException) => error.code,
    );
    expect([413, 'EPIPE', 'ECONNRESET']).toContain(status);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
    expect(await get('/api/whatif?type=GENERAL', bearer)).toBe(200);
  });

  it('see a strict policy on every answer', async () => {
    for (const answer of [await raw(inspector.port), await raw(inspector.port, { path: '/nothing' })]) {
      expect(answer.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
      expect(answer.headers['content-security-policy']).not.toContain('unsafe');
      expect(answer.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'x-frame-options': 'DENY',
        'cache-control': 'no-store',
      });
      expect(answer.headers['set-cookie']).toBeUndefined();
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it('are the ninth viewer in vain, until one of the eight has left', async () => {
    const eight = await Promise.all(Array.from({ length: 8 }, () => new TestViewer(inspector.url).open()));
    await expect(new TestViewer(inspector.url).open()).rejects.toThrow('503');
    eight[0]?.close();
    await until(() =>
      new TestViewer(inspector.url).open().then(
        (viewer) => eight.push(viewer) === 9,
        () => false,
      ),
    );
    for (const viewer of eight) viewer.close();
  });

  it('with 1,000 connections keep nobody out for good, and do not touch the balancer', async () => {
    const sockets = Array.from({ length: 1_000 }, () => {
      const socket = connect(inspector.port, '127.0.0.1');
      socket.on('error', () => {});
      return socket;
    });
    const settled = (socket: (typeof sockets)[number]): boolean => socket.destroyed || socket.readyState !== 'opening';
    await until(() => sockets.every(settled));
    expect(await balancer.execute({ type: 'GENERAL' })).toBeUndefined();
    const connections = await new Promise((resolve) => {
      // the server keeps at most 64; the others are closed by it
      const look = (): void => {
        const open = sockets.filter((socket) => !socket.destroyed && socket.readyState === 'open').length;
        if (open <= 64) resolve(open);
        else setImmediate(look);
      };
      look();
    });
    expect(connections).toBeLessThanOrEqual(64);
    for (const socket of sockets) socket.destroy();
    await until(async () => (await get('/api/whatif?type=GENERAL', bearer).catch(() => 0)) === 200);
  });
});

describe('connections that do nothing', () => {
  it.for<[string, string]>([
    ['are silent', ''],
    ['have said half of what they want', 'GET / HTTP/1.1\r\nHost: x'],
    ['have been answered and stay', 'GET /app.css HTTP/1.1\r\nHost: HOST\r\n\r\n'],
    ['do not read their answer', 'GET /app.js HTTP/1.1\r\nHost: HOST\r\n\r\n'],
  ])('keep nobody out while they %s', async ([what, said]) => {
    const balancer = await quietBalancer(['a']);
    const inspector = await inspect(balancer);
    const sockets = Array.from({ length: 200 }, () => {
      const socket = connect(inspector.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.on('connect', () => {
        if (said !== '') socket.write(said.replace('HOST', `127.0.0.1:${inspector.port}`));
      });
      if (what.includes('not read')) socket.pause();
      else socket.resume();
      return socket;
    });
    await until(() => sockets.every((socket) => socket.destroyed || socket.readyState !== 'opening'));
    const before = performance.now();
    const page = async (): Promise<boolean> =>
      (await raw(inspector.port, { path: '/' }).catch(() => ({ status: 0 }))).status === 200;
    await until(page);
    expect(performance.now() - before).toBeLessThan(5_000);
    // and a viewer who is there is not put out
    const viewer = await new TestViewer(inspector.url).open();
    for (let k = 0; k < 100; k++) sockets.push(connect(inspector.port, '127.0.0.1').on('error', () => {}));
    await until(() => sockets.every((socket) => socket.destroyed || socket.readyState !== 'opening'));
    await until(page);
    viewer.close();
    for (const socket of sockets) socket.destroy();
    await inspector.close();
    await balancer.stop({ drain: false });
  });
});

describe('an address in the shared temporary folder', () => {
  const uid = userInfo().uid;
  const temporary = process.env.TMPDIR;
  let place: string;
  beforeEach(async () => {
    process.env.TMPDIR = await mkdtemp(join(tmpdir(), 'plimsoll-announce-'));
    place = join(process.env.TMPDIR, `plimsoll-${uid}`);
  });
  afterEach(async () => {
    await rm(process.env.TMPDIR ?? place, { recursive: true });
    if (temporary === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = temporary;
  });
  const leave = async (folderMode: number, fileMode: number): Promise<void> => {
    await mkdir(place);
    await chmod(place, folderMode);
    const file = join(place, 'inspector-1.json');
    await writeFile(file, JSON.stringify({ pid: process.pid, url: 'http://127.0.0.1:1/#token=x' }));
    await chmod(file, fileMode);
  };

  it('is followed when it is this user’s alone', async () => {
    await leave(0o700, 0o600);
    expect(announced()).toHaveLength(1);
  });

  it('is not followed when others could have left it', async () => {
    await leave(0o777, 0o600);
    expect(announced).toThrow(/can be read by others/);
  });

  it('is not followed when its file, or what it is, is not this user’s alone', async () => {
    await leave(0o700, 0o666);
    expect(announced()).toEqual([]);
    await rm(join(place, 'inspector-1.json'));
    await symlink('/dev/null', join(place, 'inspector-2.json'));
    expect(announced()).toEqual([]);
  });

  it.skipIf(uid !== 0)('is not followed when the folder belongs to another user', async () => {
    await leave(0o700, 0o600);
    await chown(place, 12_345, 12_345);
    expect(announced).toThrow(/belongs to another user/);
  });

  it('that cannot be left ends the inspector that was to be announced', async () => {
    await mkdir(place);
    await chmod(place, 0o777);
    const balancer = await quietBalancer(['a']);
    const free = await inspect(balancer);
    const { port } = free;
    await free.close();
    await expect(inspect(balancer, { port, announce: true })).rejects.toThrow(/can be read by others/);
    // nothing listens there any more
    const again = await inspect(balancer, { port });
    await again.close();
    await balancer.stop({ drain: false });
  });
});

/** Bytes that are held after everything else was thrown away. */
function held(): number {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  if (typeof gc === 'function') gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('an inspector', () => {
  it('is not started where others could reach it, unless that is said and a token given', async () => {
    const balancer = await quietBalancer(['a']);
    const token = 'x'.repeat(32);
    for (const options of [
      { host: '0.0.0.0' },
      { host: '0.0.0.0', allowRemote: true },
      { host: '::', token },
      { token: 'short' },
      { host: '192.168.1.5', token },
    ]) {
      await expect(inspect(balancer, options)).rejects.toThrow(InvalidConfigError);
    }
    const open = await inspect(balancer, { host: '0.0.0.0', allowRemote: true, token, hosts: ['bot.lan:1'] });
    const named = await raw(open.port, { headers: { host: 'bot.lan:1' } });
    expect(named.status).toBe(200);
    expect((await raw(open.port, { headers: { host: `127.0.0.1:${open.port}` } })).status).toBe(421);
    await open.close();
    await balancer.stop();
  });

  it('holds at most a frame for a slow reader, and hangs up on it after a minute', { timeout: 240_000 }, async () => {
    const clock = new VirtualClock(1_000_000);
    const ids = Array.from({ length: 1_000 }, (_, k) => `component-${k}`.padEnd(200, '-'));
    const balancer = await quietBalancer(ids, { clock });
    const inspector = await inspect(balancer, { clock });
    const socket = connect(inspector.port, '127.0.0.1');
    let closed = false;
    socket.on('error', () => {});
    socket.on('close', () => {
      closed = true;
    });
    socket.pause();
    socket.write(
      `GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1:${inspector.port}\r\nAuthorization: Bearer ${inspector.token}\r\n\r\n`,
    );
    const watcher = await new TestViewer(inspector.url).open();
    const watching = (): number | undefined => watcher.known?.summary.cost.viewers;
    while (watching() !== 2) await clock.advance(250);
    // rates fade, so that from now on every row changes in every frame
    await Promise.all(Array.from({ length: 900 }, () => balancer.execute({ type: 'GENERAL' })));
    // a second at a time, since the machine's own buffers have to fill before it is slow
    const skipped = (): number => watcher.known?.summary.cost.skipped ?? 0;
    while (skipped() === 0) await clock.advance(250);
    const pass = async (seconds: number): Promise<number> => {
      for (let k = 0; k < seconds * 4; k++) await clock.advance(250);
      watcher.events.length = 0;
      return held();
    };
    const before = await pass(5);
    const after = await pass(45);
    // a frame is half a megabyte, and 45 s have up to 180 of them; none is kept
    expect(skipped()).toBeGreaterThan(20);
    expect(Math.abs(after - before)).toBeLessThan(8_000_000);
    await pass(15);
    while (watching() !== 1) await clock.advance(250);
    socket.resume();
    await until(() => closed);
    watcher.close();
    await inspector.close();
    const stopped = balancer.stop({ drain: false });
    await clock.advance(0);
    await stopped;
  });
});
