import type { RateLimit } from '../domain/rate-limit.ts';
import { growBytes, growFloats, growInts } from '../lib/typed-arrays.ts';
import { RateWindow } from './rate-window.ts';

/** What the limits need to know of a request. */
export interface Starter {
  /** What its start costs, 0 and up. */
  readonly cost: number;
  /** Class of priority, 0 to 4. */
  readonly cls: number;
  /** ms since the balancer's time 0. */
  readonly submittedAt: number;
}

/** One class outweighs any wait. */
const STRICT = 1e15;
const NO_WINDOWS: readonly RateWindow[] = [];

/** Weight of the newest cost in the mean of those that a component was given. */
const COST_WEIGHT = 0.05;

/** The margin for jitter on the way, where none is given: a share of the window, ms at most. */
const MARGIN_SHARE = 0.01;
const MOST_MARGIN_MS = 50;

/**
 * What each component may be given per time, by component index. Nothing is asked of it while `count` is 0.
 *
 * A request that finds nobody with enough room *reserves* the component that will have it first: within the same pass of the
 * dispatch nobody who comes behind it may take that one, so that what is expensive is not passed by what is cheap for ever.
 * The next pass begins anew.
 */
export class RateLimits {
  /** Components with a limit. */
  count = 0;
  /** The pass of the dispatch for which reservations hold. */
  pass = 0;
  /** How much wait one class of priority outweighs, ms, as the queue has it; null: any. */
  agingMs: number | null;
  /** 1: it has a limit. */
  private limited = new Uint8Array(8);
  private readonly windows: (readonly RateWindow[])[] = [];
  private meanCost = new Float64Array(8);
  private reservedIn = new Int32Array(8);
  private reservedOrder = new Float64Array(8);
  private readonly reservedFor: (Starter | null)[] = [];

  constructor(agingMs: number | null = null) {
    this.agingMs = agingMs;
  }

  /** A component came, or its limits have changed: what it has been given of late still counts. None: it has no limit. */
  set(i: number, limits: readonly RateLimit[]): void {
    while (i >= this.limited.length) this.grow();
    const known = this.windowsOf(i);
    const windows = limits.map((limit) => windowOf(limit));
    const longest = known.reduce<RateWindow | undefined>(
      (a, b) => (a === undefined || b.rule.lengthMs > a.rule.lengthMs ? b : a),
      undefined,
    );
    if (longest !== undefined) {
      for (const window of windows) window.adopt(known.find(({ rule }) => rule.perMs === window.rule.perMs) ?? longest);
    } else {
      this.meanCost[i] = 1;
      this.reservedIn[i] = -1;
    }
    this.count += (limits.length > 0 ? 1 : 0) - this.limited[i]!;
    this.limited[i] = limits.length > 0 ? 1 : 0;
    this.windows[i] = windows;
  }

  /** A component has left. */
  clear(i: number): void {
    if (this.limited[i] === 1) this.count--;
    this.limited[i] = 0;
    this.windows[i] = NO_WINDOWS;
    this.reservedFor[i] = null;
  }

  isLimited(i: number): boolean {
    return this.limited[i] === 1;
  }

  windowsOf(i: number): readonly RateWindow[] {
    return this.windows[i] ?? NO_WINDOWS;
  }

  /** Whether a request may start there now: there is room for its cost, and nobody before it waits for that room. */
  admits(i: number, request: Starter, t: number): boolean {
    return this.limited[i] !== 1 || (this.fits(i, request.cost, t) && !this.isReserved(i, request));
  }

  fits(i: number, cost: number, t: number): boolean {
    for (const window of this.windowsOf(i)) if (!window.fits(cost, t)) return false;
    return true;
  }

  /** Whether so much may ever start there. */
  allows(i: number, cost: number): boolean {
    return this.windowsOf(i).every(({ rule }) => cost <= Math.min(rule.limit, rule.burst));
  }

  /** The first time, `t` or later, at which so much may start there if nothing else does; Infinity: never. */
  readyAt(i: number, cost: number, t: number): number {
    let at = t;
    for (const window of this.windowsOf(i)) at = Math.max(at, window.readyAt(cost, t));
    return at;
  }

  take(i: number, cost: number, t: number): void {
    if (this.limited[i] !== 1) return;
    this.meanCost[i]! += COST_WEIGHT * (cost - this.meanCost[i]!);
    for (const window of this.windowsOf(i)) window.take(cost, t);
  }

  /** What was given to it from `from` on has started at `t` only: the event loop was busy in between. */
  startedLate(i: number, from: number, t: number): void {
    for (const window of this.windowsOf(i)) window.startedLate(from, t);
  }

  /** Keeps for a request what a component will have room for next, in this pass. */
  reserve(i: number, request: Starter): void {
    this.reservedIn[i] = this.pass;
    this.reservedOrder[i] = this.orderOf(request);
    this.reservedFor[i] = request;
  }

  /** Whether somebody who comes before it waits for what a component will have room for next. */
  isReserved(i: number, request: Starter): boolean {
    return (
      this.reservedIn[i] === this.pass &&
      this.reservedFor[i] !== request &&
      this.orderOf(request) >= this.reservedOrder[i]!
    );
  }

  /** Requests per ms that the limits let through, at the usual cost; Infinity: it has none. */
  requestsPerMs(i: number): number {
    let perMs = Number.POSITIVE_INFINITY;
    for (const { rule } of this.windowsOf(i)) perMs = Math.min(perMs, rule.limit / rule.lengthMs);
    return perMs === Number.POSITIVE_INFINITY ? perMs : perMs / Math.max(this.meanCost[i]!, Number.EPSILON);
  }

  /**
   * How much of what may start is used up, 0 to 1, where `more` of the usual requests start now. Of a window of more than a
   * minute only whether it is used up: most of a day's calls may be gone in the evening.
   */
  usedShare(i: number, more: number, t: number): number {
    let most = 0;
    for (const window of this.windowsOf(i)) {
      const { limit, perMs } = window.rule;
      const left = window.tokens(t) - more * this.meanCost[i]!;
      const isShort = perMs <= 60_000;
      const used = isShort ? 1 - left / limit : left > 0 ? 0 : 1;
      if (used > most) most = used;
    }
    return Math.min(1, most);
  }

  private orderOf({ cls, submittedAt }: Starter): number {
    return cls * (this.agingMs ?? STRICT) + submittedAt;
  }

  private grow(): void {
    const size = this.limited.length * 2;
    this.limited = growBytes(this.limited, size);
    this.meanCost = growFloats(this.meanCost, size);
    this.reservedIn = growInts(this.reservedIn, size);
    this.reservedOrder = growFloats(this.reservedOrder, size);
  }
}

function windowOf({ limit, perMs, burst, marginMs }: RateLimit): RateWindow {
  const margin = marginMs ?? Math.min(MOST_MARGIN_MS, perMs * MARGIN_SHARE);
  return new RateWindow({ limit, perMs, lengthMs: perMs + margin, burst: burst ?? limit });
}
