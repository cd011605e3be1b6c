import { describe, expect, it } from 'vitest';
import { HandlerError, QueueFullError, RequestCancelledError } from '../../src/index.ts';
import { ManualHandler, quick, Rig } from '../support/rig.ts';

describe('what an error says', () => {
  const ended = async (thrown: unknown, request: object = {}) => {
    const rig = await Rig.start({
      components: [
        {
          id: 'a',
          handler: () => {
            throw thrown;
          },
        },
      ],
      retry: { baseMs: 1, capMs: 1 },
    });
    const tracked = rig.execute(request);
    await rig.advance(1_000);
    return tracked.error;
  };
  const mistake = (extra: object) => Object.assign(new Error('mine'), extra);

  it.for<[string, object, boolean, RegExp]>([
    ['a failure of the caller’s', { callerFault: true }, true, /request is at fault \(callerFault\)/],
    ['a failure of the caller’s, of what may not run twice', { callerFault: true }, false, /at fault \(callerFault\)/],
    ['an error that may not be retried', { retryable: false }, true, /retryable: false/],
    ['a failure of what may not run twice', {}, false, /it may not run twice/],
  ])('names who forbade a retry: %s', async ([, extra, idempotent, said]) => {
    const error = await ended(mistake(extra), { idempotent });
    expect(error).toMatchObject({ reason: 'notRetryable', message: expect.stringMatching(said) });
  });

  it('counts its own attempts, and not those that a failover ended', async () => {
    const work = new ManualHandler();
    const components = ['a', 'b'].map((id) => ({ id, handler: work.handle }));
    const rig = await Rig.start({ components, algorithm: 'round-robin' });
    const tracked = rig.execute({ maxRetries: 0 });
    await rig.advance();
    rig.balancer.fail(rig.of('request.assigned')[0]!.componentId, 'unplugged');
    await rig.advance();
    work.last.reject(new Error('mine'));
    await rig.advance();
    expect(tracked.error?.message).toMatch(/after 1 attempt, and 1 that a failover ended: mine/);
    expect((await ended(new Error('x'), { maxRetries: 0 }))?.message).toMatch(/after 1 attempt: x/);
    expect((await ended(new Error('x'), { maxRetries: 2 }))?.message).toMatch(/after 3 attempts: x/);
  });

  it('has the text of an error whose message is empty', async () => {
    const refused = Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' });
    expect((await ended(refused, { maxRetries: 0 }))?.message).toMatch(/: ECONNREFUSED\./);
  });
});

describe('a signal’s reason', () => {
  const gone = new Error('user gone');

  it.for(['running', 'queued', 'waiting for room', 'awaiting a retry', 'aborted before'])(
    'is the cause of the error of a request that is %s',
    async (state) => {
      const work = new ManualHandler();
      const rig = await Rig.start({
        components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 1 }],
        maxQueueSize: 1,
        retry: { baseMs: 1_000, capMs: 1_000 },
      });
      const controller = new AbortController();
      if (state === 'queued' || state === 'waiting for room') rig.execute();
      if (state === 'waiting for room') {
        await rig.advance();
        rig.execute();
      }
      await rig.advance();
      if (state === 'aborted before') controller.abort(gone);
      const settled = rig.balancer
        .execute({ type: 'GENERAL' }, { signal: controller.signal, whenFull: 'wait' })
        .catch((error: unknown) => error);
      await rig.advance();
      if (state === 'awaiting a retry') work.last.reject(new Error('again'));
      await rig.advance();
      controller.abort(gone);
      await rig.advance();
      const error = await settled;
      expect(error).toBeInstanceOf(RequestCancelledError);
      expect(error).toMatchObject({ reason: 'aborted', cause: gone });
      await rig.advance();
    },
  );
});

describe('an error as JSON', () => {
  it('tells its cause, and the causes of that, without going round in circles', () => {
    const inner = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    const error = new HandlerError('failed', { cause: new TypeError('fetch failed', { cause: inner }) });
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      code: 'HANDLER_FAILED',
      cause: {
        name: 'TypeError',
        message: 'fetch failed',
        cause: { name: 'Error', message: 'read ECONNRESET', code: 'ECONNRESET' },
      },
    });
    inner.cause = inner;
    expect(JSON.stringify(error).length).toBeLessThan(1_000);
  });

  it.for<[unknown, object]>([
    ['a word', { message: 'a word' }],
    [
      { message: 'plain', code: 7 },
      { message: 'plain', code: 7 },
    ],
    [Symbol('x'), { message: 'symbol' }],
    [null, { message: 'object' }],
  ])('tells of whatever was thrown: %s', ([cause, told]) => {
    expect(JSON.parse(JSON.stringify(new HandlerError('failed', { cause }))).cause).toEqual(told);
  });

  it('tells of what cannot be read', () => {
    const cause = {
      get message() {
        throw new Error('no');
      },
    };
    expect(new HandlerError('failed', { cause }).toJSON().cause).toEqual({ message: 'object' });
  });

  it('tells when to try again', () => {
    expect(new QueueFullError('full', { retryAfterMs: 7 }).toJSON()).toMatchObject({ retryAfterMs: 7 });
    expect(new QueueFullError('full').toJSON()).not.toHaveProperty('retryAfterMs');
  });
});

describe('a handler that settles after the end', () => {
  it('is logged with its component and its request', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({
      components: [quick('first', { serves: ['X'] }), { id: 'wallet', handler: work.handle }],
    });
    rig.execute({ id: 'tx1' });
    await rig.advance();
    await rig.balancer.stop({ drain: false });
    work.last.resolve();
    await rig.advance();
    expect(rig.log.lines.at(-1)?.fields).toMatchObject({ componentId: 'wallet', requestId: 'tx1', attempt: 1 });
  });
});
