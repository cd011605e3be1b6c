import type { Clock } from '../../domain/ports.ts';
import { afterTurn, onceAtRest } from '../clock/event-loop.ts';

/** After how many events the event loop gets a turn: often enough for a progress bar, too seldom to cost. */
const TURN_EVERY = 2_048;

/** Something that happens at an instant of simulated time. Re-used by its owner; at most once in the heap. */
export abstract class SimEvent {
  due = 0;
  seq = 0;
  /** Position in the heap; -1 when it is not awaited. */
  index = -1;
  abstract fire(): void;
}

class Timer extends SimEvent {
  readonly fire: () => void;

  constructor(callback: () => void) {
    super();
    this.fire = callback;
  }
}

/**
 * The clock of a simulation: one heap for arrivals, completions, faults and the balancer's own timers. Events happen in
 * the order of (due time, scheduling); what one starts has come to rest before the next happens. Unlike VirtualClock it
 * runs on callbacks and takes re-usable events, since a simulation lives on a few million of them.
 */
export class SimClock implements Clock {
  /** Events that have happened. */
  fired = 0;
  private time: number;
  private seq = 0;
  private readonly heap: SimEvent[] = [];

  /** @param startMs what `now()` is at first. */
  constructor(startMs = 0) {
    this.time = startMs;
  }

  now(): number {
    return this.time;
  }

  setTimeout(callback: () => void, ms: number): unknown {
    const timer = new Timer(callback);
    this.schedule(timer, this.time + (ms > 0 ? ms : 0));
    return timer;
  }

  clearTimeout(id: unknown): void {
    if (id instanceof Timer) this.cancel(id);
  }

  /** Puts an event at an instant, wherever it was before; Infinity: never. */
  schedule(event: SimEvent, due: number): void {
    event.due = due > this.time ? due : this.time;
    event.seq = this.seq++;
    if (due === Number.POSITIVE_INFINITY) this.cancel(event);
    else if (event.index < 0) {
      event.index = this.heap.push(event) - 1;
      this.rise(event);
    } else {
      this.rise(event);
      this.sink(event);
    }
  }

  cancel(event: SimEvent): void {
    const at = event.index;
    if (at < 0) return;
    event.index = -1;
    const last = this.heap.pop()!;
    if (last === event) return;
    this.heap[at] = last;
    last.index = at;
    this.rise(last);
    this.sink(last);
  }

  /**
   * Lets events happen until `isOver` says so or none is left. Rejects with what an event throws.
   * @param isOver asked before each event with the instant of the event.
   */
  run(isOver: (next: number) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let untilTurn = TURN_EVERY;
      const step = (): void => {
        const event = this.heap[0];
        if (event === undefined || isOver(event.due)) {
          resolve();
          return;
        }
        this.cancel(event);
        this.time = event.due;
        this.fired++;
        try {
          event.fire();
        } catch (error) {
          reject(error);
          return;
        }
        if (--untilTurn > 0) onceAtRest(step);
        else {
          untilTurn = TURN_EVERY;
          onceAtRest(turn);
        }
      };
      const turn = (): void => afterTurn(step);
      onceAtRest(turn);
    });
  }

  private rise(event: SimEvent): void {
    const { heap } = this;
    let at = event.index;
    while (at > 0) {
      const parent = heap[(at - 1) >> 1]!;
      if (!isEarlier(event, parent)) break;
      heap[at] = parent;
      parent.index = at;
      at = (at - 1) >> 1;
    }
    heap[at] = event;
    event.index = at;
  }

  private sink(event: SimEvent): void {
    const { heap } = this;
    const { length } = heap;
    let at = event.index;
    for (let child = 2 * at + 1; child < length; child = 2 * at + 1) {
      if (child + 1 < length && isEarlier(heap[child + 1]!, heap[child]!)) child++;
      const earlier = heap[child]!;
      if (!isEarlier(earlier, event)) break;
      heap[at] = earlier;
      earlier.index = at;
      at = child;
    }
    heap[at] = event;
    event.index = at;
  }
}

const isEarlier = (a: SimEvent, b: SimEvent): boolean => a.due < b.due || (a.due === b.due && a.seq < b.seq);
