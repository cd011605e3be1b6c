import { clearInterval, setInterval } from 'node:timers';
import type { ProcessHold } from '../../domain/ports.ts';

/** Seldom enough: it is there, and does nothing. */
const LONGEST_MS = 2 ** 31 - 1;

/** Holds the process by a timer that never has anything to do. Both calls may come twice. */
export class TimerHold implements ProcessHold {
  private timer: NodeJS.Timeout | undefined = undefined;

  hold(): void {
    this.timer ??= setInterval(() => {}, LONGEST_MS);
  }

  release(): void {
    if (this.timer === undefined) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
