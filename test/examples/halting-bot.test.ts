import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ActorRefFrom, createActor } from 'xstate';
import { haltingBot } from '../../docs/examples/halting-bot.ts';
import { balancerOf } from '../../src/machines.ts';
import { VirtualClock } from '../../src/testing.ts';

describe('the bot that halts', () => {
  let clock: VirtualClock;
  let bot: ActorRefFrom<typeof haltingBot>;
  let signed: string[];
  let isHealthy: boolean;

  beforeEach(async () => {
    clock = new VirtualClock(1_700_000_000_000);
    signed = [];
    isHealthy = true;
    const components = [
      {
        id: 'wallet_manager',
        maxConcurrentTasks: 2,
        serves: ['WALLET_OPERATION'],
        handler: ({ payload }: { payload?: unknown }) =>
          new Promise<void>((resolve) => {
            clock.setTimeout(() => {
              signed.push(String(Reflect.get(Object(payload), 'id')));
              resolve();
            }, 20);
          }),
        check: () => isHealthy,
      },
      { id: 'price_feeds', serves: ['PRICE_UPDATE'], handler: () => 1 },
    ];
    bot = createActor(haltingBot, { input: { components, clock }, clock });
    bot.start();
    await clock.advance(0);
  });
  afterEach(() => bot.stop());

  const want = (id: string): void => bot.send({ type: 'trade.wanted', trade: { id, amount: 1 } });
  it('trades, halts when the wallet manager fails, and trades on when it is back', async () => {
    const balancer = balancerOf(bot.system, 'balancer');
    expect(bot.getSnapshot().value).toEqual({ running: 'trading' });
    want('t1');
    await clock.advance(5);

    // it fails with a trade under way: that one may not run twice, so it is awaited
    isHealthy = false;
    balancer.send({ type: 'component.fail', componentId: 'wallet_manager', reason: 'key store unreachable' });
    await clock.advance(0);
    expect(bot.getSnapshot().value).toEqual({ running: 'halted' });
    want('t2');
    want('t3');
    await clock.advance(100);
    expect(bot.getSnapshot().context).toMatchObject({ done: ['t1'], waiting: [{ id: 't2' }, { id: 't3' }], lost: [] });
    expect(signed).toEqual(['t1']);

    // probes of a component that is still broken change nothing
    await clock.advance(5_000);
    expect(bot.getSnapshot().value).toEqual({ running: 'halted' });
    expect(signed).toEqual(['t1']);

    // once it is well, its probes bring it back: within the longest cooldown
    isHealthy = true;
    await clock.advance(36_000);
    expect(bot.getSnapshot().value).toEqual({ running: 'trading' });
    expect(bot.getSnapshot().context).toMatchObject({ done: ['t1', 't2', 't3'], waiting: [], lost: [] });
    expect(signed).toEqual(['t1', 't2', 't3']);
    want('t4');
    await clock.advance(100);
    expect(bot.getSnapshot().context.done).toEqual(['t1', 't2', 't3', 't4']);
  });

  it('halts for maintenance, and not for a component that is not critical', async () => {
    const balancer = balancerOf(bot.system, 'balancer');
    balancer.send({ type: 'component.fail', componentId: 'price_feeds' });
    await clock.advance(0);
    expect(bot.getSnapshot().value).toEqual({ running: 'trading' });
    balancer.send({ type: 'component.drain', componentId: 'wallet_manager' });
    await clock.advance(0);
    expect(bot.getSnapshot().value).toEqual({ running: 'halted' });
    balancer.send({ type: 'component.resume', componentId: 'wallet_manager' });
    await clock.advance(0);
    expect(bot.getSnapshot().value).toEqual({ running: 'trading' });
  });

  it('stops when its balancer has stopped, with every trade answered', async () => {
    want('t1');
    await clock.advance(5);
    balancerOf(bot.system, 'balancer').send({ type: 'balancer.stop' });
    await clock.advance(100);
    expect(bot.getSnapshot().status).toBe('done');
    expect(bot.getSnapshot().context.done).toEqual(['t1']);
  });
});
