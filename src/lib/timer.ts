import type { TimerNode } from './timer-node.ts';

/** Anything that waits on the balancer's one wheel. */
export abstract class Timer implements TimerNode<Timer> {
  wheelTick = 0;
  wheelNext: Timer | null = null;
  wheelPrev: Timer | null = null;
  wheelSlot = -1;
  /** @param t ms since the balancer's time 0 */
  abstract onDue(t: number): void;
}
