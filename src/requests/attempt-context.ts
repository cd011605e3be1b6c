import type { HandlerContext } from '../domain/component.ts';
import type { Clock } from '../domain/ports.ts';
import type { Job } from './job.ts';

/** Makes the id of a job that was given none. */
export interface IdSource {
  generatedId(slot: number, generation: number): string;
}

/** What all attempts on a component have in common. */
export interface AttemptEnvironment {
  readonly componentId: string;
  readonly clock: Clock;
  /** Translates a time of the balancer's for user code. */
  toEpoch(t: number): number;
  readonly ids: IdSource;
}

/**
 * What a handler sees. Made for each attempt, since handlers may keep it, and so with as few fields as will do; the signal
 * is made when it is asked for.
 */
export class AttemptContext implements HandlerContext {
  readonly attempt: number;
  /** ms since the balancer's time 0; Infinity: none. */
  private readonly dueAt: number;
  private readonly environment: AttemptEnvironment;
  private readonly givenId: string;
  private readonly slot: number;
  private readonly generation: number;
  private abortState: AbortState | null = null;

  constructor(environment: AttemptEnvironment, job: Job, attempt: number) {
    this.attempt = attempt;
    this.dueAt = job.deadline;
    this.environment = environment;
    this.givenId = job.givenId;
    this.slot = job.slot;
    this.generation = job.generation;
  }

  get componentId(): string {
    return this.environment.componentId;
  }

  get deadline(): number | undefined {
    return this.dueAt === Number.POSITIVE_INFINITY ? undefined : this.environment.toEpoch(this.dueAt);
  }

  get clock(): Clock {
    return this.environment.clock;
  }

  get requestId(): string {
    return this.givenId === '' ? this.environment.ids.generatedId(this.slot, this.generation) : this.givenId;
  }

  get signal(): AbortSignal {
    const abortState = this.ensureAbortState;
    if (abortState.controller === null) {
      abortState.controller = new AbortController();
      if (abortState.reason !== null) abortState.controller.abort(abortState.reason);
    }
    return abortState.controller.signal;
  }

  /** Calls back on abort. For plimsoll's own adapters: making a signal and listening to it costs 2 µs an attempt. */
  onAbort(listener: (reason: unknown) => void): void {
    this.ensureAbortState.listener = listener;
  }

  /** Whether somebody holds the signal or listens, so that aborting runs listeners. */
  get observed(): boolean {
    return this.abortState !== null && (this.abortState.controller !== null || this.abortState.listener !== null);
  }

  abort(reason: Error): void {
    const abortState = this.ensureAbortState;
    abortState.reason = reason;
    abortState.controller?.abort(reason);
    abortState.listener?.(reason);
  }

  /** What a log line may show of it: without this, logging it would walk through the balancer's whole state. */
  toJSON(): object {
    const { requestId, attempt, deadline, componentId } = this;
    return { requestId, attempt, deadline, componentId };
  }

  private get ensureAbortState(): AbortState {
    this.abortState ??= new AbortState();
    return this.abortState;
  }
}

/** State that few attempts need: who is told of the abort, and its reason. */
class AbortState {
  reason: Error | null = null;
  controller: AbortController | null = null;
  listener: ((reason: unknown) => void) | null = null;
}
