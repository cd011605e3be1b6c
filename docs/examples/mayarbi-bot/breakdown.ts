/**
 * A fault made on purpose: what runs on the broken component freezes until it is mended or told to end, and its health
 * check says no. Nothing else is told: that the component is ill is for the balancer to find out.
 */
export class Breakdown {
  #broken: string | undefined;
  #waiting: (() => void)[] = [];

  isBroken(componentId: string): boolean {
    return componentId === this.#broken;
  }

  break(componentId: string): void {
    this.#broken = componentId;
  }

  /** What is frozen thaws. */
  mend(): void {
    this.#broken = undefined;
    for (const thaw of this.#waiting.splice(0)) thaw();
  }

  /** Resolves when the breakdown is over; rejects with the signal's reason when nobody waits for the work any more. */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => reject(signal.reason);
      if (signal.aborted) return stop();
      signal.addEventListener('abort', stop, { once: true });
      this.#waiting.push(() => {
        signal.removeEventListener('abort', stop);
        resolve();
      });
    });
  }
}
