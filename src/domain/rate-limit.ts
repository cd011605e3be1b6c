import { z } from 'zod';

/**
 * How much a component may be given per time, e.g. what the provider behind it allows. It is kept exactly: no stretch of
 * `perMs` (plus `marginMs`), wherever it begins, holds starts of more cost than `limit`. Retries, failovers and probes by
 * real requests count like any start; health checks do not.
 */
export interface RateLimit {
  /** Cost that may start within one window, above 0. A request costs 1 where its `cost` says nothing else. */
  readonly limit: number;
  /** Length of the window, 1 ms to 366 days. */
  readonly perMs: number;
  /** The most that may start at once, above 0 and up to `limit`; then it is spread at the limit's rate. Default `limit`. */
  readonly burst?: number | undefined;
  /**
   * Added to the window, 0 ms and up: calls that leave a full window apart may arrive closer together, and the provider counts
   * what arrives. Default 1 % of `perMs`, at most 50 ms.
   */
  readonly marginMs?: number | undefined;
}

/** What may start on a component now, by one of its limits. */
export interface RateLimitUsage {
  readonly limit: number;
  readonly perMs: number;
  /** Cost that may start now, 0 and up. */
  readonly tokens: number;
  /** Until a request of cost 1 may start, ms; 0: now. */
  readonly readyInMs: number;
}

const MOST_LIMITS = 8;
const YEAR_MS = 366 * 24 * 60 * 60 * 1_000;
/** Above this, sums of costs would lose what a single one adds. */
export const MOST_COST = 1e9;

const rateLimitObject = z
  .strictObject({
    limit: z.number().positive().max(MOST_COST),
    perMs: z.number().min(1).max(YEAR_MS),
    burst: z.number().positive().max(MOST_COST).optional(),
    marginMs: z.number().min(0).max(YEAR_MS).optional(),
  })
  .refine(({ limit, burst }) => burst === undefined || burst <= limit, {
    error: 'expected a burst of at most the limit',
    path: ['burst'],
  });

const areDistinct = (limits: readonly RateLimit[]): boolean =>
  new Set(limits.map(({ perMs }) => perMs)).size === limits.length;

/** Schema of the limits of one component: one, or several with windows of different lengths. */
export const rateLimitSchema = z.union([
  rateLimitObject,
  z
    .array(rateLimitObject)
    .min(1)
    .max(MOST_LIMITS)
    .refine(areDistinct, { error: 'expected limits with different perMs: of two with the same, the lower one rules' }),
]);

/** The limits of a component as a list; empty where it has none. */
export const limitsOf = (given: RateLimit | readonly RateLimit[] | null | undefined): readonly RateLimit[] =>
  given === null || given === undefined ? [] : 'limit' in given ? [given] : given;

/** The length of a window in words, as metrics and explanations name it: `500ms`, `1s`, `60s`. */
export const windowName = (perMs: number): string => (perMs % 1_000 === 0 ? `${perMs / 1_000}s` : `${perMs}ms`);
