import { type BalancerCommand, type BalancerMetrics, type Clock, isTerminal } from 'plimsoll';
import { balancerLogic } from 'plimsoll/machines';
import { assign, enqueueActions, fromPromise, sendTo, setup } from 'xstate';
import type { BotEvent, BotInput, BotOutput } from './bot-io.ts';
import type { BotView, Notice } from './bot-view.ts';
import type { MarketEvent } from './market/generator.ts';
import { play } from './market/player.ts';
import { viewOf } from './metrics-view.ts';
import { HEARD, noticeOf } from './notices.ts';
import { healthReading, housekeeping } from './requests.ts';

interface MarketInput {
  readonly market: BotInput['market'];
  readonly clock: Clock;
  readonly tell: (event: MarketEvent) => void;
}

interface BotContext {
  readonly input: BotInput;
  readonly startedAt: number;
  readonly notices: Notice[];
  /** For those who watch; what the bot may do follows from its state. */
  readonly trading: 'open' | 'halted' | 'over';
  readonly metrics: BalancerMetrics | undefined;
  readonly failure: unknown;
}

const MOST_NOTICES = 10_000;
const CHORES_EVERY_MS = 500;

const elapsed = ({ input, startedAt }: BotContext): number => input.balancer.clock.now() - startedAt;

const view = (context: BotContext): BotView | undefined =>
  context.metrics === undefined
    ? undefined
    : viewOf(context.metrics, {
        elapsedMs: elapsed(context),
        durationMs: context.input.durationMs,
        trading: context.trading,
        bot: context.input.desk.counts,
        notices: context.notices,
      });

const say = (context: BotContext, text: string): void => {
  if (context.notices.length < MOST_NOTICES) context.notices.push({ atMs: elapsed(context), text });
};

/** What an event says about the only component that may move money. */
const walletChange = (event: BotEvent): 'up' | 'down' | undefined => {
  if (event.type !== 'component.statusChanged' || event.componentId !== 'wallet_manager') return undefined;
  return event.to === 'Failed' || event.to === 'Maintenance' ? 'down' : 'up';
};

const command = (event: BalancerCommand): BalancerCommand => event;

/**
 * The bot: it invokes the balancer, turns what the market tells into requests and outcomes into further requests, all by
 * messages, and does not trade while the wallet manager is down.
 */
export const botMachine = setup({
  types: {
    input: {} as BotInput,
    context: {} as BotContext,
    events: {} as BotEvent,
    emitted: {} as { readonly type: 'bot.sampled'; readonly view: BotView },
    output: {} as BotOutput,
  },
  actors: {
    balancer: balancerLogic,
    market: fromPromise(async ({ input, signal }: { input: MarketInput; signal: AbortSignal }) => {
      await play(input.market, { clock: input.clock, onEvent: input.tell, signal });
    }),
  },
  delays: {
    duration: ({ context }) => context.input.durationMs,
    healthyTime: ({ context }) => context.input.fault?.afterMs ?? 0,
    repairTime: ({ context }) => context.input.fault?.forMs ?? 0,
  },
  guards: {
    willBreak: ({ context }) => context.input.fault !== undefined,
    isWalletDown: ({ event }) => walletChange(event) === 'down',
    isWalletUp: ({ event }) => walletChange(event) === 'up',
  },
  actions: {
    listen: sendTo('balancer', ({ self }) => command({ type: 'facts.subscribe', subscriber: self, types: HEARD })),
    /** Turns what came in into requests; the answers come back as messages. */
    respond: enqueueActions(({ context, event, enqueue, self }, trading: boolean) => {
      const { desk } = context.input;
      const moment = { trading };
      const requests =
        event.type === 'market.event'
          ? desk.onMarket(event.event, moment)
          : isTerminal(event)
            ? desk.onOutcome(event, moment)
            : [];
      for (const request of requests) {
        enqueue.sendTo('balancer', command({ type: 'request.submit', request, replyTo: self }));
      }
    }),
    /** Work that would follow is not begun any more. */
    countOutcome: ({ context, event }) => {
      if (isTerminal(event)) context.input.desk.onOutcome(event, { trading: false });
    },
    doChores: enqueueActions(({ enqueue, self }) => {
      for (const request of [healthReading(), housekeeping()]) {
        enqueue.sendTo('balancer', command({ type: 'request.submit', request, replyTo: self }));
      }
    }),
    note: ({ context, event }) => {
      const text = event.type === 'market.event' || event.type === 'bot.stop' ? undefined : noticeOf(event);
      if (text !== undefined) say(context, text);
    },
    say: ({ context }, text: string) => say(context, text),
    setTrading: assign({ trading: (_, trading: BotContext['trading']) => trading }),
    keepMetrics: assign({
      metrics: ({ context, event }) => (event.type === 'metrics.sampled' ? event.metrics : context.metrics),
    }),
    show: enqueueActions(({ context, enqueue }) => {
      const now = view(context);
      if (now !== undefined) enqueue.emit({ type: 'bot.sampled', view: now });
    }),
    breakComponent: ({ context }) => {
      const { fault, breakdown } = context.input;
      if (fault === undefined) return;
      breakdown.break(fault.componentId);
      say(context, `${fault.componentId} is broken on purpose: what runs there freezes`);
    },
    mendComponent: ({ context }) => {
      context.input.breakdown.mend();
      say(context, `${context.input.fault?.componentId} is mended`);
    },
    askToRecover: sendTo('balancer', ({ context }) =>
      command({ type: 'component.recover', componentId: context.input.fault?.componentId ?? '', reason: 'mended' }),
    ),
    drain: sendTo('balancer', ({ context }) =>
      command({ type: 'balancer.stop', drain: true, timeoutMs: context.input.drainMs }),
    ),
    stopNow: sendTo('balancer', command({ type: 'balancer.stop', drain: false })),
  },
}).createMachine({
  id: 'bot',
  context: ({ input }) => ({
    input,
    startedAt: input.balancer.clock.now(),
    notices: [],
    trading: 'open',
    metrics: undefined,
    failure: undefined,
  }),
  invoke: {
    id: 'balancer',
    src: 'balancer',
    systemId: 'balancer',
    input: ({ context }) => context.input.balancer,
    onDone: { target: '.finished', actions: assign({ metrics: ({ event }) => event.output.metrics }) },
    onError: { target: '.finished', actions: assign({ failure: ({ event }) => event.error }) },
  },
  on: {
    'metrics.sampled': { actions: ['keepMetrics', 'show'] },
    '*': { actions: 'note' },
  },
  output: ({ context }) => ({ view: view(context), notices: context.notices, failure: context.failure }),
  initial: 'running',
  states: {
    running: {
      type: 'parallel',
      entry: 'listen',
      invoke: {
        src: 'market',
        input: ({ context, self }) => ({
          market: context.input.market,
          clock: context.input.balancer.clock,
          tell: (event: MarketEvent) => self.send({ type: 'market.event', event }),
        }),
        onDone: 'draining',
        onError: { target: 'draining', actions: assign({ failure: ({ event }) => event.error }) },
      },
      on: { 'bot.stop': 'draining' },
      after: { duration: 'draining' },
      states: {
        trading: {
          initial: 'open',
          states: {
            open: {
              entry: { type: 'setTrading', params: 'open' },
              on: {
                'market.event': { actions: { type: 'respond', params: true } },
                'request.*': { actions: { type: 'respond', params: true } },
                'component.statusChanged': {
                  guard: 'isWalletDown',
                  target: 'halted',
                  actions: ['note', { type: 'say', params: 'trading is halted' }],
                },
              },
            },
            halted: {
              entry: { type: 'setTrading', params: 'halted' },
              on: {
                'market.event': { actions: { type: 'respond', params: false } },
                'request.*': { actions: { type: 'respond', params: false } },
                'component.statusChanged': {
                  guard: 'isWalletUp',
                  target: 'open',
                  actions: ['note', { type: 'say', params: 'trading goes on' }],
                },
              },
            },
          },
        },
        chores: {
          initial: 'waiting',
          states: {
            waiting: { after: { [CHORES_EVERY_MS]: { target: 'waiting', reenter: true, actions: 'doChores' } } },
          },
        },
        fault: {
          initial: 'sound',
          states: {
            sound: { after: { healthyTime: { guard: 'willBreak', target: 'broken' } } },
            broken: { entry: 'breakComponent', exit: 'mendComponent', after: { repairTime: 'mended' } },
            mended: { entry: 'askToRecover' },
          },
        },
      },
    },
    draining: {
      entry: ['drain', { type: 'setTrading', params: 'over' }],
      on: { 'request.*': { actions: 'countOutcome' }, 'bot.stop': { actions: 'stopNow' } },
    },
    finished: { type: 'final' },
  },
});
