/** What of an abort is used here. */
interface Abort {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * Lets so many tasks into a pool, and the others behind them in order. The pool could queue them all itself, but asks all of its threads anew
 * about each task that may be killed.
 */
export class ThreadSlots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(slots: number) {
    this.#free = slots;
  }

  /** Takes a slot if one is free. @returns whether it has. */
  tryEnter(): boolean {
    if (this.#free <= 0) return false;
    this.#free--;
    return true;
  }

  /** Waits for a slot, and takes it. @throws the abort's reason: it has none then. */
  enter(abort: Abort): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(begin);
        reject(abort.reason);
      };
      const begin = (): void => {
        abort.removeEventListener('abort', onAbort);
        resolve();
      };
      this.#waiting.add(begin);
      abort.addEventListener('abort', onAbort);
    });
  }

  leave(): void {
    for (const begin of this.#waiting) {
      this.#waiting.delete(begin);
      begin();
      return;
    }
    this.#free++;
  }

  /** The pool closes, and shall end with those that wait: they enter at once. */
  open(): void {
    for (const begin of this.#waiting) {
      this.#free--;
      begin();
    }
    this.#waiting.clear();
  }
}
