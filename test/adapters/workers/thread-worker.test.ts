import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/adapters/clock/system-clock.ts';
import type { ThreadWorkerOptions } from '../../../src/adapters/workers/thread/options.ts';
import { threadWorker } from '../../../src/adapters/workers/thread/thread-worker.ts';
import type { HandlerContext, Worker } from '../../../src/domain/component.ts';
import { InvalidConfigError, OutcomeUnknownError } from '../../../src/domain/errors.ts';
import { LoadBalancer } from '../../../src/index.ts';

const file = new URL('../../support/thread-tasks.mjs', import.meta.url);

const open: Worker[] = [];
function make(options: ThreadWorkerOptions = {}, path: string | URL = file): Worker {
  const worker = threadWorker(path, { threads: 1, ...options });
  open.push(worker);
  return worker;
}

const context = (signal = new AbortController().signal): HandlerContext => ({
  ...{ requestId: 'r1', attempt: 1, deadline: undefined, componentId: 'a', clock: systemClock, signal },
});

const run = (worker: Worker, payload: unknown, signal?: AbortSignal): Promise<unknown> =>
  Promise.resolve(worker.handle({ type: 'GENERAL', payload }, context(signal)));

const link = () => ({ reportUsage: vi.fn(), reportHealth: vi.fn(), fail: vi.fn() });

describe('threadWorker', () => {
  afterEach(async () => {
    vi.doUnmock('piscina');
    await Promise.all(open.splice(0).map((worker) => worker.close?.()));
  });

  it('runs the export it is told to, from a path or a URL', async () => {
    expect(await run(make({ exportName: 'shout' }), { value: 'hear' })).toBe('HEAR');
    expect(await run(make({}, file.pathname), { op: 'echo', value: [1] })).toEqual([1]);
  });

  it('ends work that does not look up by killing its thread, and goes on with another', async () => {
    const worker = make();
    const controller = new AbortController();
    expect(await run(worker, { op: 'echo', value: 1 })).toBe(1);
    const spinning = run(worker, { op: 'spin' }, controller.signal);
    controller.abort();
    await expect(spinning).rejects.toThrow();
    expect(await run(worker, { op: 'echo', value: 2 })).toBe(2);
  });

  it('lets work finish that it may not kill', async () => {
    const worker = make({ killOnAbort: false });
    const controller = new AbortController();
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const result = run(worker, { op: 'signal', shared }, controller.signal);
    await vi.waitUntil(() => Atomics.load(shared, 0) === 1, { timeout: 15_000 });
    controller.abort();
    Atomics.store(shared, 1, 1);
    Atomics.notify(shared, 1);
    expect(await result).toBe('finished');
  });

  it('does not begin what was aborted before', async () => {
    await expect(run(make(), { op: 'echo' }, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
  });

  it.for([true, false])(
    'does many at once in order, and drops what is aborted before its turn (kill: %s)',
    async (killOnAbort) => {
      const worker = make({ killOnAbort });
      const order: number[] = [];
      const controllers = Array.from({ length: 40 }, () => new AbortController());
      const all = controllers.map(({ signal }, k) =>
        run(worker, { op: 'echo', value: k }, signal).then(
          (value) => void order.push(Number(value)),
          (reason: unknown) => reason,
        ),
      );
      await run(worker, { op: 'echo', value: 'loaded' });
      const late = Array.from({ length: 5 }, (_, k) => run(worker, { op: 'echo', value: 40 + k }));
      const gone = new AbortController();
      const dropped = run(worker, { op: 'echo', value: -1 }, gone.signal).catch((reason: unknown) => reason);
      gone.abort('not needed');
      expect(await dropped).toBe('not needed');
      expect(await Promise.all(late)).toEqual([40, 41, 42, 43, 44]);
      await Promise.all(all);
      expect(order).toEqual(Array.from({ length: 40 }, (_, k) => k));
    },
  );

  it('does what waits for a thread when it closes', async () => {
    const worker = make();
    await run(worker, { op: 'echo', value: 0 });
    const all = Array.from({ length: 20 }, (_, k) => run(worker, { op: 'echo', value: k }));
    await Promise.resolve();
    await worker.close?.();
    expect(await Promise.all(all)).toEqual(Array.from({ length: 20 }, (_, k) => k));
  });

  it('tells what had begun from what had not when a thread ends with others behind it', async () => {
    const worker = make();
    await run(worker, { op: 'echo', value: 0 });
    const all = [{ op: 'exit' }, ...Array.from({ length: 6 }, (_, k) => ({ op: 'echo', value: k }))].map((payload) =>
      run(worker, payload).catch((error: unknown) => error),
    );
    const [exited, ...behind] = await Promise.all(all);
    expect(exited).toBeInstanceOf(OutcomeUnknownError);
    for (const one of behind) expect(one).not.toBeInstanceOf(OutcomeUnknownError);
  });

  it('aborts by the balancer’s own contexts: what runs is killed, what waits never begins', async () => {
    const balancer = await LoadBalancer.start({
      components: [{ id: 'threads', handler: make(), maxConcurrentTasks: 8 }],
      statePath: null,
      logger: false,
    });
    const ready = { type: 'GENERAL', payload: { op: 'echo', value: 1 } };
    expect(await balancer.execute(ready)).toBe(1);
    const controller = new AbortController();
    const { signal } = controller;
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const spinning = balancer.execute({ type: 'GENERAL', payload: { op: 'signal', shared } }, { signal });
    const behind = Array.from({ length: 6 }, () => balancer.execute({ ...ready }, { signal }));
    const ends = [spinning, ...behind].map((one) => one.catch(({ reason }: { reason: string }) => reason));
    await vi.waitUntil(() => Atomics.load(shared, 0) === 1, { timeout: 15_000 });
    controller.abort();
    expect(await Promise.all(ends)).toEqual(Array.from({ length: 7 }, () => 'aborted'));
    expect(await balancer.execute(ready)).toBe(1);
    await balancer.stop();
  });

  it('survives a thread that exits', async () => {
    const worker = make();
    await expect(run(worker, { op: 'exit' })).rejects.toThrow(/exit/i);
    expect(await run(worker, { op: 'echo', value: 3 })).toBe(3);
  });

  it('does not know what became of work whose thread ended', async () => {
    const worker = make();
    for (const op of ['exit', 'crash']) {
      const error = await run(worker, { op }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OutcomeUnknownError);
      expect(error).toMatchObject({
        requestId: 'r1',
        message: expect.stringMatching(/exited with code: 3|out of the blue/),
      });
    }
    const thrown = await run(worker, { op: 'fail' }).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ message: 'it failed' });
    expect(thrown).not.toHaveProperty('code');
  });

  it('says that nothing has happened where no thread had begun', async () => {
    const worker = make({}, new URL('./no-such-file.mjs', import.meta.url));
    worker.attach?.(link());
    await expect(run(worker, { op: 'echo' })).rejects.toMatchObject({ retryable: true });
  });

  it('ends what may not run twice with OUTCOME_UNKNOWN when its thread ends, and has the other retried', async () => {
    const balancer = await LoadBalancer.start({
      components: [{ id: 'threads', handler: make(), maxConcurrentTasks: 1 }],
      retry: { baseMs: 1 },
      statePath: null,
      logger: false,
    });
    const failed: unknown[] = [];
    balancer.on('request.failed', ({ error }) => failed.push(error));
    const wallet = await balancer
      .execute({ id: 'w', type: 'WALLET_OPERATION', payload: { op: 'exit' } })
      .catch((error: unknown) => error);
    expect(wallet).toBeInstanceOf(OutcomeUnknownError);
    expect(wallet).toMatchObject({
      ...{ code: 'OUTCOME_UNKNOWN', requestId: 'w', componentId: 'threads' },
      message: expect.stringContaining('before you submit it again'),
    });
    expect(failed).toEqual([wallet]);
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const price = balancer.execute({ type: 'PRICE_UPDATE', payload: { op: 'exit once', shared } });
    expect(await price).toBe('second time');
    const { requests, attempts } = balancer.getLoadBalancingMetrics();
    expect(requests).toMatchObject({ submitted: 2, failed: 1, completed: 1 });
    expect(attempts.started).toBe(3);
    await balancer.stop();
  });

  it('calls a payload that cannot be copied the caller’s fault, and a result that cannot its own', async () => {
    const worker = make();
    await expect(run(worker, { op: 'echo', value: () => undefined })).rejects.toMatchObject({ callerFault: true });
    const error = await run(worker, { op: 'uncloneable' }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: expect.stringContaining('cannot be copied') });
    expect(error).not.toHaveProperty('callerFault');
  });

  it('calls itself unhealthy when its file cannot be loaded', async () => {
    const worker = make({}, new URL('./no-such-file.mjs', import.meta.url));
    const reason = await new Promise((resolve) => {
      worker.attach?.({ ...link(), reportHealth: (healthy, why) => resolve(`${healthy}: ${why}`) });
    });
    expect(reason).toMatch(/^false: a worker thread: .*no-such-file/);
  });

  it('says what to install when piscina is missing', async () => {
    vi.doMock('piscina', () => {
      throw new Error('Cannot find package');
    });
    const worker = make();
    const told = link();
    worker.attach?.(told);
    await expect(run(worker, { op: 'echo' })).rejects.toMatchObject({
      message: expect.stringContaining('npm install piscina'),
      retryable: false,
    });
    expect(told.fail).toHaveBeenCalledWith(expect.stringContaining('npm install piscina'));
  });

  it('closes without having been opened, twice, and opens anew', async () => {
    const worker = make();
    await worker.close?.();
    expect(await run(worker, { op: 'echo', value: 4 })).toBe(4);
    await worker.close?.();
    await worker.close?.();
    expect(await run(worker, { op: 'echo', value: 5 })).toBe(5);
  });

  it('refuses options that make no sense', () => {
    for (const threads of [0, -1, 1.5, Number.NaN, { min: 2, max: 1 }]) {
      expect(() => threadWorker('a.js', { threads })).toThrow(InvalidConfigError);
    }
    expect(() => threadWorker('')).toThrow(/file: expected a path or URL/);
  });
});
