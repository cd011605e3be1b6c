import { describe, expect, it } from 'vitest';
import {
  type ComponentSpec,
  type Handler,
  type HandlerContext,
  HandlerError,
  RequestTimeoutError,
} from '../../src/index.ts';
import { ManualHandler, Rig } from '../support/rig.ts';

const once = (handler: Handler): Promise<Rig> => Rig.start({ components: [{ id: 'a', handler }], maxRetries: 0 });

/** Something with a `then` that is no promise. */
const thenable = (then: unknown): unknown => Object.defineProperty({}, 'then', { value: then });

describe('a handler', () => {
  it.for<[string, Handler, unknown]>([
    ['returns nothing', () => undefined, undefined],
    ['returns null', () => null, null],
    ['returns a function', () => Math.abs, Math.abs],
    ['resolves', async () => 5, 5],
    ['returns a promise of a promise', async () => Promise.resolve(6), 6],
    ['returns a thenable', () => thenable((ok: (value: number) => void) => ok(7)), 7],
    ['returns a thenable that settles three times', () => thenable(settleOften), 'first'],
    ['returns something whose then is no function', () => thenable(5), {}],
    ['returns a promise whose own then settles twice', doubleThen, 8],
    ['returns a promise of a class of its own', () => Sub.resolve(9), 9],
  ])('that %s completes its request', async ([, handler, value]) => {
    const rig = await once(handler);
    const tracked = rig.execute();
    await rig.advance();
    expect(tracked.outcome).toBe('resolved');
    expect(tracked.value).toEqual(value);
    expect(rig.counts).toMatchObject({ completed: 1, inFlight: 0 });
    expect(rig.balancer.getComponentCapacity('a')?.slotsTaken).toBe(0);
  });

  it.for<[string, Handler, string]>([
    ['throws', raise(new Error('mine')), 'mine'],
    ['rejects', async () => raise(new Error('mine'))(), 'mine'],
    ['throws a string', raise('just text'), 'just text'],
    ['throws undefined', raise(undefined), 'nothing'],
    ['throws null', raise(null), 'object'],
    ['throws something that cannot be read', raise(hostile()), 'cannot be read'],
    ['throws an error without a message that can be read', raise(unreadable()), 'cannot be read'],
    ['returns a thenable whose then throws', () => thenable(raise(new Error('mine'))), 'mine'],
    ['returns something whose then cannot be read', () => hostile(), ''],
    ['returns a promise whose constructor throws', constructorThrows, 'mine'],
    [
      'returns a thenable that rejects',
      () => thenable((_: unknown, no: (e: Error) => void) => no(new Error('mine'))),
      'mine',
    ],
  ])('that %s fails its request', async ([, handler, word]) => {
    const rig = await once(handler);
    const tracked = rig.execute();
    await rig.advance();
    expect(tracked.error).toBeInstanceOf(HandlerError);
    expect(tracked.error).toMatchObject({ componentId: 'a', message: expect.stringContaining(word) });
    expect(rig.counts).toMatchObject({ failed: 1, inFlight: 0 });
    expect(rig.balancer.getComponentCapacity('a')?.slotsTaken).toBe(0);
  });

  it('keeps its cause', async () => {
    const cause = new Error('mine');
    const rig = await once(raise(cause));
    const tracked = rig.execute();
    await rig.advance();
    expect(tracked.error?.cause).toBe(cause);
  });

  it('gets the request and its context', async () => {
    const work = new ManualHandler();
    const rig = await once(work.handle);
    const request = { type: 'PRICE_UPDATE', payload: { n: 1 }, deadline: rig.clock.now() + 5_000, id: 'r1' };
    const done = rig.balancer.execute(request);
    await rig.advance();
    expect(work.last.request).toEqual(request);
    expect(work.last.request.payload).toBe(request.payload);
    expect(work.last.context).toMatchObject({
      attempt: 1,
      deadline: request.deadline,
      componentId: 'a',
      requestId: 'r1',
      clock: rig.clock,
    });
    expect(work.last.context.signal.aborted).toBe(false);
    work.last.resolve(1);
    expect(await done).toBe(1);
  });
});

describe('the context of a handler', () => {
  it('can be logged: it shows what it tells of the attempt, and nothing of the balancer', async () => {
    let line = '';
    const rig = await once((_, context) => {
      line = JSON.stringify(context);
    });
    const deadline = rig.clock.now() + 5_000;
    rig.execute({ id: 'mine', deadline });
    await rig.advance();
    expect(JSON.parse(line)).toEqual({ requestId: 'mine', attempt: 1, deadline, componentId: 'a' });
  });

  it('gives the same signal each time, whether it is asked for before or after the abort', async () => {
    const contexts: HandlerContext[] = [];
    const rig = await Rig.start({
      components: [{ id: 'a', handler: (_, context) => new Promise(() => contexts.push(context)) }],
      maxRetries: 0,
    });
    rig.execute({ timeoutMs: 10 });
    rig.execute({ timeoutMs: 10 });
    await rig.advance();
    const early = contexts[0]!.signal;
    expect(early.aborted).toBe(false);
    await rig.advance(10);
    for (const { signal } of contexts) {
      expect(signal.aborted).toBe(true);
      expect(signal.reason).toBeInstanceOf(RequestTimeoutError);
    }
    expect(contexts[0]!.signal).toBe(early);
    expect(contexts[1]!.signal).toBe(contexts[1]!.signal);
  });
});

describe('a handler that never settles', () => {
  it('times out, keeps its slot for the grace, and is abandoned', async () => {
    const rig = await Rig.start({
      components: [{ id: 'a', handler: () => new Promise(() => {}), maxConcurrentTasks: 1 }],
      maxRetries: 0,
      requestTimeoutMs: 2_000,
      abortGraceMs: 500,
    });
    const tracked = rig.execute();
    await rig.advance(1_999);
    expect(tracked.outcome).toBeUndefined();
    await rig.advance(1);
    expect(tracked.error).toBeInstanceOf(RequestTimeoutError);
    expect(rig.balancer.getComponentCapacity('a')?.slotsTaken).toBe(1);
    await rig.advance(499);
    expect(rig.balancer.getComponentCapacity('a')?.slotsTaken).toBe(1);
    await rig.advance(1);
    expect(rig.balancer.getComponentCapacity('a')?.slotsTaken).toBe(0);
    expect(rig.balancer.getLoadBalancingMetrics().components.a).toMatchObject({
      abandoned: 1,
      aborted: 1,
      timedOut: 1,
      failed: 0,
    });
    expect(rig.counts).toMatchObject({ timedOut: 1 });
  });
});

describe('a handler that settles after its time-out', () => {
  async function timedOut(
    maxRetries: number,
  ): Promise<{ rig: Rig; work: ManualHandler; tracked: ReturnType<Rig['execute']> }> {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [{ id: 'a', handler: work.handle }],
      maxRetries,
      requestTimeoutMs: 1_000,
      retry: { baseMs: 1_000, capMs: 1_000 },
      random: () => 0.5,
    });
    const tracked = rig.execute({ metadata: { n: 1 } });
    await rig.advance(1_000);
    return { rig, work, tracked };
  }

  it.for(['within the grace', 'long after it'])('%s is told as settledLate, and changes nothing', async (when) => {
    const { rig, work, tracked } = await timedOut(0);
    expect(tracked.error?.code).toBe('REQUEST_TIMEOUT');
    await rig.advance(when === 'within the grace' ? 500 : 60_000);
    work.last.resolve('late');
    await rig.advance();
    expect(rig.of('request.settledLate')).toMatchObject([
      { result: 'late', componentId: 'a', attempt: 1, metadata: { n: 1 }, workload: 'GENERAL' },
    ]);
    expect(rig.of('request.settledLate')[0]?.requestId).toBe(rig.of('request.timedOut')[0]?.requestId);
    expect(rig.counts).toMatchObject({ submitted: 1, timedOut: 1, completed: 0 });
    expect(rig.balancer.getComponentCapacity('a')?.slotsTaken).toBe(0);
  });

  it('with an error is told too', async () => {
    const { rig, work } = await timedOut(0);
    work.last.reject(new Error('late'));
    await rig.advance();
    expect(rig.of('request.settledLate')).toMatchObject([{ error: { message: 'late' } }]);
  });

  it('settles its request when that waits for a retry', async () => {
    const { rig, work, tracked } = await timedOut(1);
    expect(rig.counts.awaitingRetry).toBe(1);
    work.last.resolve('just in time');
    await rig.advance();
    expect(tracked.value).toBe('just in time');
    await rig.advance(5_000);
    expect(work.runs).toHaveLength(1);
    expect(rig.counts).toMatchObject({ completed: 1, awaitingRetry: 0, inFlight: 0 });
    expect(rig.of('request.settledLate')).toEqual([]);
  });

  it('settles its request when the next attempt runs, which is told to end', async () => {
    const { rig, work, tracked } = await timedOut(1);
    await rig.advance(500);
    expect(work.runs).toHaveLength(2);
    work.runs[0]?.resolve('the first');
    await rig.advance();
    expect(tracked.value).toBe('the first');
    const { signal } = work.last.context;
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ code: 'REQUEST_CANCELLED', reason: 'superseded' });
    work.last.resolve('the second');
    await rig.advance();
    expect(rig.of('request.settledLate')).toMatchObject([{ result: 'the second', attempt: 2 }]);
    expect(rig.counts).toMatchObject({ completed: 1, inFlight: 0 });
  });

  it('does not settle it by failing: the next attempt counts', async () => {
    const { rig, work, tracked } = await timedOut(1);
    await rig.advance(500);
    work.runs[0]?.reject(new Error('of the first'));
    await rig.advance();
    expect(tracked.outcome).toBeUndefined();
    work.last.resolve('the second');
    await rig.advance();
    expect(tracked.value).toBe('the second');
  });

  it('is of the component that ran it, even when another has its place by now', async () => {
    const { rig, work } = await timedOut(0);
    await rig.advance(60_000);
    rig.balancer.deregister('a');
    await rig.advance();
    rig.balancer.register({ id: 'b', handler: () => 1 });
    work.last.resolve('late');
    await rig.advance();
    expect(rig.of('request.settledLate')).toMatchObject([{ componentId: 'a' }]);
    expect(rig.balancer.getComponentCapacity('b')?.slotsTaken).toBe(0);
  });
});

describe('a handler that blocks the event loop', () => {
  const blocking = (ms: number): ComponentSpec['handler'] => {
    return (_, { clock }) => Reflect.apply(Reflect.get(clock, 'jump'), clock, [ms]);
  };

  it('for 200 ms delays the others and hurts nobody', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [
        { id: 'blocks', handler: blocking(200), serves: ['BLOCKING'] },
        { id: 'a', handler: work.handle, serves: ['GENERAL'] },
      ],
      requestTimeoutMs: 100,
    });
    const other = rig.execute();
    await rig.advance(50);
    const blocked = rig.execute({ type: 'BLOCKING' });
    await rig.advance();
    expect(blocked.outcome).toBe('resolved');
    expect(rig.counts.awaitingRetry).toBe(1);
    work.last.resolve('done');
    await rig.advance();
    expect(other.value).toBe('done');
    expect(rig.stateOf('a')).toBe('operational.available');
    expect(rig.balancer.getLoadBalancingMetrics().components.a?.failed).toBe(0);
  });

  it('for 2 s does not eject anybody, however many time out', async () => {
    const never = (): Promise<never> => new Promise(() => {});
    const rig = await Rig.start({
      components: [
        { id: 'blocks', handler: blocking(2_000), serves: ['BLOCKING'] },
        { id: 'a', handler: never, check: never, serves: ['GENERAL'] },
        { id: 'b', handler: never, check: never, serves: ['GENERAL'] },
      ],
      requestTimeoutMs: 1_000,
      checkTimeoutMs: 500,
      healthCheckIntervalMs: 100,
      maxRetries: 0,
    });
    const tracked = rig.executeMany(12);
    await rig.advance(150);
    for (let k = 0; k < 5; k++) {
      rig.execute({ type: 'BLOCKING' });
      await rig.advance(1);
    }
    expect(tracked.every(({ error }) => error?.code === 'REQUEST_TIMEOUT')).toBe(true);
    expect([rig.stateOf('a'), rig.stateOf('b')].every((state) => state?.startsWith('operational'))).toBe(true);
    expect(rig.of('component.statusChanged').filter(({ to }) => to === 'Failed')).toEqual([]);
  });
});

function settleOften(resolve: (value: string) => void, reject: (error: Error) => void): void {
  resolve('first');
  resolve('second');
  reject(new Error('third'));
}

function doubleThen(): Promise<number> {
  const promise = Promise.resolve(8);
  return Object.defineProperty(promise, 'then', {
    value: (resolve: (value: number) => void) => {
      resolve(1);
      resolve(2);
      return promise;
    },
  });
}

function constructorThrows(): Promise<number> {
  return Object.defineProperty(Promise.resolve(1), 'constructor', { get: raise(new Error('mine')) });
}

class Sub<T> extends Promise<T> {}

function raise(value: unknown): () => never {
  return () => {
    throw value;
  };
}

/** Whatever is asked of it throws. */
function hostile(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function unreadable(): Error {
  return Object.defineProperty(new Error('x'), 'message', { get: raise(new Error('no')) });
}
