import { Timer } from '../../lib/timer.ts';
import type { EngineState } from '../state.ts';

/** What the periodic check runs. */
export type PeriodicTask = (state: EngineState, t: number) => void;

/**
 * Runs tasks that no single event triggers, in their order, every `shedding.intervalMs` while there is work. An idle
 * balancer does not wake for it.
 */
export class PeriodicCheck extends Timer {
  private readonly state: EngineState;
  private readonly tasks: readonly PeriodicTask[];
  /** When it runs next, ms since the balancer's time 0. The interval is kept, so that band timers can be set to the same times. */
  private nextLook = Number.NEGATIVE_INFINITY;

  constructor(state: EngineState, tasks: readonly PeriodicTask[]) {
    super();
    this.state = state;
    this.tasks = tasks;
  }

  /** Work arrived. */
  wake(t: number): void {
    if (this.wheelSlot < 0) this.lookLater(t);
  }

  private lookLater(t: number): void {
    this.nextLook = this.lookFrom(t) ?? t;
    if (this.nextLook <= t) this.nextLook += this.state.settings.shedding.intervalMs;
    this.state.scheduler.schedule(this, this.nextLook);
  }

  /** The first look at or after a time, while there are any. */
  lookFrom(t: number): number | undefined {
    const { intervalMs } = this.state.settings.shedding;
    const behind = t - this.nextLook;
    if (behind <= 0) return this.nextLook;
    return behind < 10 * intervalMs ? this.nextLook + Math.ceil(behind / intervalMs) * intervalMs : undefined;
  }

  onDue(t: number): void {
    const { state } = this;
    for (const task of this.tasks) task(state, t);
    if (state.requests.jobs.open > 0 || state.overload.pressure !== 'normal') this.wake(t);
  }
}
