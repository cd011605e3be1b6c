import type { Decision } from '../domain/decision.ts';

/** Decisions kept when `explain` is simply true. */
export const DECISIONS_KEPT = 1_000;

/** The last decisions, newest over oldest. */
export class DecisionLog {
  private readonly ring: (Decision | undefined)[];
  private next = 0;

  /** @param kept how many, 1 and up. */
  constructor(kept: number) {
    this.ring = new Array<Decision | undefined>(kept).fill(undefined);
  }

  add(decision: Decision): void {
    this.ring[this.next] = decision;
    this.next = (this.next + 1) % this.ring.length;
  }

  /** The decisions on one request that are still kept, oldest first. */
  of(requestId: string): Decision[] {
    return this.all().filter((decision) => decision.requestId === requestId);
  }

  /** All that are kept, oldest first. */
  all(): Decision[] {
    const { ring, next } = this;
    return [...ring.slice(next), ...ring.slice(0, next)].filter((decision) => decision !== undefined);
  }
}
