/**
 * What the table and the report show: plain data, filled from the balancer's metrics and the bot's own counts. They know
 * nothing else, so they can be tested without a balancer.
 */
export interface BotView {
  /** Since the start; milliseconds. */
  readonly elapsedMs: number;
  /** Planned length of the run; milliseconds. */
  readonly durationMs: number;
  readonly algorithm: string;
  readonly pressure: string;
  readonly failover: string;
  readonly components: readonly ComponentView[];
  /** Waiting requests by priority, most important first. */
  readonly queue: readonly { readonly priority: string; readonly waiting: number }[];
  readonly outcomes: Outcomes;
  /** What the bot does: `open` or `halted` while it runs. */
  readonly trading: string;
  /** The bot's own counts, by name, in the order to show them in. */
  readonly bot: Readonly<Record<string, number>>;
  /** What happened of late, newest last. */
  readonly notices: readonly Notice[];
}

export interface Notice {
  /** Since the start; milliseconds. */
  readonly atMs: number;
  readonly text: string;
}

export type ComponentStatus = 'Available' | 'Busy' | 'Overloaded' | 'Maintenance' | 'Failed';

export interface ComponentView {
  readonly id: string;
  readonly status: ComponentStatus;
  /** A finer state, such as `warming` or `probing`, when there is one. */
  readonly detail?: string;
  /** Slots taken. */
  readonly inFlight: number;
  readonly capacity: number;
  /** Attempts that completed. */
  readonly done: number;
  /** Attempts that failed. */
  readonly failed: number;
  /** Response time; milliseconds; `undefined` before there is any. */
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
}

/** Where every request that was ever submitted is now. */
export interface Outcomes {
  readonly submitted: number;
  readonly completed: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly shed: number;
  readonly rejected: number;
  readonly cancelled: number;
  readonly queued: number;
  readonly inFlight: number;
  readonly awaitingRetry: number;
}
