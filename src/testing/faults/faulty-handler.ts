import type { Handler, HandlerContext } from '../../domain/component.ts';
import type { Random } from '../../domain/ports.ts';
import type { WorkloadRequest } from '../../domain/request.ts';

/** How often a {@link faultyHandler} does what. Shares are 0 to 1 and add up to at most 1; the rest is healthy. */
export interface FaultyHandlerOptions {
  /** Decides each attempt; take a {@link seededRandom}, so that a failing test can be run again. */
  readonly random: Random;
  /** What a healthy attempt does. Default: returns the payload at once. */
  readonly handler?: Handler | undefined;
  /** Share that rejects, after `afterMs`. Default 0. */
  readonly fails?: number | undefined;
  /** Share that throws before it returns a promise. Default 0. */
  readonly throws?: number | undefined;
  /** Share that never settles of itself; it rejects when its signal aborts unless `ignoresAbort`. Default 0. */
  readonly hangs?: number | undefined;
  /** Share that begins `slowMs` late. Default 0. */
  readonly slow?: number | undefined;
  /** ms on the balancer's clock. Default 1,000. */
  readonly slowMs?: number | undefined;
  /** ms on the balancer's clock until a failing attempt rejects. Default 0. */
  readonly afterMs?: number | undefined;
  /** Hanging and slow attempts take no notice of their signal, so that they settle late or are abandoned. Default false. */
  readonly ignoresAbort?: boolean | undefined;
  /** What failing and throwing attempts throw. Default: an Error. */
  readonly error?: ((request: WorkloadRequest, context: HandlerContext) => unknown) | undefined;
}

/**
 * A handler that misbehaves now and then, to see what your bot makes of it.
 *
 * ```ts
 * const handler = faultyHandler({ random: seededRandom(7), handler: trade, fails: 0.1, hangs: 0.01 });
 * ```
 * @throws RangeError when a share is not between 0 and 1, or they add up to more than 1.
 */
export function faultyHandler(options: FaultyHandlerOptions): Handler {
  const { random, handler = (request) => request.payload } = options;
  const { fails = 0, throws = 0, hangs = 0, slow = 0, slowMs = 1_000, afterMs = 0, ignoresAbort = false } = options;
  const { error = () => new Error('a fault was injected') } = options;
  for (const [name, share] of Object.entries({ fails, throws, hangs, slow })) {
    if (!(share >= 0 && share <= 1)) throw new RangeError(`${name} must be a share from 0 to 1, got ${share}`);
  }
  if (fails + throws + hangs + slow > 1 + 1e-9)
    throw new RangeError(
      `fails, throws, hangs and slow must add up to at most 1, got ${fails + throws + hangs + slow}`,
    );
  return (request, context) => {
    const u = random();
    if (u < throws) throw error(request, context);
    if (u < throws + fails)
      return pause(context, afterMs, ignoresAbort).then(() => Promise.reject(error(request, context)));
    if (u < throws + fails + hangs) return pause(context, Number.POSITIVE_INFINITY, ignoresAbort);
    if (u < throws + fails + hangs + slow)
      return pause(context, slowMs, ignoresAbort).then(() => handler(request, context));
    return handler(request, context);
  };
}

/**
 * Resolves after so many ms on the balancer's clock, `Infinity`: never. Rejects with the signal's reason when that aborts,
 * unless it is to be ignored.
 */
export function pause({ clock, signal }: HandlerContext, ms: number, ignoresAbort: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = ms === Number.POSITIVE_INFINITY ? undefined : clock.setTimeout(resolve, ms);
    if (ignoresAbort) return;
    const onAbort = (): void => {
      clock.clearTimeout(timer);
      reject(signal.reason);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
