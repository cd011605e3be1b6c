import { DoubleBuffer } from '../../lib/double-buffer.ts';
import type { BalancerEvent } from '../messages.ts';
import type { EngineState } from '../state.ts';

/** At most this many travel together, so that a flood within one tick is worked off while it comes. */
const MAX_PER_MESSAGE = 1_024;

/**
 * Gathers what comes up in one tick. One event to the balancer announces all of it, before the tick's effects run. The
 * event carries nothing, so that the same object serves every tick.
 */
export class TickBatch<T> extends DoubleBuffer<T> {
  private readonly state: EngineState;
  private readonly event: BalancerEvent;
  private readonly onDropped: (state: EngineState, item: T) => void;

  /** @param tooLate what becomes of an item when the balancer has stopped meanwhile; must not throw. */
  constructor(state: EngineState, event: BalancerEvent, tooLate: (state: EngineState, item: T) => void) {
    super();
    this.state = state;
    this.event = event;
    this.onDropped = tooLate;
  }

  add(item: T): void {
    if (this.current.add(item) % MAX_PER_MESSAGE === 0) this.flush();
    this.state.events.wake();
  }

  /** The event, where it is due. */
  get pending(): BalancerEvent | undefined {
    return this.current.count > 0 ? this.event : undefined;
  }

  /** Runs when the tick is over, or before something is read that the items would change. @returns whether there were any. */
  flush(): boolean {
    const { current } = this;
    if (current.count === 0) return false;
    if (this.state.mode.phase === 'stopped') this.dropAll();
    else this.state.mailbox.send(this.event);
    // a defect (a clock that throws) leaves them for the next time
    return this.current !== current;
  }

  private dropAll(): void {
    const batch = this.take();
    for (let k = 0; k < batch.count; k++) this.onDropped(this.state, batch.items[k]!);
    batch.empty();
  }
}
