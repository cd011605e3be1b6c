import type { BotView, ComponentView } from '../../../docs/examples/mayarbi-bot/bot-view.ts';

export const component = (id: string, more: Partial<ComponentView> = {}): ComponentView => ({
  id,
  status: 'Available',
  inFlight: 2,
  capacity: 20,
  done: 1234,
  failed: 0,
  p50Ms: 0.123,
  p99Ms: 45.67,
  ...more,
});

export const view: BotView = {
  elapsedMs: 12_345,
  durationMs: 30_000,
  algorithm: 'adaptive',
  pressure: 'normal',
  failover: 'degraded',
  components: [
    component('arbitrage_engine'),
    component('price_feeds', { status: 'Failed', detail: 'probing', inFlight: 0, failed: 7 }),
    component('wallet_manager', { status: 'Overloaded', inFlight: 8, capacity: 8, p50Ms: undefined, p99Ms: 1234.5 }),
  ],
  queue: ['CRITICAL', 'HIGH', 'NORMAL', 'LOW', 'MINIMAL'].map((priority, i) => ({ priority, waiting: i * 10 })),
  outcomes: {
    submitted: 1000,
    completed: 900,
    failed: 10,
    timedOut: 5,
    shed: 20,
    rejected: 15,
    cancelled: 8,
    queued: 30,
    inFlight: 10,
    awaitingRetry: 2,
  },
  trading: 'halted',
  bot: { ticks: 700, opportunities: 12, 'wallet operations': 11, 'bad ticks': 3 },
  notices: [
    { atMs: 5000, text: 'price_feeds: Busy to Failed' },
    { atMs: 5001, text: 'failover of price_feeds: 3 moved, 1 awaited' },
  ],
};
