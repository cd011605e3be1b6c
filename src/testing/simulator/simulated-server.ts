import type { SimClock } from './event-clock.ts';
import { SimEvent } from './event-clock.ts';
import type { ComponentPlan } from './plan.ts';

/** What is wrong with a component at the moment: the sum of its active faults. */
export interface Condition {
  /** Work takes so many times as long. */
  readonly slowness: number;
  readonly failingShare: number;
  /** How long a failing attempt takes, ms. */
  readonly failLatencyMs: number;
  readonly hangs: boolean;
  readonly crashed: boolean;
}

export const HEALTHY: Condition = { slowness: 1, failingShare: 0, failLatencyMs: 1, hangs: false, crashed: false };

/** How a run ends. */
export interface Ending {
  resolve(value: undefined): void;
  reject(error: Error): void;
}

/** One attempt as the component sees it. */
export class Execution extends SimEvent {
  readonly station: SimulatedServer;
  /** Work left at `since`, ms at speed 1 and full health. */
  left: number;
  since = 0;
  /** It will end as a failure: its latency is not work and does not depend on speed. */
  readonly fails: boolean;
  /** Lost in a hang: it ends by abort only. */
  hung = false;
  readonly ending: Ending;

  constructor(station: SimulatedServer, left: number, fails: boolean, ending: Ending) {
    super();
    this.station = station;
    this.left = left;
    this.fails = fails;
    this.ending = ending;
  }

  fire(): void {
    this.station.leave(this);
    if (this.fails) this.ending.reject(new Error('simulated failure'));
    else this.ending.resolve(undefined);
  }

  abort(reason: unknown): void {
    if (!this.station.leave(this)) return;
    this.ending.reject(reason instanceof Error ? reason : new Error('aborted'));
  }
}

/**
 * The simulated worker behind a component: does work at its speed, suffers its faults. A change of speed also changes
 * what runs already. `servers` of its executions run and the others wait here in order of arrival: those of early binding,
 * and those of a component that can do less at a time than its capacity says.
 */
export class SimulatedServer {
  readonly plan: ComponentPlan;
  condition: Condition = HEALTHY;
  /** Executions that have ended here, by work or fault, not by abort. */
  finished = 0;
  private readonly clock: SimClock;
  private readonly servers: number;
  private readonly running = new Set<Execution>();
  private readonly waiting: Execution[] = [];

  constructor(plan: ComponentPlan, clock: SimClock, servers: number) {
    this.plan = plan;
    this.clock = clock;
    this.servers = servers;
  }

  /** Work done per ms at present. */
  get rate(): number {
    return this.plan.scenario.speed / this.condition.slowness;
  }

  enter(workMs: number, luck: number, ending: Ending): Execution {
    const { condition } = this;
    const fails = condition.crashed || luck < condition.failingShare;
    const execution = new Execution(this, fails ? condition.failLatencyMs : workMs, fails, ending);
    if (!fails && this.running.size >= this.servers) this.waiting.push(execution);
    else this.begin(execution);
    return execution;
  }

  /** @returns whether it was here. */
  leave(execution: Execution): boolean {
    if (this.running.delete(execution)) {
      this.clock.cancel(execution);
      const next = this.waiting.shift();
      if (next !== undefined) this.begin(next);
      return true;
    }
    const at = this.waiting.indexOf(execution);
    if (at >= 0) this.waiting.splice(at, 1);
    return at >= 0;
  }

  become(condition: Condition): void {
    const t = this.clock.now();
    const before = this.rate;
    this.condition = condition;
    for (const execution of [...this.running]) {
      if (condition.crashed) {
        this.running.delete(execution);
        this.clock.cancel(execution);
        execution.ending.reject(new Error('simulated crash'));
      } else if (!execution.fails) {
        execution.left -= (t - execution.since) * before;
        this.time(execution, t);
      }
    }
    if (condition.crashed) for (const one of this.waiting.splice(0)) one.ending.reject(new Error('simulated crash'));
  }

  private begin(execution: Execution): void {
    this.running.add(execution);
    this.time(execution, this.clock.now());
  }

  private time(execution: Execution, t: number): void {
    execution.since = t;
    if (this.condition.hangs) execution.hung = true;
    const rate = execution.fails ? 1 : this.rate;
    this.clock.schedule(execution, execution.hung ? Number.POSITIVE_INFINITY : t + execution.left / rate);
  }
}
