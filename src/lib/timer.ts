import type { WheelEntry } from './timer-node.ts';

/** Anything that waits on the balancer's one wheel. */
export abstract class Timed implements WheelEntry<Timed> {
  wheelTick = 0;
  wheelNext: Timed | null = null;
  wheelPrev: Timed | null = null;
  wheelSlot = -1;
  /** @param t ms since the ledger's origin */
  abstract due(t: number): void;
}
