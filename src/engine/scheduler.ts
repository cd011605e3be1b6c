import type { Clock } from '../domain/ports.ts';
import type { Timer } from '../lib/timer.ts';
import { TimingWheel } from '../lib/timing-wheel.ts';
import type { MessageSink } from './messages.ts';

/** The event loop was blocked when a timer comes later than this, ms… */
const STALL_MS = 20;
/** …and for so long that time-outs prove nothing. */
const LAG_MS = 100;
/** Turns of the event loop in which what has become ready is heard: an answer may take some callbacks, one after the other. */
const TURNS = 5;

/** The time of one balancer, and its timers: one timing wheel, and one actor that wakes when the next timer is due. */
export class Scheduler {
  /** Epoch ms of the balancer's time 0. */
  origin: number;
  readonly wheel = new TimingWheel<Timer>(0);
  /** When request-processor wakes next, ms since the balancer's time 0; Infinity: never. */
  nextWakeAt = Number.POSITIVE_INFINITY;
  /** request-processor, once it has woken for the first time. */
  processor: MessageSink | undefined = undefined;
  /** How late our own timer has come, ms, while those that are due are seen to. */
  lagMs = 0;
  /** Turns of the event loop to wait before the timers that are due are seen to. */
  private turnsToWait = 0;
  /** The time when the clock was last read, ms since the balancer's time 0. Within a message that has read it, this is now. */
  latest = 0;
  /** Epoch ms of the balancer's time 0 by the clock that deadlines are made with; NaN: to be read anew. */
  private wallOrigin = Number.NaN;
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

  /** Our own timers came more than 100 ms late: the event loop was blocked, so time-outs prove nothing. */
  get isLagging(): boolean {
    return this.lagMs > LAG_MS;
  }

  /** Whether a run may have been timed out by the event loop's being blocked: for a quarter of the time that it had. */
  wasBlockedFor(timeoutMs: number): boolean {
    return this.isLagging || (this.lagMs > STALL_MS && this.lagMs > timeoutMs / 4);
  }

  /**
   * Our own timer has fired. After a stall of the event loop what has become ready meanwhile (answers from sockets, files,
   * threads) has not been heard, since timers come first: some more turns of the loop hear it before anything is timed out.
   * @returns whether the timers that are due are to be seen to now.
   */
  isTimeToAdvance(t: number): boolean {
    if (this.turnsToWait === 0) {
      this.lagMs = Math.max(0, t - this.nextWakeAt);
      if (this.lagMs <= STALL_MS) return true;
      this.turnsToWait = TURNS + 1;
    }
    return --this.turnsToWait === 0;
  }

  /**
   * ms since the balancer's time 0 of an epoch time that a caller has given, by the callers' clock as it stands. Reads the clocks
   * only once until {@link readWallAnew}: each costs as much as a fortieth of a request.
   */
  fromEpoch(epochMs: number): number {
    if (Number.isNaN(this.wallOrigin)) this.readWall();
    return epochMs - this.wallOrigin;
  }

  /** The reverse, with clocks that are read now. */
  toEpoch(t: number): number {
    this.readWall();
    return t + this.wallOrigin;
  }

  /** A tick has begun since the clock of the callers was read: it may have been set back or forward. */
  readWallAnew(): void {
    this.wallOrigin = Number.NaN;
  }

  private readWall(): void {
    const t = this.now();
    let wall = Number.NaN;
    try {
      wall = this.clock.wall?.() ?? Number.NaN;
    } catch (cause) {
      this.onClockError(cause);
    }
    // without such a clock, or with one that does not answer, callers go by ours
    this.wallOrigin = Number.isFinite(wall) ? wall - t : this.origin;
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
