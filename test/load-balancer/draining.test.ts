import { describe, expect, it } from 'vitest';
import type { ComponentSpec, HandlerContext, WorkloadRequest } from '../../src/index.ts';
import { ManualHandler, quick, Rig, type Tracked } from '../support/rig.ts';

const REFUSED = { code: 'NOT_RUNNING', reason: 'draining' };
/** What handlers wait for before they submit, ms. */
const LONG_MS = 100;

const sleep = ({ clock }: HandlerContext, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.setTimeout(resolve, ms);
  });

/** A component `orders` whose handler calls `submit` when the test likes, and one for everything else. */
async function withSubmitter(
  submit: (rig: Rig, context: HandlerContext, request: WorkloadRequest) => unknown,
  { other = quick('other'), ...config }: { other?: ComponentSpec; asyncContext?: boolean; maxQueueSize?: number } = {},
): Promise<Rig> {
  const rig: Rig = await Rig.start({
    components: [
      { id: 'orders', serves: ['ORDER'], handler: (request, context) => submit(rig, context, request) },
      { ...other, serves: ['QUOTE'] },
    ],
    ...config,
  });
  return rig;
}

const order = { type: 'ORDER' };
const quote = { type: 'QUOTE' };

describe('what a handler submits while the balancer drains', () => {
  it.for<[string, (rig: Rig, context: HandlerContext) => unknown]>([
    [
      'after an await',
      async (rig, context) => {
        await sleep(context, LONG_MS);
        return rig.balancer.execute(quote);
      },
    ],
    [
      'after several, one of them of a request',
      async (rig, context) => {
        await rig.balancer.execute(quote);
        await sleep(context, LONG_MS);
        await undefined;
        return rig.balancer.execute(quote);
      },
    ],
    ['in a callback of a promise', (rig, context) => sleep(context, LONG_MS).then(() => rig.balancer.execute(quote))],
    [
      'with a signal',
      async (rig, context) => {
        await sleep(context, LONG_MS);
        return rig.balancer.execute(quote, { signal: context.signal });
      },
    ],
    [
      'several at once',
      async (rig, context) => {
        await sleep(context, LONG_MS);
        const all = await Promise.all([rig.balancer.execute(quote), rig.balancer.execute(quote)]);
        return all[0];
      },
    ],
  ])('is done: %s', async ([, submit]) => {
    const rig = await withSubmitter(submit);
    const tracked = rig.execute(order);
    await rig.advance(10);
    const stopped = rig.balancer.stop();
    await rig.advance(10_000);
    await stopped;
    expect(tracked).toMatchObject({ outcome: 'resolved', value: 'other' });
    expect(rig.counts).toMatchObject({ rejected: 0, cancelled: 0 });
  });

  it('is done also by handlers that begin only then, at once or after an await', async () => {
    const rig = await withSubmitter(async ({ balancer }, context, { id }) => {
      if (id === 'late') await sleep(context, LONG_MS);
      return balancer.execute(quote);
    });
    rig.balancer.pauseDispatch();
    const tracked = [rig.execute(order), rig.execute({ ...order, id: 'late' })];
    const stopped = rig.balancer.stop();
    await rig.advance(1_000);
    await stopped;
    expect(tracked).toMatchObject([{ value: 'other' }, { value: 'other' }]);
  });

  it('may submit in its turn', async () => {
    let depth = 0;
    const rig: Rig = await Rig.start({
      components: [
        {
          id: 'a',
          handler: async (_, context) => {
            const mine = depth++;
            await sleep(context, 50);
            return mine === 3 ? 'deep' : rig.balancer.execute({ type: 'GENERAL' });
          },
        },
      ],
    });
    const tracked = rig.execute();
    await rig.advance(10);
    const stopped = rig.balancer.stop();
    await rig.advance(1_000);
    await stopped;
    expect([tracked.value, depth]).toEqual(['deep', 4]);
  });

  it('is done though the handler does not wait for it', async () => {
    const work = new ManualHandler();
    const inner: Tracked[] = [];
    const rig = await withSubmitter(
      async (self, context) => {
        await sleep(context, LONG_MS);
        inner.push(self.execute(quote));
        return 'sent';
      },
      { other: { id: 'other', handler: work.handle } },
    );
    rig.execute(order);
    await rig.advance(10);
    void rig.balancer.stop();
    await rig.advance(LONG_MS);
    expect(rig.hasStopped).toBe(false);
    work.last.resolve('done');
    await rig.advance();
    expect([inner[0]?.value, rig.hasStopped]).toEqual(['done', true]);
  });

  it('waits for its place in a full queue; others that wait are refused', async () => {
    const work = new ManualHandler();
    const rig = await withSubmitter(
      async ({ balancer }, context) => {
        await sleep(context, LONG_MS);
        return balancer.execute(quote, { whenFull: 'wait' });
      },
      { other: { id: 'other', handler: work.handle, maxConcurrentTasks: 1 }, maxQueueSize: 1 },
    );
    const outer = rig.execute(order);
    rig.executeMany(2, quote);
    await rig.advance(LONG_MS);
    const outside = rig.balancer.execute(quote, { whenFull: 'wait' });
    const refusal = expect(outside).rejects.toMatchObject(REFUSED);
    await rig.advance();
    const stopped = rig.balancer.stop();
    await rig.advance();
    await refusal;
    for (let k = 0; k < 3; k++) {
      work.runs[k]?.resolve(k);
      await rig.advance();
    }
    await stopped;
    expect(outer.value).toBe(2);
  });

  it('is refused like everything else when the stop does not wait, or has waited long enough', async () => {
    for (const stop of [{ drain: false }, { timeoutMs: 50 }]) {
      const seen: unknown[] = [];
      const rig = await withSubmitter(async ({ balancer }, context) => {
        await sleep(context, LONG_MS);
        await balancer.execute(quote).catch((error) => seen.push(error));
      });
      const tracked = rig.execute(order);
      await rig.advance(10);
      const stopped = rig.balancer.stop(stop);
      await rig.advance(200);
      await stopped;
      expect(tracked.error).toMatchObject({ code: 'REQUEST_CANCELLED', reason: 'stopped' });
      expect(seen).toMatchObject([{ code: 'NOT_RUNNING' }]);
    }
  });

  it('does not keep the stop from ending: who goes on for ever is cancelled when its time is over', async () => {
    const rig = await withSubmitter((self, context) =>
      sleep(context, 10).then(() => self.balancer.execute({ ...order, priority: 'LOW' })),
    );
    const tracked = rig.execute(order);
    await rig.advance(5);
    const stopped = rig.balancer.stop({ timeoutMs: 500 });
    await rig.advance(499);
    expect(rig.hasStopped).toBe(false);
    await rig.advance(1);
    await stopped;
    expect(tracked.error).toMatchObject({ code: 'REQUEST_CANCELLED' });
  });

  it('may be cancelled', async () => {
    const seen: unknown[] = [];
    const rig = await withSubmitter(
      async ({ balancer }, context) => {
        await sleep(context, LONG_MS);
        await balancer.execute({ ...quote, id: 'inner' }).catch((error) => seen.push(error));
        return 'went on';
      },
      { other: { id: 'other', handler: () => new Promise(() => {}) } },
    );
    const outer = rig.execute(order);
    await rig.advance(10);
    void rig.balancer.stop();
    await rig.advance(LONG_MS);
    expect(rig.balancer.cancel('inner')).toBe(true);
    await rig.advance();
    expect(seen).toMatchObject([{ code: 'REQUEST_CANCELLED' }]);
    expect([outer.value, rig.hasStopped]).toEqual(['went on', true]);
  });

  it('is admitted as a message too', async () => {
    const rig = await withSubmitter(async ({ balancer }, context) => {
      await sleep(context, LONG_MS);
      return balancer.submitRequest(quote);
    });
    const tracked = rig.execute(order);
    await rig.advance(10);
    void rig.balancer.stop();
    await rig.advance(LONG_MS);
    expect([tracked.value, rig.counts.completed]).toEqual([true, 2]);
  });
});

describe('what others submit while the balancer drains', () => {
  it('is refused, however many handlers run', async () => {
    const rig = await withSubmitter((_, context) => sleep(context, LONG_MS));
    rig.executeMany(3, order);
    await rig.advance(10);
    void rig.balancer.stop();
    const outside = [rig.execute(quote), rig.execute(order)];
    await rig.advance(10);
    expect(outside).toMatchObject([{ error: REFUSED }, { error: REFUSED }]);
    expect(rig.balancer.submitRequest(quote)).toBe(false);
  });

  it('is refused also of those whom a handler has set going: listeners, and who awaited its request', async () => {
    const outside: Tracked[] = [];
    const rig = await withSubmitter(async (self, context) => {
      await self.balancer.execute(quote);
      await sleep(context, LONG_MS);
      await self.balancer.execute(quote);
      await sleep(context, LONG_MS);
    });
    rig.balancer.on('request.completed', () => void outside.push(rig.execute({ ...quote, metadata: {} })));
    const first = rig.balancer.execute(quote).then(() => void outside.push(rig.execute(quote)));
    rig.execute(order);
    void rig.balancer.stop();
    await rig.advance(LONG_MS * 1.5);
    await first;
    expect(outside.length).toBeGreaterThanOrEqual(3);
    for (const { error } of outside) expect(error).toMatchObject(REFUSED);
  });

  it('is refused of handlers that have settled, and of those that are waited for no longer', async () => {
    const late: Tracked[] = [];
    const rig = await withSubmitter(async (self, context, { id }) => {
      const goOn = sleep(context, LONG_MS).then(() => void late.push(self.execute(quote)));
      if (id === 'hangs') await goOn;
    });
    const holding = new ManualHandler();
    rig.balancer.register({ id: 'holding', serves: ['HOLD'], handler: holding.handle });
    rig.execute({ type: 'HOLD' });
    rig.balancer.updateConfig({ abortGraceMs: 20 });
    rig.execute(order);
    rig.execute({ ...order, id: 'hangs', timeoutMs: 20, maxRetries: 0 });
    await rig.advance(10);
    void rig.balancer.stop();
    await rig.advance(LONG_MS);
    expect(late).toMatchObject([{ error: REFUSED }, { error: REFUSED }]);
    holding.last.resolve('done');
    await rig.advance();
    expect(rig.hasStopped).toBe(true);
  });

  it('is refused of another balancer’s handlers', async () => {
    const draining = await withSubmitter((_, context) => sleep(context, LONG_MS));
    const seen: Tracked[] = [];
    const other = await withSubmitter(() => void seen.push(draining.execute(quote)));
    draining.execute(order);
    await draining.advance(10);
    void draining.balancer.stop();
    other.execute(order);
    await other.advance();
    await draining.advance();
    expect(seen).toMatchObject([{ error: REFUSED }]);
  });
});

describe('whose handler it is, the balancer knows', () => {
  it.for([true, false])('without a mark before the first await (asyncContext: %s)', async (asyncContext) => {
    const rig = await withSubmitter(({ balancer }) => balancer.execute(quote), { asyncContext });
    rig.balancer.pauseDispatch();
    const tracked = rig.execute(order);
    void rig.balancer.stop();
    await rig.advance(10);
    expect(tracked.value).toBe('other');
  });

  it('by a mark afterwards, which handlers do not have with asyncContext: false', async () => {
    const rig = await withSubmitter(
      async ({ balancer }, context) => {
        await sleep(context, LONG_MS);
        return balancer.execute(quote);
      },
      { asyncContext: false },
    );
    const tracked = rig.execute({ ...order, maxRetries: 0 });
    await rig.advance(10);
    void rig.balancer.stop();
    await rig.advance(LONG_MS);
    expect(tracked.error).toMatchObject({ code: 'HANDLER_FAILED', cause: REFUSED });
  });

  it('though more begin in a second than are marked, of a component whose handlers have submitted before', async () => {
    const rig = await withSubmitter(async ({ balancer }, context, { id }) => {
      if (id !== 'submits') return undefined;
      await sleep(context, LONG_MS);
      return balancer.execute(quote);
    });
    rig.execute({ ...order, id: 'submits' });
    await rig.advance(1_500);
    for (let k = 0; k < 60; k++) {
      rig.executeMany(10, order);
      await rig.advance();
    }
    const tracked = rig.execute({ ...order, id: 'submits' });
    await rig.advance(10);
    void rig.balancer.stop();
    await rig.advance(LONG_MS);
    expect(tracked.value).toBe('other');
  });
});
