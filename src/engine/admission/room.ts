import type { Route } from '../../fleet/route.ts';
import { Timer } from '../../lib/timer.ts';
import { heldIn, isFull, queueLimitOf } from '../overload/watermarks.ts';
import type { EngineState } from '../state.ts';

/** A caller that waits for room in the queue, and in the part of it that a type's route may hold. */
export interface RoomWaiter {
  readonly type: string | undefined;
  readonly tell: () => void;
}

/** Looks again once those who were told have had their turn to submit. */
class Again extends Timer {
  private readonly state: EngineState;

  constructor(state: EngineState) {
    super();
    this.state = state;
  }

  onDue(): void {
    tellOfRoom(this.state);
  }
}

/** Those who wait, in the order of their calls. */
export class RoomWaiters extends Set<RoomWaiter> {
  readonly again: Timer;

  constructor(state: EngineState) {
    super();
    this.again = new Again(state);
  }
}

/** Tells as many of those who wait as there is room for, in the order of their calls; all of them once the balancer has stopped. */
export function tellOfRoom(state: EngineState): void {
  const readyWaiters = state.waiters.ready;
  // some were told a moment ago, and have not had their turn yet
  if (readyWaiters.again.wheelSlot >= 0 && state.mode.phase !== 'stopped') return;
  let room = state.settings.maxQueueSize - heldIn(state);
  let leftOver = false;
  let told = false;
  const roomOf = new Map<Route, number>();
  for (const waiter of readyWaiters) {
    if (state.mode.phase !== 'stopped') {
      const route = waiter.type === undefined ? undefined : state.fleet.routes.workloadOf(waiter.type).route;
      if (isFull(state, route)) continue;
      const left = route === undefined ? room : (roomOf.get(route) ?? queueLimitOf(state, route) - route.queued);
      if (left <= 0 || room <= 0) {
        leftOver = true;
        continue;
      }
      if (route !== undefined) roomOf.set(route, left - 1);
      room--;
    }
    readyWaiters.delete(waiter);
    waiter.tell();
    told = true;
  }
  // those who were told may not use it; where nobody was, the next place that becomes free says so
  if (leftOver && told) state.scheduler.schedule(readyWaiters.again, state.scheduler.now());
}
