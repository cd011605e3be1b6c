import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HOLD, type Policy, type WorkloadRequest } from '../../src/index.ts';
import { ManualHandler, quick, Rig } from '../support/rig.ts';

/** What nobody has handled while the test ran. */
function unhandled(): unknown[] {
  const seen: unknown[] = [];
  const note = (reason: unknown): void => void seen.push(reason);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  return seen;
}

/** Node tells of rejections after the microtasks of a turn. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('one request object, used again', () => {
  it('runs as it was at each call', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({ components: [{ id: 'wallet', handler: work.handle, maxConcurrentTasks: 1 }] });
    const request: { type: string; payload: string; preferredComponents: string[] } = {
      type: 'WALLET_OPERATION',
      payload: 'tx1',
      preferredComponents: ['wallet'],
    };
    const results = ['tx1', 'tx2', 'tx3'].map((payload) => {
      request.payload = payload;
      return rig.balancer.execute(request);
    });
    request.payload = 'never';
    request.type = 'OTHER';
    request.preferredComponents.push('nobody');
    for (let k = 0; k < 3; k++) {
      await rig.advance();
      work.last.resolve(work.last.request.payload);
    }
    expect(await Promise.all(results)).toEqual(['tx1', 'tx2', 'tx3']);
    expect(work.runs.map(({ request: { type } }) => type)).toEqual(Array(3).fill('WALLET_OPERATION'));
    expect(work.runs.map(({ request: { preferredComponents } }) => preferredComponents)).toEqual(
      Array(3).fill(['wallet']),
    );
  });

  it('also as a message, as an instance of a class, and when it is tried again', async () => {
    class Order implements WorkloadRequest {
      side = 'buy';
      get type(): string {
        return 'ORDER';
      }
      get payload(): unknown {
        return this.side;
      }
    }
    const seen: unknown[] = [];
    const rig = await Rig.start({
      components: [
        {
          id: 'a',
          handler: ({ type, payload }) => {
            seen.push([type, payload]);
            if (seen.length === 1) throw new Error('not yet');
          },
        },
      ],
    });
    const order = new Order();
    // own keys that the schema does not know are refused as ever
    Object.defineProperty(order, 'side', { value: 'buy', enumerable: false, writable: true });
    rig.balancer.actor.send({ type: 'request.submit', request: order });
    order.side = 'sell';
    await rig.advance(5_000);
    expect(seen).toEqual([
      ['ORDER', 'buy'],
      ['ORDER', 'buy'],
    ]);
  });
});

describe('a port that answers with a promise that is rejected', () => {
  it('does no harm: logger, inspect, random, policy, listener, receiver; of any kind of promise', async () => {
    const seen = unhandled();
    const rejects = async (): Promise<never> => {
      throw new Error('mine');
    };
    const wild = (value: unknown): never => value as never;
    const foreign = Object.defineProperty({}, 'then', {
      value: (_: unknown, bad: (cause: unknown) => void) => bad(new Error('mine')),
    });
    const policy: Policy = {
      name: 'async',
      createMemory: wild(rejects),
      select: wild(rejects),
    };
    const rig = await Rig.start({
      components: [quick('a')],
      algorithm: policy,
      inspect: wild(rejects),
      random: wild(rejects),
      logger: { debug: wild(rejects), info: wild(rejects), warn: wild(rejects), error: wild(rejects) },
    });
    rig.balancer.on('*', rejects);
    rig.balancer.on('*', () => foreign);
    rig.balancer.actor.send({ type: 'facts.subscribe', subscriber: { send: wild(rejects) } });
    const one = rig.execute();
    await rig.advance(10);
    await turn();
    expect(one.outcome).toBe('resolved');
    expect(seen).toEqual([]);
  });
});

describe('a policy', () => {
  it('that brings what only built-in ones may have is not asked for it', async () => {
    const policy = { name: 'sly', select: () => 0, selectLarge: () => Symbol('mine'), select2: HOLD };
    const rig = await Rig.start({
      components: Array.from({ length: 100 }, (_, k) => quick(`c${k}`)),
      algorithm: policy,
    });
    const all = rig.executeMany(50);
    await rig.advance(10);
    expect(all.map(({ outcome }) => outcome)).toEqual(Array(50).fill('resolved'));
  });
});

describe('a listener that is added while a fact is delivered', () => {
  it('hears from the next one on, and one that was removed hears no more', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    const heard: string[] = [];
    let off = (): void => {};
    let round = 0;
    const again = (): void => {
      off();
      const own = ++round;
      off = rig.balancer.on('request.completed', () => {
        heard.push(`again ${own}`);
        again();
      });
    };
    again();
    const removed = rig.balancer.on('request.completed', () => {
      heard.push('first');
      late();
    });
    const late = rig.balancer.on('request.completed', () => void heard.push('removed by the first'));
    rig.execute();
    await rig.advance();
    expect(heard).toEqual(['again 1', 'first']);
    removed();
    rig.execute();
    await rig.advance();
    expect(heard).toEqual(['again 1', 'first', 'again 2']);
  });

  it('also as a subscriber of streams and of messages', async () => {
    const rig = await Rig.start({ components: [quick('a')] });
    let streamed = 0;
    let told = 0;
    const stream = (): void => {
      const subscription = rig.balancer.events$.subscribe((fact) => {
        if (fact.type !== 'request.completed') return;
        streamed++;
        subscription.unsubscribe();
        stream();
      });
    };
    const subscribe = (): void => {
      const subscriber = {
        send: (): void => {
          told++;
          rig.balancer.actor.send({ type: 'facts.unsubscribe', subscriber });
          subscribe();
        },
      };
      rig.balancer.actor.send({ type: 'facts.subscribe', subscriber, types: ['request.completed'] });
    };
    stream();
    subscribe();
    rig.execute();
    await rig.advance();
    expect([streamed, told]).toEqual([1, 1]);
  });
});

describe('where Error.stackTraceLimit is read-only', () => {
  it('every outcome is delivered all the same', async () => {
    const before = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')!;
    Object.defineProperty(Error, 'stackTraceLimit', { ...before, writable: false });
    onTestFinished(() => void Object.defineProperty(Error, 'stackTraceLimit', before));
    const work = new ManualHandler();
    const rig = await Rig.start({ components: [{ id: 'a', handler: work.handle, maxConcurrentTasks: 1 }] });
    const ends = [
      rig.execute({ maxRetries: 0 }),
      rig.execute({ id: 'b' }),
      rig.execute({ deadline: rig.clock.now() + 50 }),
      rig.execute(),
    ];
    await rig.advance();
    work.last.reject(new Error('mine'));
    rig.balancer.cancel('b');
    await rig.advance(100);
    void rig.balancer.stop({ drain: false });
    await rig.advance();
    expect(ends.map(({ error }) => error?.code)).toEqual([
      'HANDLER_FAILED',
      'REQUEST_CANCELLED',
      'DEADLINE_EXCEEDED',
      'REQUEST_CANCELLED',
    ]);
  });
});

describe('a signal of another realm or a polyfill', () => {
  /** As jsdom's is: no instance of this realm's class. */
  class ForeignSignal {
    aborted = false;
    reason: unknown = undefined;
    private readonly heard = new Set<() => void>();
    addEventListener(_: string, listener: () => void): void {
      if (typeof listener !== 'function') throw new TypeError('not a function');
      this.heard.add(listener);
    }
    removeEventListener(_: string, listener: () => void): void {
      this.heard.delete(listener);
    }
    get listeners(): number {
      return this.heard.size;
    }
    abort(reason: unknown): void {
      this.aborted = true;
      this.reason = reason;
      for (const listener of [...this.heard]) listener();
    }
  }

  it('cancels as any other', async () => {
    const work = new ManualHandler();
    const rig = await Rig.start({ components: [{ id: 'a', handler: work.handle }] });
    const signal = new ForeignSignal();
    const one = rig.balancer.execute({ type: 'x' }, { signal: signal as never }).catch((error: unknown) => error);
    await rig.advance();
    expect(signal.listeners).toBe(1);
    signal.abort('gone');
    await rig.advance();
    expect(await one).toMatchObject({ code: 'REQUEST_CANCELLED', cause: 'gone' });
    expect(signal.listeners).toBe(0);
    await expect(rig.balancer.ready(undefined, { signal: signal as never })).rejects.toBe('gone');
    await expect(rig.balancer.ready(undefined, { signal: 5 as never })).rejects.toThrow('expected an AbortSignal');
  });
});

describe('asyncContext: false', () => {
  it('gives handlers the context of nobody', async () => {
    const store = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const rig = await Rig.start({
      components: [{ id: 'a', handler: () => void seen.push(store.getStore()), maxConcurrentTasks: 2 }],
      asyncContext: false,
    });
    for (const who of ['alice', 'bob', 'carol']) store.run(who, () => rig.execute());
    await rig.advance(10);
    expect(seen).toEqual([undefined, undefined, undefined]);
  });
});
