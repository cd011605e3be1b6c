import { describe, expect, it } from 'vitest';
import { type AnyActorRef, createActor, toPromise } from 'xstate';
import { botMachine } from '../../../docs/examples/mayarbi-bot/bot.machine.ts';
import type { BotInput } from '../../../docs/examples/mayarbi-bot/bot-io.ts';
import { Breakdown } from '../../../docs/examples/mayarbi-bot/breakdown.ts';
import { createComponents } from '../../../docs/examples/mayarbi-bot/components.ts';
import { conservationOf } from '../../../docs/examples/mayarbi-bot/conservation.ts';
import { Desk } from '../../../docs/examples/mayarbi-bot/desk.ts';
import type { MarketEvent } from '../../../docs/examples/mayarbi-bot/market/generator.ts';
import type { Handler } from '../../../src/domain/component.ts';
import { InvalidConfigError } from '../../../src/domain/errors.ts';
import { VirtualClock } from '../../../src/testing/clock/virtual-clock.ts';
import { seededRandom } from '../../../src/testing/seeded-random.ts';

/** Every tenth tick is a chance; nothing takes any time but the wallet's work. */
const handler: Handler = async ({ type, payload }, { clock }) => {
  switch (type) {
    case 'PRICE_UPDATE':
      return { applied: true, quote: { venue: 'baltic', pair: 'ETH/USDC', seq: payload, bid: 1, ask: 2 } };
    case 'ARBITRAGE_OPPORTUNITY':
      return { rounds: 1, cycles: [{ asset: 'ETH', amount: Math.floor(clock.now() / 100), legs: [] }] };
    case 'WALLET_OPERATION':
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 20));
      return { signature: 'signed' };
    default:
      return undefined;
  }
};

/** A tick every 10 ms. */
function* ticks(count = Number.POSITIVE_INFINITY): Generator<MarketEvent> {
  for (let seq = 1; seq <= count; seq++) yield { atMs: seq * 10, kind: 'tick', payload: seq };
}

interface Changes extends Partial<Omit<BotInput, 'balancer'>> {
  readonly handler?: Handler;
  readonly settings?: Partial<BotInput['balancer']>;
}

function startBot({ settings, handler: given, ...changes }: Changes = {}) {
  const clock = new VirtualClock(1_000_000);
  const breakdown = new Breakdown();
  const desk = new Desk(() => undefined);
  const seen: string[] = [];
  const counted: Handler = (request, context) => {
    seen.push(request.type);
    return (given ?? handler)(request, context);
  };
  const actor = createActor(botMachine, {
    clock,
    input: {
      balancer: {
        components: createComponents(counted, breakdown),
        clock,
        random: seededRandom(7),
        logger: false,
        healthCheckIntervalMs: 200,
        loadMonitorIntervalMs: 250,
        ...settings,
      },
      desk,
      market: ticks(),
      durationMs: 10_000,
      drainMs: 1000,
      fault: undefined,
      breakdown,
      ...changes,
    },
  });
  const output = toPromise(actor);
  actor.start();
  return { actor, clock, desk, output, seen };
}

const trading = (actor: AnyActorRef): unknown => actor.getSnapshot().context.trading;

describe('the bot', () => {
  it('turns ticks into quotes, searches, operations and receipts, all by messages, and ends with a sum', async () => {
    const { clock, desk, output, seen } = startBot();
    await clock.advance(11_000);
    const { view, failure } = await output;
    expect(failure).toBeUndefined();
    expect(desk.counts).toMatchObject({ quotes: 999, searches: 999, opportunities: 100, operations: 100, missed: 0 });
    expect(seen.filter((type) => type === 'WALLET_OPERATION')).toHaveLength(100);
    expect(desk.counts.stored).toBe(100 + Math.floor(999 / 8));
    expect(view?.outcomes).toMatchObject({ queued: 0, inFlight: 0, awaitingRetry: 0 });
    expect(conservationOf(view!.outcomes)).toMatchObject({ holds: true, settled: seen.length });
  });

  it('halts trading while the wallet manager is down, and goes on when it is back', async () => {
    const fault = { componentId: 'wallet_manager', afterMs: 2000, forMs: 3000 };
    const { actor, clock, desk, output, seen } = startBot({ fault });
    const states: unknown[] = [];
    actor.subscribe((snapshot) => {
      const { value } = snapshot;
      const state = typeof value === 'object' ? value.running?.trading : value;
      if (states.at(-1) !== state) states.push(state);
    });
    await clock.advance(2700);
    expect(trading(actor)).toBe('halted');
    const { searches, quotes } = desk.counts;
    seen.length = 0;
    await clock.advance(2000);
    // prices are kept all the while, money is not touched
    expect(desk.counts.searches).toBe(searches);
    expect(desk.counts.quotes).toBe(quotes + 200);
    expect(new Set(seen)).not.toContain('WALLET_OPERATION');
    await clock.advance(1000);
    expect(trading(actor)).toBe('open');
    expect(desk.counts.searches).toBeGreaterThan(searches);
    await clock.advance(6000);
    const { view, notices } = await output;
    expect(states).toEqual(['open', 'halted', 'open', 'draining', 'finished']);
    expect(conservationOf(view!.outcomes)).toMatchObject({ holds: true });
    const told = notices.map(({ text }) => text).filter((text) => !text.startsWith('pressure'));
    expect(told).toEqual([
      expect.stringContaining('wallet_manager is broken on purpose'),
      'nobody can do WALLET_OPERATION',
      'CRITICAL: Nobody can do WALLET_OPERATION: wallet_manager is not operational. Its work waits.',
      expect.stringMatching(/failover of wallet_manager: 0 moved to others, [1-8] awaited/),
      expect.stringMatching(/wallet_manager: \w+ to Failed \(health check/),
      'trading is halted',
      'wallet_manager is mended',
      expect.stringMatching(/WALLET_OPERATION can be done again after \d+ ms/),
      expect.stringMatching(/wallet_manager: Failed to \w+/),
      'trading goes on',
      expect.stringContaining('failover of wallet_manager: completed'),
    ]);
  });

  it('loses no price while their component is down: its work moves over and back', async () => {
    const fault = { componentId: 'price_feeds', afterMs: 2000, forMs: 3000 };
    const { clock, desk, output } = startBot({ fault });
    await clock.advance(11_000);
    const { view, notices } = await output;
    expect(view?.outcomes).toMatchObject({ failed: 0, timedOut: 0, shed: 0, rejected: 0, cancelled: 0 });
    expect(desk.counts.quotes + desk.counts['late ticks']).toBe(999);
    const told = notices.map(({ text }) => text).join('\n');
    expect(told).toMatch(/failover of price_feeds: \d+ moved/);
    expect(told).toMatch(/price_feeds: Failed to/);
  });

  it('blames no component for what feeds send', async () => {
    const bad = Object.assign(new Error('cut off'), { code: 'BAD_TICK', callerFault: true });
    const failing: Handler = (request, context) => {
      if (request.type === 'PRICE_UPDATE') throw bad;
      return handler(request, context);
    };
    const { clock, desk, output } = startBot({ handler: failing, market: ticks(200) });
    await clock.advance(3000);
    const { view, notices } = await output;
    expect(desk.counts).toMatchObject({ 'bad ticks': 200, quotes: 0 });
    expect(view?.outcomes.failed).toBe(200);
    expect(view?.components.map(({ status }) => status)).toEqual(Array.from({ length: 7 }, () => 'Available'));
    expect(notices).toEqual([]);
  });
});

describe('the end of the bot', () => {
  it('comes with the end of the market', async () => {
    const { clock, output } = startBot({ market: ticks(100) });
    await clock.advance(1100);
    expect((await output).view?.elapsedMs).toBeLessThanOrEqual(1100);
  });

  it('drains when asked, and takes nothing new meanwhile', async () => {
    const { actor, clock, desk, output } = startBot();
    await clock.advance(1005);
    actor.send({ type: 'bot.stop' });
    expect(actor.getSnapshot().value).toBe('draining');
    await clock.advance(500);
    const { view } = await output;
    expect(desk.counts).toMatchObject({ quotes: 100, operations: 11 });
    expect(view?.outcomes).toMatchObject({ cancelled: 0, rejected: 0 });
    expect(view?.trading).toBe('over');
  });

  it('is at once when asked twice: what hangs is cancelled', async () => {
    const hanging: Handler = (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const { actor, clock, output } = startBot({ handler: hanging });
    await clock.advance(200);
    actor.send({ type: 'bot.stop' });
    await clock.advance(100);
    expect(actor.getSnapshot().value).toBe('draining');
    actor.send({ type: 'bot.stop' });
    await clock.advance(0);
    const { view } = await output;
    expect(view?.outcomes).toMatchObject({ submitted: 20, cancelled: 20, queued: 0, inFlight: 0 });
  });

  it('is one with a reason when the balancer cannot be made', async () => {
    const { actor, output } = startBot({ settings: { maxQueueSize: -1 } });
    const { failure, view } = await output;
    expect(failure).toBeInstanceOf(InvalidConfigError);
    expect(view).toBeUndefined();
    expect(actor.getSnapshot().value).toBe('finished');
  });

  it('tells why the market broke off, and settles what was open', async () => {
    function* breaking(): Generator<MarketEvent> {
      yield* ticks(10);
      throw new Error('the feed is gone');
    }
    const { clock, output } = startBot({ market: breaking() });
    await clock.advance(1000);
    const { failure, view } = await output;
    expect(failure).toEqual(new Error('the feed is gone'));
    expect(view?.outcomes.completed).toBe(view?.outcomes.submitted);
  });
});
