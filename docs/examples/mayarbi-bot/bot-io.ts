import type { Clock, Fact } from 'plimsoll';
import type { BalancerInput } from 'plimsoll/machines';
import type { BotView, Notice } from './bot-view.ts';
import type { Breakdown } from './breakdown.ts';
import type { Desk } from './desk.ts';
import type { MarketEvent } from './market/generator.ts';

export interface BotInput {
  /** Of the balancer that the bot invokes; its clock is the bot's. */
  readonly balancer: BalancerInput & { readonly clock: Clock };
  readonly desk: Desk;
  readonly market: Iterable<MarketEvent> | AsyncIterable<MarketEvent>;
  /** Length of the run; milliseconds. A market that ends sooner ends it. */
  readonly durationMs: number;
  /** How long the drain may take before open requests are cancelled; milliseconds. */
  readonly drainMs: number;
  /** What breaks on purpose, after how long and for how long (milliseconds); `undefined`: nothing. */
  readonly fault: { readonly componentId: string; readonly afterMs: number; readonly forMs: number } | undefined;
  readonly breakdown: Breakdown;
}

export interface BotOutput {
  /** The end of the run; `undefined` when the balancer never told its metrics. */
  readonly view: BotView | undefined;
  readonly notices: readonly Notice[];
  /** What ended the bot before its time. */
  readonly failure: unknown;
}

export type BotEvent =
  | { readonly type: 'market.event'; readonly event: MarketEvent }
  /** Once: finish what runs. Twice: stop now. */
  | { readonly type: 'bot.stop' }
  | Fact;
