/** The six ways in which a request settles; each request settles in exactly one of them. */
export const OUTCOMES = ['completed', 'failed', 'timedOut', 'shed', 'rejected', 'cancelled'] as const;

/**
 * - `completed`: the handler's result was delivered.
 * - `failed`: the handler failed and no retry was left, or what it did is unknown.
 * - `timedOut`: deadline, `queueTimeoutMs`, or the attempt's time-out with no retry left.
 * - `shed`: evicted from a full queue, or dropped by overload control.
 * - `rejected`: never accepted (invalid, infeasible, queue full, nothing serves it, not running).
 * - `cancelled`: by its caller, or because the balancer stopped.
 */
export type Outcome = (typeof OUTCOMES)[number];

/** How many requests settled in each way, and how many are still open. All are counts since the start. */
export interface RequestCounts extends Readonly<Record<Outcome, number>> {
  /** Everything that was submitted. */
  readonly submitted: number;
  /** Open: waiting for a component. */
  readonly queued: number;
  /** Open: with a running attempt. */
  readonly inFlight: number;
  /** Open: waiting until the next attempt is due. */
  readonly awaitingRetry: number;
}

/**
 * The conservation law: what was submitted is what settled plus what is still open.
 * `submitted = completed + failed + timedOut + shed + rejected + cancelled + queued + inFlight + awaitingRetry`.
 * @returns submitted minus the right-hand side; 0 when nothing was lost or doubled.
 */
export function conservationError(c: RequestCounts): number {
  const settled = c.completed + c.failed + c.timedOut + c.shed + c.rejected + c.cancelled;
  return c.submitted - settled - c.queued - c.inFlight - c.awaitingRetry;
}
