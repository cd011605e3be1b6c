import type { Random } from '../domain/ports.ts';

/**
 * Full-jitter backoff: uniform in [0, min(cap, base · 2^(n-1))). Spreads the retries of a burst of failures better than
 * equal or no jitter (Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog 2015).
 *
 * @param n which retry: 1 for the first.
 * @param baseMs default setting 100 ms.
 * @param capMs default setting 10,000 ms.
 * @returns ms.
 */
export function retryDelay(n: number, baseMs: number, capMs: number, random: Random): number {
  return random() * Math.min(capMs, baseMs * 2 ** (n - 1));
}

/** How long a deposit can be drawn on, and a withdrawal counts. Finagle's default. */
const WINDOW_MS = 10_000;
const SLICES = 10;
const SLICE_MS = WINDOW_MS / SLICES;

/**
 * Bounds retries to a share of the requests plus a floor, so that a fleet in trouble is not met by a multiple of its
 * load. After Finagle's `RetryBudget`: each request deposits `ratio` tokens that last 10 s, each retry withdraws one, and
 * a reserve of `perSecond` · 10 s serves low traffic. The balance is a ring of one-second slices: O(1) per call.
 */
export class RetryBudget {
  private ratio: number;
  private perSecond: number;
  private readonly slices = new Float64Array(SLICES);
  /** Tokens of the present slice, and of those before. */
  private current = 0;
  private earlier = 0;
  private slice = 0;
  /** When the present slice ends, ms. */
  private endsAt = SLICE_MS;

  /**
   * @param ratio retries per request, 0 to 1 (default setting 0.2).
   * @param perSecond retries per second that are always allowed, 0 and up (default setting 10).
   */
  constructor(ratio: number, perSecond: number) {
    this.ratio = ratio;
    this.perSecond = perSecond;
  }

  /** Changes the bounds; what was deposited stays. */
  configure(ratio: number, perSecond: number): void {
    this.ratio = ratio;
    this.perSecond = perSecond;
  }

  /** Notes a request. @param t ms since the balancer's time 0. */
  deposit(t: number): void {
    if (t >= this.endsAt) this.turn(t);
    this.current += this.ratio;
  }

  /** Takes a token for one retry, if there is one. @param t ms since the balancer's time 0. */
  tryWithdraw(t: number): boolean {
    // the tolerance: five deposits of 0.2 must pay for one retry, whatever their binary sum
    if (this.balance(t) < 1 - 1e-9) return false;
    this.current--;
    return true;
  }

  /** Retries that could be made now. @param t ms since the balancer's time 0. */
  balance(t: number): number {
    if (t >= this.endsAt) this.turn(t);
    return this.earlier + this.current + (this.perSecond * WINDOW_MS) / 1000;
  }

  /** Begins the slice of t, and forgets those that have left the window. */
  private turn(t: number): void {
    const slice = Math.floor(t / SLICE_MS);
    this.slices[this.slice % SLICES] = this.current;
    const stale = Math.min(slice - this.slice, SLICES);
    for (let k = 1; k <= stale; k++) this.slices[(this.slice + k) % SLICES] = 0;
    this.slice = slice;
    this.endsAt = (slice + 1) * SLICE_MS;
    this.current = 0;
    this.earlier = 0; // anew, so that rounding errors do not pile up
    for (let k = 0; k < SLICES; k++) this.earlier += this.slices[k]!;
  }
}

/** A budget for each route: the retries of one that fails must not use up what the others may need. */
export class RetryBudgets {
  private readonly byRoute = new Map<object, RetryBudget>();
  /** The route asked for last and its budget: as a rule the next request is of the same one. */
  private lastRoute: object | null = null;
  private lastBudget: RetryBudget;
  private ratio: number;
  private perSecond: number;

  /** @param ratio and the floor `perSecond` of each, as in {@link RetryBudget}. */
  constructor(ratio: number, perSecond: number) {
    this.ratio = ratio;
    this.perSecond = perSecond;
    this.lastBudget = new RetryBudget(ratio, perSecond);
  }

  of(route: object): RetryBudget {
    if (route === this.lastRoute) return this.lastBudget;
    let budget = this.byRoute.get(route);
    if (budget === undefined) {
      budget = new RetryBudget(this.ratio, this.perSecond);
      this.byRoute.set(route, budget);
    }
    this.lastRoute = route;
    this.lastBudget = budget;
    return budget;
  }

  configure(ratio: number, perSecond: number): void {
    this.ratio = ratio;
    this.perSecond = perSecond;
    for (const budget of this.byRoute.values()) budget.configure(ratio, perSecond);
  }

  /** Drops those of routes that do not exist any more. */
  forgetAllBut(routes: ReadonlySet<object>): void {
    for (const route of this.byRoute.keys()) if (!routes.has(route)) this.byRoute.delete(route);
    this.lastRoute = null;
  }
}
