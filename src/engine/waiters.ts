import type { RoomWaiters } from './admission/room.ts';
import type { Effect } from './events/effect.ts';
import type { Enqueue } from './events/event-bus.ts';

/** Those who wait for room in the queue, for no open request, or for the balancer's end; and the number of those who watch its messages. */
export class Waiters {
  /** Callers that wait for room in the queue, in the order of their calls. */
  readonly ready: RoomWaiters;
  /** Tells as many of them as there is room for. */
  readonly wakeReady: Effect;
  /** How many watch the messages, and want one for each request and each assignment. */
  messageObservers = 0;
  private readonly stop = new Set<() => void>();
  private readonly idle = new Set<() => void>();
  private readonly enqueue: Enqueue;
  private readonly isStopped: () => boolean;
  private readonly isIdle: () => boolean;

  /**
   * @param tellOfRoom tells as many of `ready` as there is room for.
   * @param isIdle whether no request is open, nor about to be.
   */
  constructor(
    ready: RoomWaiters,
    tellOfRoom: () => void,
    enqueue: Enqueue,
    isStopped: () => boolean,
    isIdle: () => boolean,
  ) {
    this.ready = ready;
    this.wakeReady = { run: tellOfRoom };
    this.enqueue = enqueue;
    this.isStopped = isStopped;
    this.isIdle = isIdle;
  }

  /** Calls back once when no request is open, or the balancer has stopped. @returns takes it back. */
  whenIdle(run: () => void): () => void {
    this.idle.add(run);
    this.checkIdle();
    return () => this.idle.delete(run);
  }

  /** Something has come to its end: maybe it was the last. */
  checkIdle(): void {
    if (this.idle.size > 0 && this.isIdle()) this.enqueue(this.tellIdle);
  }

  private readonly tellIdle: Effect = {
    run: () => {
      // what ran before this may have submitted something
      if (!this.isIdle()) return;
      const all = [...this.idle];
      this.idle.clear();
      for (const run of all) run();
    },
  };

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
    this.checkIdle();
  }
}
