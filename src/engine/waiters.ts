import type { RoomWaiters } from './admission/room.ts';
import type { Effect } from './events/effect.ts';
import type { Enqueue } from './events/event-bus.ts';

/** Those who wait for room in the queue or for the balancer's end, and the number of those who watch its messages. */
export class Waiters {
  /** Callers that wait for room in the queue, in the order of their calls. */
  readonly ready: RoomWaiters;
  /** Tells as many of them as there is room for. */
  readonly wakeReady: Effect;
  /** How many watch the messages, and want one for each request and each assignment. */
  messageObservers = 0;
  private readonly stop = new Set<() => void>();
  private readonly enqueue: Enqueue;
  private readonly isStopped: () => boolean;

  /** @param tellOfRoom tells as many of `ready` as there is room for. */
  constructor(ready: RoomWaiters, tellOfRoom: () => void, enqueue: Enqueue, isStopped: () => boolean) {
    this.ready = ready;
    this.wakeReady = { run: tellOfRoom };
    this.enqueue = enqueue;
    this.isStopped = isStopped;
  }

  /** Calls back once when the balancer has stopped, behind its last facts. @returns takes it back. */
  whenStopped(run: () => void): () => void {
    if (this.isStopped()) this.enqueue({ run });
    else this.stop.add(run);
    return () => this.stop.delete(run);
  }

  /** The balancer has stopped: whoever waits for that, or for room, is told. */
  notifyStopped(): void {
    for (const run of this.stop) this.enqueue({ run });
    this.stop.clear();
    this.enqueue(this.wakeReady);
  }
}
