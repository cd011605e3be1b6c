import { Timer } from '../../lib/timer.ts';
import type { ProcessHold } from '../../domain/ports.ts';
import type { EngineState } from '../state.ts';

/** Beat of the looks, ms. */
const LOOK_EVERY_MS = 100;

/** Something that is looked at now and then while there is work. */
export type PeriodicTask = (state: EngineState, t: number) => void;

/**
 * Looks at what no single event tells of, every 100 ms while there is work; nobody wakes for it on an idle
 * balancer. The tasks run in their order. Since it knows when the work ends, it also keeps the process alive till then.
 */
export class PeriodicCheck extends Timer {
  private readonly state: EngineState;
  private readonly tasks: readonly PeriodicTask[];
  private readonly processHold: ProcessHold | undefined;
  /** Work holds the process, or nothing needs to: one comparison for each request. */
  private isHeld = false;
  /** When it runs next, ms since the balancer's time 0. The interval is kept, so that band timers can be set to the same times. */
  private nextLook = Number.NEGATIVE_INFINITY;

  constructor(state: EngineState, tasks: readonly PeriodicTask[]) {
    super();
    this.state = state;
    this.tasks = tasks;
    this.processHold = state.options.processHold;
  }

  /** Work arrived. */
  wake(t: number): void {
    if (!this.isHeld) this.hold();
    if (this.wheelSlot < 0) this.lookLater(t);
  }

  private lookLater(t: number): void {
    this.nextLook = this.lookFrom(t) ?? t;
    if (this.nextLook <= t) this.nextLook += LOOK_EVERY_MS;
    this.state.scheduler.schedule(this, this.nextLook);
  }

  /** The first look at or after a time, while there are any. */
  lookFrom(t: number): number | undefined {
    const behind = t - this.nextLook;
    if (behind <= 0) return this.nextLook;
    return behind < 10 * LOOK_EVERY_MS ? this.nextLook + Math.ceil(behind / LOOK_EVERY_MS) * LOOK_EVERY_MS : undefined;
  }

  onDue(t: number): void {
    const { state } = this;
    for (const task of this.tasks) task(state, t);
    const hasWork = state.requests.jobs.open > 0;
    if ((hasWork || state.overload.pressure !== 'normal') && this.wheelSlot < 0) this.lookLater(t);
    if (!hasWork) this.releaseIfIdle();
  }

  private hold(): void {
    this.isHeld = true;
    this.processHold?.hold();
  }

  /** A balancer without work lets the process end, but for one that starts or stops. */
  releaseIfIdle(): void {
    const { mode, requests, waitingLine } = this.state;
    if (mode.phase !== 'running' || requests.jobs.open > 0 || waitingLine.size > 0) return;
    this.isHeld = false;
    this.processHold?.release();
  }
}
