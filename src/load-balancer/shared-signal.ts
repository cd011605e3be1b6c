/** Of another realm (jsdom) or a polyfill as well: what it can do makes it a signal. */
export const isSignal = (value: unknown): value is AbortSignal =>
  typeof value === 'object' &&
  value !== null &&
  'aborted' in value &&
  'addEventListener' in value &&
  typeof value.addEventListener === 'function';

/**
 * Somebody who waits for a signal to abort. Any number of them share one listener of the signal: a listener of one's own costs 2 to 3 µs to add
 * and remove, and Node takes more than ten on one signal for a leak.
 */
export abstract class AbortListener {
  /** Undefined: it listens to nothing, or no more. */
  private listeners: SignalListeners | undefined = undefined;
  // links of that list, for the list alone
  previous: AbortListener | undefined = undefined;
  next: AbortListener | undefined = undefined;

  /** Called once, when the signal aborts; must not throw. */
  abstract onAbort(): void;

  /** Starts to listen to a signal that has not aborted, behind those who listen to it already. */
  protected listen(signal: AbortSignal): void {
    let listeners = bySignal.get(signal);
    if (listeners === undefined) {
      listeners = new SignalListeners(signal);
      bySignal.set(signal, listeners);
    }
    this.listeners = listeners;
    listeners.add(this);
  }

  /** Ends it; a second call does nothing. */
  protected ignore(): void {
    const { listeners } = this;
    if (listeners === undefined) return;
    this.listeners = undefined;
    listeners.remove(this);
  }

  /** The list is gone: the signal has aborted. */
  letGo(): void {
    this.listeners = undefined;
  }
}

const bySignal = new WeakMap<AbortSignal, SignalListeners>();

// of the machine, whatever clock a balancer has: a listener that stays for a turn changes nothing that anybody waits for
const nextTurn = setImmediate;

/** All that listen to one signal, in the order in which they began. */
class SignalListeners {
  private readonly signal: AbortSignal;
  private first: AbortListener | undefined = undefined;
  private last: AbortListener | undefined = undefined;
  private isAdded = false;
  /** How often the signal's listener was added: one that was needed again is kept until the turn is over. */
  private timesAdded = 0;
  private removesLater = false;

  constructor(signal: AbortSignal) {
    this.signal = signal;
  }

  add(listener: AbortListener): void {
    listener.previous = this.last;
    if (this.last === undefined) this.first = listener;
    else this.last.next = listener;
    this.last = listener;
    if (this.isAdded) return;
    this.isAdded = true;
    this.timesAdded++;
    this.signal.addEventListener('abort', this.onAbort);
  }

  remove(listener: AbortListener): void {
    const { previous, next } = listener;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.last = previous;
    else next.previous = previous;
    listener.previous = undefined;
    listener.next = undefined;
    if (this.first === undefined) this.leave();
  }

  /** Nobody listens any more. A signal on which one request follows the other is not left and joined again between the two. */
  private leave(): void {
    if (this.timesAdded === 1) this.removeFromSignal();
    else if (!this.removesLater) {
      this.removesLater = true;
      nextTurn(this.leaveIfUnused);
    }
  }

  private readonly leaveIfUnused = (): void => {
    this.removesLater = false;
    if (this.first === undefined && this.isAdded) this.removeFromSignal();
  };

  private removeFromSignal(): void {
    this.isAdded = false;
    this.signal.removeEventListener('abort', this.onAbort);
  }

  /** The signal has aborted: all are told, in order. One of them may end another before it is told. */
  private readonly onAbort = (): void => {
    this.removeFromSignal();
    const all: AbortListener[] = [];
    for (let listener = this.first; listener !== undefined; listener = listener.next) all.push(listener);
    this.first = undefined;
    this.last = undefined;
    for (const listener of all) {
      listener.letGo();
      listener.previous = undefined;
      listener.next = undefined;
    }
    for (const listener of all) listener.onAbort();
  };
}
