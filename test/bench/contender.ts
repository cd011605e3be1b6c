/** What is measured: one library, set up in one way. Each runs in a process of its own. */
export interface Contender {
  /** As the tables name it. */
  readonly label: string;
  /** The npm package, for its version. */
  readonly package: string;
  /** What of it is switched on. */
  readonly features: string;
  /** Sets it up for `SLOTS` at a time. */
  start(): Running | Promise<Running>;
}

export interface Running {
  /** Hands in one request whose handler does nothing; resolves with the handler's result. */
  run(n: number): PromiseLike<unknown>;
  stop(): void | Promise<void>;
}

/** Slots of the seven components of MayArbi, and the concurrency that every contender is given. */
export const SLOTS = 115;

/** No contender may refuse work: at most this many requests are open. */
export const MAX_IN_FLIGHT = 1_000;

/** The work: an asynchronous function that does nothing. */
export async function noop(payload: unknown): Promise<unknown> {
  return payload;
}
