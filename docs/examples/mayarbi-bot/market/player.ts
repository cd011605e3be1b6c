import type { Clock } from 'plimsoll';

/** After so many events without a wait, timers and I/O get a turn, or a backlog would hold up the work it causes. */
const EVENTS_PER_TURN = 64;

export interface PlayOptions<E> {
  readonly clock: Clock;
  /** Called with each event once its time has come. What it throws ends the play. */
  readonly onEvent: (event: E) => void;
  /** Stops the play; events that are not due yet are not given out. */
  readonly signal: AbortSignal;
}

/**
 * Gives out events when they are due, `atMs` milliseconds after the call, whether or not the bot keeps up: a market does
 * not wait. Late events are given out at once and in order. Resolves to their number when the source ends or the signal
 * aborts, and closes the source; rejects when the source fails.
 */
export const play = async <E extends { readonly atMs: number }>(
  source: Iterable<E> | AsyncIterable<E>,
  { clock, onEvent, signal }: PlayOptions<E>,
): Promise<number> => {
  const startedAt = clock.now();
  let played = 0;
  let sinceWait = 0;
  if (signal.aborted) return played;
  for await (const event of source) {
    const wait = startedAt + event.atMs - clock.now();
    if (wait > 0 || ++sinceWait >= EVENTS_PER_TURN) {
      sinceWait = 0;
      await sleep(Math.max(0, wait), clock, signal);
    }
    if (signal.aborted) break;
    onEvent(event);
    played++;
  }
  return played;
};

/** Resolves after `ms`, or when the signal aborts. */
const sleep = (ms: number, clock: Clock, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const wake = (): void => {
      clock.clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = clock.setTimeout(wake, ms);
    signal.addEventListener('abort', wake);
  });
