/** What is measured: one library, set up in one way. Each runs in a process of its own. */
export interface Contender {
  /** As the tables name it. */
  readonly label: string;
  /** The npm package, for its version; undefined when there is none. */
  readonly package: string | undefined;
  /** What of it is switched on. */
  readonly features: string;
  /** Sets it up for {@link SLOTS} requests at a time. */
  start(): Running | Promise<Running>;
}

export interface Running {
  /** Hands in one request whose handler does nothing; resolves with the handler's result, which is `n`. */
  readonly run: (n: number) => PromiseLike<unknown>;
  readonly stop: () => void | Promise<void>;
}

/** Slots of the seven components of MayArbi, and the concurrency that every contender is given. */
export const SLOTS = 115;

/**
 * Bound of every queue that has one: more than is ever open, so that no contender refuses work, not even when the machine
 * stalls in the open loop.
 */
export const QUEUE = 100_000;

/** Time-out of every contender that has one, ms. It never strikes: what is measured is what it costs to arm it. */
export const TIMEOUT_MS = 10_000;

/** The work: an asynchronous function that does nothing. */
export async function noop(payload: unknown): Promise<unknown> {
  return payload;
}
