import type { Clock } from '../domain/ports.ts';
import type { Timer } from '../lib/timer.ts';
import { TimingWheel } from '../lib/timing-wheel.ts';
import type { MessageSink } from './messages.ts';

/** The time of one balancer, and its timers: one timing wheel, and one actor that wakes when the next timer is due. */
export class Scheduler {
  /** Epoch ms of the balancer's time 0. */
  origin: number;
  readonly wheel = new TimingWheel<Timer>(0);
  /** When request-processor wakes next, ms since the balancer's time 0; Infinity: never. */
  nextWakeAt = Number.POSITIVE_INFINITY;
  /** request-processor, once it has woken for the first time. */
  processor: MessageSink | undefined = undefined;
  /** Our own timers came more than 100 ms late: the event loop was blocked, so time-outs prove nothing. */
  isLagging = false;
  /** The time when the clock was last read, ms since the balancer's time 0. Within a message that has read it, this is now. */
  latest = 0;
  private readonly clock: Clock;
  private readonly onClockError: (cause: unknown) => void;

  /** @param onClockError told of each error that the clock throws; must not throw. */
  constructor(clock: Clock, onClockError: (cause: unknown) => void) {
    this.clock = clock;
    this.onClockError = onClockError;
    this.origin = clock.now();
  }

  /** ms since the balancer's time 0. Never goes backwards and never throws: if the clock does, time goes on from where it was. */
  now(): number {
    let t = Number.NaN;
    try {
      t = this.clock.now() - this.origin;
    } catch (cause) {
      this.onClockError(cause);
    }
    if (t > this.latest) this.latest = t;
    else if (t < this.latest) this.origin += t - this.latest;
    return this.latest;
  }

  /** Puts a timer on the wheel and makes sure that somebody wakes for it. */
  schedule(timer: Timer, dueAt: number): void {
    this.wheel.schedule(timer, dueAt);
    // a timer set for the past is due now: else it would look as if the event loop had been blocked
    if (dueAt < this.nextWakeAt) this.setWakeUp(Math.max(dueAt, this.latest));
  }

  setWakeUp(dueAt: number): void {
    this.nextWakeAt = dueAt;
    this.processor?.send({ type: 'timer.set', dueAt: dueAt === Number.POSITIVE_INFINITY ? dueAt : Math.ceil(dueAt) });
  }
}
