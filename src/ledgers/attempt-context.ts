import type { HandlerContext } from '../domain/component.ts';
import type { Clock } from '../domain/ports.ts';
import type { Job } from './job.ts';

/** Makes the id of a job that was given none. */
export interface IdSource {
  generatedId(slot: number, generation: number): string;
}

/** What a handler sees. Made for each attempt, since handlers may keep it; the signal is made when it is asked for. */
export class AttemptContext implements HandlerContext {
  readonly attempt: number;
  readonly deadline: number | undefined;
  readonly componentId: string;
  readonly clock: Clock;
  /** Called on abort, for plimsoll's own adapters: making a signal and listening to it costs 2 µs an attempt. */
  onAbort: ((reason: unknown) => void) | null = null;
  private readonly ids: IdSource;
  private readonly givenId: string;
  private readonly slot: number;
  private readonly generation: number;
  private controller: AbortController | undefined = undefined;
  private abortedWith: Error | undefined = undefined;

  constructor(
    ids: IdSource,
    job: Job,
    attempt: number,
    deadline: number | undefined,
    componentId: string,
    clock: Clock,
  ) {
    this.ids = ids;
    this.givenId = job.givenId;
    this.slot = job.slot;
    this.generation = job.generation;
    this.attempt = attempt;
    this.deadline = deadline;
    this.componentId = componentId;
    this.clock = clock;
  }

  get requestId(): string {
    return this.givenId === '' ? this.ids.generatedId(this.slot, this.generation) : this.givenId;
  }

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.abortedWith !== undefined) this.controller.abort(this.abortedWith);
    }
    return this.controller.signal;
  }

  /** Whether somebody holds the signal or listens, so that aborting runs listeners. */
  get observed(): boolean {
    return this.controller !== undefined || this.onAbort !== null;
  }

  abort(reason: Error): void {
    this.abortedWith = reason;
    this.controller?.abort(reason);
    this.onAbort?.(reason);
  }
}
