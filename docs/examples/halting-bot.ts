import type { Clock, ComponentSpec, Fact, FactOfType, TerminalFact, WorkloadRequest } from 'plimsoll';
import { balancerLogic, isTerminal, submitFrom, subscribeFrom } from 'plimsoll/machines';
import { assign, setup } from 'xstate';

/** A trade that somebody wants done. */
export interface Trade {
  readonly id: string;
  readonly amount: number;
}

export interface HaltingBotInput {
  readonly components: readonly ComponentSpec[];
  /** The balancer's; the bot has no timers of its own. */
  readonly clock: Clock;
}

type BotEvent = { readonly type: 'trade.wanted'; readonly trade: Trade } | { readonly type: 'bot.stop' } | Fact;

interface BotContext extends HaltingBotInput {
  /** Wanted while trading was halted. */
  readonly waiting: readonly Trade[];
  readonly done: readonly string[];
  readonly lost: readonly string[];
}

const CRITICAL = 'wallet_manager';

type StatusChange = FactOfType<'component.statusChanged'>;

const isDown = ({ to }: StatusChange): boolean => to === 'Failed' || to === 'Maintenance';

/** Money: neither run twice nor moved elsewhere, which is what WALLET_OPERATION stands for by default. */
const requestOf = (trade: Trade): WorkloadRequest => ({
  type: 'WALLET_OPERATION',
  priority: 'CRITICAL',
  payload: trade,
  metadata: { tradeId: trade.id },
});

const tradeIdOf = (event: TerminalFact): string => String(event.metadata?.tradeId);

/**
 * A bot that invokes the balancer and trades through it. When the wallet manager fails it halts and keeps what is
 * wanted; when it is back it trades on. It learns of both by facts, the same way as of its trades' outcomes.
 */
export const haltingBot = setup({
  types: { input: {} as HaltingBotInput, context: {} as BotContext, events: {} as BotEvent },
  actors: { balancer: balancerLogic },
  guards: {
    walletIsDown: ({ event }) =>
      event.type === 'component.statusChanged' && event.componentId === CRITICAL && isDown(event),
    walletIsUp: ({ event }) =>
      event.type === 'component.statusChanged' && event.componentId === CRITICAL && !isDown(event),
  },
  actions: {
    listen: ({ self }) => void subscribeFrom(self, ['component.statusChanged']),
    trade: ({ event, self }) => {
      if (event.type === 'trade.wanted') submitFrom(self)(requestOf(event.trade));
    },
    tradeAllThatWaits: ({ context, self }) => {
      for (const trade of context.waiting) submitFrom(self)(requestOf(trade));
    },
    keep: assign({
      waiting: ({ context, event }) =>
        event.type === 'trade.wanted' ? [...context.waiting, event.trade] : context.waiting,
    }),
    keepNothing: assign({ waiting: [] }),
    noteDone: assign({
      done: ({ context, event }) =>
        event.type === 'request.completed' ? [...context.done, tradeIdOf(event)] : context.done,
    }),
    noteLost: assign({
      lost: ({ context, event }) => (isTerminal(event) ? [...context.lost, tradeIdOf(event)] : context.lost),
    }),
  },
}).createMachine({
  id: 'halting-bot',
  context: ({ input }) => ({ ...input, waiting: [], done: [], lost: [] }),
  invoke: {
    src: 'balancer',
    id: 'balancer',
    systemId: 'balancer',
    input: ({ context: { components, clock } }) => ({ components, clock, logger: false }),
    onDone: '.stopped',
    onError: '.stopped',
  },
  on: {
    'request.completed': { actions: 'noteDone' },
    'request.failed': { actions: 'noteLost' },
    'request.timedOut': { actions: 'noteLost' },
    'request.rejected': { actions: 'noteLost' },
  },
  initial: 'running',
  states: {
    running: {
      entry: 'listen',
      initial: 'trading',
      states: {
        trading: {
          on: {
            'trade.wanted': { actions: 'trade' },
            'component.statusChanged': { guard: 'walletIsDown', target: 'halted' },
          },
        },
        halted: {
          on: {
            'trade.wanted': { actions: 'keep' },
            'component.statusChanged': {
              guard: 'walletIsUp',
              target: 'trading',
              actions: ['tradeAllThatWaits', 'keepNothing'],
            },
          },
        },
      },
    },
    stopped: { type: 'final' },
  },
});
