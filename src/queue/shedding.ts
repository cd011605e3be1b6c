import { CLASS_COUNT, classOf } from '../domain/priority.ts';
import type { ResolvedSettings } from '../domain/settings.ts';

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
  /** Whether overload has lasted for the work of its route that gives way, and it is such work (see LastingDelay). */
  readonly lasting: boolean;
  /** Slots taken over ramped slots of the operational components of its route, 0 and up. */
  readonly utilization: number;
  /** `sheddingThreshold`, default 0.95. */
  readonly threshold: number;
  /** `shedding.targetMs`, default 1 s. */
  readonly targetMs: number;
  /** Re-routed by a failover: never dropped. */
  readonly exempt: boolean;
}

/**
 * Whether overload control drops a request that is about to be started.
 *
 * With a deadline, under congestion: when less time remains than the 97th percentile of its type's service time, since it
 * would most likely finish too late and take the slot from one that can make it. A type whose service time is unknown is not
 * dropped. Without a deadline work can wait: it is dropped only where it is of a class that gives way, overload has lasted,
 * and it has waited for longer than the target.
 */
export function shouldDrop(c: DropCase): boolean {
  if (c.exempt || c.cls === 0 || c.utilization < c.threshold) return false;
  if (c.remainingMs !== undefined) return c.congested && c.remainingMs < c.p97ServiceMs;
  return c.lasting && c.waitedMs > c.targetMs;
}

/** By class, 1: its work gives way when overload lasts (`shedding.priorities`). */
export function givesWayOf({ shedding: { priorities } }: ResolvedSettings): Uint8Array {
  const classes = new Uint8Array(CLASS_COUNT);
  for (const priority of priorities) classes[classOf(priority)] = 1;
  return classes;
}
