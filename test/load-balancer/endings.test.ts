import { describe, expect, it } from 'vitest';
import { DeadlineExceededError, RequestCancelledError } from '../../src/index.ts';
import { ManualHandler, quick, Rig } from '../support/rig.ts';

/** One slot; backoffs of 50 ms. */
async function single(
  config: Partial<ConstructorParameters<typeof Rig>[0]> = {},
): Promise<{ rig: Rig; work: ManualHandler }> {
  const work = new ManualHandler();
  const rig = await Rig.start({
    components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 1 }],
    retry: { baseMs: 100, capMs: 100 },
    random: () => 0.5,
    ...config,
  });
  return { rig, work };
}

describe('a cancel', () => {
  it('of a queued request takes it out of the queue', async () => {
    const { rig, work } = await single();
    rig.execute();
    const queued = rig.execute({ id: 'q' });
    await rig.advance();
    expect(rig.balancer.cancel('q', 'changed my mind')).toBe(true);
    expect(rig.counts).toMatchObject({ queued: 0, cancelled: 1 });
    await rig.advance();
    expect(queued.error).toBeInstanceOf(RequestCancelledError);
    expect(queued.error).toMatchObject({ reason: 'changed my mind', requestId: 'q' });
    work.last.resolve();
    await rig.advance();
    expect(work.runs).toHaveLength(1);
  });

  it('of a running request tells its handler, whose slot stays taken until it settles', async () => {
    const { rig, work } = await single();
    const running = rig.execute({ id: 'r' });
    const next = rig.execute();
    await rig.advance();
    const { signal } = work.last.context;
    expect(rig.balancer.cancel('r')).toBe(true);
    await rig.advance();
    expect(running.error).toMatchObject({ code: 'REQUEST_CANCELLED', reason: 'caller' });
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBe(running.error);
    expect(work.runs).toHaveLength(1);
    work.last.reject(signal.reason);
    await rig.advance();
    expect(work.runs).toHaveLength(2);
    work.last.resolve('next');
    await rig.advance();
    expect(next.value).toBe('next');
    expect(rig.balancer.getLoadBalancingMetrics().components.a?.failed).toBe(0);
    expect(rig.of('request.settledLate')).toHaveLength(1);
  });

  it('of a request whose handler has not begun starts nothing and frees the slot at once', async () => {
    const { rig, work } = await single();
    const bound = rig.execute({ id: 'b' });
    expect(rig.counts.inFlight).toBe(1);
    expect(rig.balancer.cancel('b')).toBe(true);
    expect(rig.balancer.getComponentCapacity('a')?.slotsTaken).toBe(0);
    const next = rig.execute();
    await rig.advance();
    expect(bound.error?.code).toBe('REQUEST_CANCELLED');
    expect(work.runs).toHaveLength(1);
    work.last.resolve('next');
    await rig.advance();
    expect(next.value).toBe('next');
  });

  it('of a request that waits for a retry ends the wait', async () => {
    const { rig, work } = await single();
    const tracked = rig.execute({ id: 'w' });
    await rig.advance();
    work.last.reject(new Error('once'));
    await rig.advance();
    expect(rig.counts.awaitingRetry).toBe(1);
    expect(rig.balancer.cancel('w')).toBe(true);
    await rig.advance(1_000);
    expect(tracked.error?.code).toBe('REQUEST_CANCELLED');
    expect(work.runs).toHaveLength(1);
  });

  it('that meets the completion in one tick loses or wins, but never both', async () => {
    const { rig, work } = await single();
    const first = rig.execute({ id: 'x' });
    await rig.advance();
    work.last.resolve('done');
    expect(rig.balancer.cancel('x')).toBe(true);
    await rig.advance();
    expect(first.error?.code).toBe('REQUEST_CANCELLED');
    const second = rig.execute({ id: 'y' });
    await rig.advance();
    work.last.resolve('done');
    await rig.advance();
    expect(rig.balancer.cancel('y')).toBe(false);
    expect(second.value).toBe('done');
    expect(rig.counts).toMatchObject({ completed: 1, cancelled: 1 });
  });

  it('comes by a signal as well, early, late or never', async () => {
    const { rig, work } = await single();
    const early = rig.execute({}, { signal: AbortSignal.abort() });
    const controller = new AbortController();
    const running = rig.execute({}, { signal: controller.signal });
    const queued = rig.execute({}, { signal: controller.signal });
    const never = rig.execute({}, { signal: new AbortController().signal });
    await rig.advance();
    expect(early.error).toMatchObject({ code: 'REQUEST_CANCELLED', reason: 'aborted' });
    controller.abort();
    await rig.advance();
    expect([running.error?.reason, queued.error?.reason]).toEqual(['aborted', 'aborted']);
    work.last.resolve();
    await rig.advance();
    work.last.resolve('never');
    await rig.advance();
    expect(never.value).toBe('never');
    controller.abort();
    expect(rig.of('command.refused')).toEqual([]);
  });

  it('by a signal reaches a request that waits in the mailbox', async () => {
    const { rig } = await single();
    const controller = new AbortController();
    let tracked: ReturnType<Rig['execute']> | undefined;
    const subscription = rig.balancer.actor.subscribe(() => {
      subscription.unsubscribe();
      tracked = rig.execute({}, { signal: controller.signal });
      controller.abort();
    });
    rig.execute();
    await rig.advance();
    expect(tracked?.error).toMatchObject({ reason: 'aborted' });
    expect(rig.state.mailbox.pendingSubmissions.size).toBe(0);
  });
});

describe('a submission from inside a transition', () => {
  it('waits in the mailbox and settles', async () => {
    const { rig } = await single({ components: [quick('a')] });
    let tracked: ReturnType<Rig['execute']> | undefined;
    const subscription = rig.balancer.actor.subscribe(() => {
      subscription.unsubscribe();
      tracked = rig.execute();
    });
    rig.execute();
    await rig.advance();
    expect(tracked?.value).toBe('a');
    expect(rig.state.mailbox.pendingSubmissions.size).toBe(0);
    expect(rig.counts).toMatchObject({ submitted: 2, completed: 2 });
  });

  it('is rejected, and counted, when the mailbox is cleared', async () => {
    const { rig } = await single();
    // of those who watch the messages, so that it is one
    rig.balancer.observeMessages();
    let tracked: ReturnType<Rig['execute']> | undefined;
    const subscription = rig.balancer.actor.subscribe(() => {
      subscription.unsubscribe();
      tracked = rig.execute();
      rig.balancer.actor.stop();
    });
    const first = rig.execute();
    await rig.advance();
    expect(first.error?.code).toBe('REQUEST_CANCELLED');
    expect(tracked?.error).toMatchObject({ code: 'NOT_RUNNING', reason: 'stopped' });
    expect(rig.counts).toMatchObject({ submitted: 2, cancelled: 1, rejected: 1 });
  });
});

describe('a deadline', () => {
  it('that has passed is refused at once', async () => {
    const { rig } = await single();
    const tracked = rig.execute({ deadline: rig.clock.now() - 5 });
    await rig.advance();
    expect(tracked.error).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      reason: 'infeasible',
      message: expect.stringContaining('5 ms before'),
    });
    expect(rig.counts.rejected).toBe(1);
  });

  it('ends a request in the queue, in flight, and never starts one that is over', async () => {
    const { rig, work } = await single();
    const deadline = rig.clock.now() + 100;
    const running = rig.execute({ deadline });
    const queued = rig.execute({ deadline });
    await rig.advance(99);
    expect([running.outcome, queued.outcome]).toEqual([undefined, undefined]);
    await rig.advance(1);
    expect(running.error).toMatchObject({ code: 'DEADLINE_EXCEEDED', reason: 'deadline', componentId: 'a' });
    expect(queued.error).toMatchObject({ code: 'DEADLINE_EXCEEDED', reason: 'deadline' });
    expect(work.last.context.signal.reason).toBe(running.error);
    expect(rig.counts).toMatchObject({ timedOut: 2 });
    expect(work.runs).toHaveLength(1);
  });

  it('leaves no time for a retry that would come too late', async () => {
    const { rig, work } = await single();
    const tracked = rig.execute({ deadline: rig.clock.now() + 40 });
    await rig.advance(10);
    work.last.reject(new Error('mine'));
    await rig.advance();
    expect(tracked.error).toMatchObject({ code: 'HANDLER_FAILED', reason: 'deadline' });
  });

  it('bounds the attempt after a retry', async () => {
    const { rig, work } = await single();
    const tracked = rig.execute({ deadline: rig.clock.now() + 100, timeoutMs: 500 });
    await rig.advance(10);
    work.last.reject(new Error('mine'));
    await rig.advance(50);
    expect(work.runs).toHaveLength(2);
    await rig.advance(40);
    expect(tracked.error).toBeInstanceOf(DeadlineExceededError);
  });

  it('is compared with the work ahead by what the route can do, also after a quiet hour', async () => {
    const { rig, work } = await single();
    for (let k = 0; k < 25; k++) {
      const tracked = rig.execute();
      await rig.advance(100);
      work.last.resolve(k);
      await rig.advance();
      expect(tracked.value).toBe(k);
    }
    await rig.advance(3_600_000);
    const deadline = rig.clock.now() + 1_000;
    const many = Array.from({ length: 20 }, () => rig.execute({ deadline }));
    await rig.advance();
    const refused = many.filter(({ error }) => error?.reason === 'infeasible');
    // one runs, ten more need not wait for longer than that at 100 ms each; one or two of the others find out
    expect(refused.length).toBeGreaterThanOrEqual(7);
    expect(refused.length).toBeLessThanOrEqual(9);
  });
});

describe('the wait in the queue', () => {
  it('is bounded without a deadline as well', async () => {
    const { rig } = await single({ queueTimeoutMs: 1_000 });
    rig.execute();
    const queued = rig.execute();
    await rig.advance(1_000);
    expect(queued.error).toMatchObject({ code: 'DEADLINE_EXCEEDED', reason: 'queueTimeout' });
    expect(rig.counts.timedOut).toBe(1);
  });
});

describe('a retry', () => {
  it('comes after its backoff, with the next attempt, and costs a token', async () => {
    const { rig, work } = await single({ maxRetries: 2 });
    const tracked = rig.execute();
    await rig.advance();
    work.last.reject(new Error('first'));
    await rig.advance(49);
    expect(work.runs).toHaveLength(1);
    await rig.advance(1);
    expect(work.last.context.attempt).toBe(2);
    work.last.reject(new Error('second'));
    await rig.advance(50);
    work.last.reject(new Error('third'));
    await rig.advance(50);
    expect(tracked.error).toMatchObject({
      code: 'HANDLER_FAILED',
      reason: 'attemptsExhausted',
      cause: { message: 'third' },
    });
    expect(work.runs).toHaveLength(3);
    expect(rig.of('request.retrying').map(({ attempt, delayMs }) => [attempt, delayMs])).toEqual([
      [1, 50],
      [2, 50],
    ]);
    expect(rig.of('request.failed')).toMatchObject([{ attempts: 3 }]);
  });

  it('goes elsewhere when somebody else can do it', async () => {
    const failing: string[] = [];
    const handler = (_: unknown, { componentId }: { componentId: string }): string => {
      failing.push(componentId);
      if (failing.length === 1) throw new Error('first');
      return componentId;
    };
    const { rig } = await single({ components: ['a', 'b'].map((id) => ({ id, handler })) });
    const tracked = rig.execute();
    await rig.advance(100);
    expect(tracked.outcome).toBe('resolved');
    expect(new Set(failing).size).toBe(2);
  });

  it('needs a token of the budget', async () => {
    const { rig, work } = await single({ retryBudget: { ratio: 0, perSecond: 0 } });
    const tracked = rig.execute();
    await rig.advance();
    work.last.reject(new Error('mine'));
    await rig.advance();
    expect(tracked.error).toMatchObject({ reason: 'retryBudget' });
  });

  it('is never made for the caller’s own fault', async () => {
    const { rig, work } = await single();
    const tracked = rig.execute();
    await rig.advance();
    work.last.reject(Object.assign(new Error('bad payload'), { callerFault: true }));
    await rig.advance();
    expect(tracked.error).toMatchObject({ reason: 'notRetryable' });
    expect(rig.balancer.getComponentCapacity('a')?.successRate).toBe(1);
  });

  it.for<[string, object, boolean, boolean]>([
    ['a plain error', {}, true, false],
    ['an error that says it may', { retryable: true }, true, true],
    ['an error that says it may not', { retryable: false }, false, false],
  ])('after %s is made of what may run twice (%j: %s), and of the rest (%s)', async ([, extra, twice, rest]) => {
    for (const [idempotent, expected] of [
      [true, twice],
      [false, rest],
    ] as const) {
      const { rig, work } = await single();
      const tracked = rig.execute({ idempotent });
      await rig.advance();
      work.last.reject(Object.assign(new Error('mine'), extra));
      await rig.advance();
      expect(tracked.outcome).toBe(expected ? undefined : 'rejected');
      if (!expected) expect(tracked.error).toMatchObject({ reason: 'notRetryable' });
    }
  });

  it.for(['WALLET_OPERATION', 'ARBITRAGE_OPPORTUNITY'])('of %s is not made after a time-out', async (type) => {
    const { rig, work } = await single({ requestTimeoutMs: 100 });
    const tracked = rig.execute({ type });
    await rig.advance(100);
    expect(tracked.error?.code).toBe('REQUEST_TIMEOUT');
    await rig.advance(5_000);
    expect(work.runs).toHaveLength(1);
  });

  it('keeps the place in the queue, and does not count against the bound', async () => {
    const { rig, work } = await single({ maxQueueSize: 1 });
    const first = rig.execute({ payload: 1 });
    await rig.advance();
    const second = rig.execute({ payload: 2 });
    work.last.reject(new Error('mine'));
    await rig.advance(50);
    expect(rig.counts).toMatchObject({ inFlight: 1, queued: 1 });
    const third = rig.execute({ payload: 3 });
    await rig.advance();
    expect(third.error?.code).toBe('QUEUE_FULL');
    work.last.resolve(2);
    await rig.advance();
    work.last.resolve(1);
    await rig.advance();
    expect([first.value, second.value]).toEqual([1, 2]);
  });
});
