import type { HandlerContext, Worker, WorkerLink } from '../../../domain/component.ts';
import { InvalidConfigError, OutcomeUnknownError } from '../../../domain/errors.ts';
import { formatValue, type WorkloadRequest } from '../../../domain/request.ts';
import { errorMessage } from '../../../lib/unknown-error.ts';
import { createMailbox } from './mailbox.ts';
import type { TaskAborted, TaskAnswer, TaskAssigned, TaskMailbox } from './task.ts';

/** What is needed of an actor reference. An actor that does not take `task.assigned` does not fit; `task.aborted` is extra. */
export interface WorkerActorRef {
  readonly id: string;
  send(event: TaskAssigned | TaskAborted): void;
  getSnapshot(): { readonly status: string };
  subscribe(observer: { error(error: unknown): void; complete(): void }): { unsubscribe(): void };
  on(type: '*', listener: (event: { readonly type: string }) => void): { unsubscribe(): void };
}

/** A worker that is an actor. */
export interface ActorWorker extends Worker {
  /** Tasks that the actor has not answered. */
  readonly pending: number;
  /** Answers to no task that was open: late, given twice, or with ids that never were. */
  readonly ignoredAnswers: number;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/**
 * Makes a component of an actor: the bot's own machine, for instance. It is sent `task.assigned`, many at a time, as many
 * as the component has slots, and answers each with `task.completed` or `task.failed` to its `replyTo`. When a task is
 * aborted it is sent `task.aborted`. It may emit `component.reportUsage {usage}` and `component.reportHealth {healthy,
 * reason?}` about itself.
 *
 * When it stops or crashes, its component fails, and so does what is pending: nobody knows what the actor did of it, so that a
 * request which may not run twice ends with an OutcomeUnknownError, and any other is retried. As this observes the actor, a crash is not
 * reported to the process by XState; it is told as the reason of the component's failure.
 *
 * @param ref an actor reference; who made it stops it.
 * @throws InvalidConfigError when it is none.
 */
export function actorWorker(ref: WorkerActorRef): ActorWorker {
  if (!isActorRef(ref)) {
    throw new InvalidConfigError(`actorWorker: expected an actor reference (given: ${formatValue(ref)}).`, {
      value: ref,
    });
  }
  return new WorkerOfActor(ref);
}

class WorkerOfActor implements ActorWorker {
  ignoredAnswers = 0;
  readonly #ref: WorkerActorRef;
  readonly #mailbox: TaskMailbox;
  readonly #pending = new Map<string, Pending>();
  readonly #links = new Set<WorkerLink>();
  #watching = false;

  constructor(ref: WorkerActorRef) {
    this.#ref = ref;
    this.#mailbox = createMailbox((answer) => this.#hear(answer));
  }

  get pending(): number {
    return this.#pending.size;
  }

  attach(link: WorkerLink): void {
    this.#links.add(link);
    this.#watch();
  }

  close(): void {
    this.#links.clear();
  }

  // an arrow, since handlers are called without their worker
  readonly handle = (request: WorkloadRequest, context: HandlerContext): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const { requestId, attempt, deadline } = context;
      const key = keyOf(requestId, attempt);
      this.#watch();
      if (this.#ref.getSnapshot().status !== 'active') throw stopped(this.#ref.id);
      if (this.#pending.has(key)) throw taken(requestId, attempt);
      const { signal } = context;
      const replyTo = this.#mailbox;
      const onAbort = (): void =>
        this.#ref.send({ type: 'task.aborted', requestId, attempt, reason: signal.reason, replyTo });
      const settle = (): void => {
        signal.removeEventListener('abort', onAbort);
        this.#pending.delete(key);
      };
      this.#pending.set(key, {
        resolve(result) {
          settle();
          resolve(result);
        },
        reject(error) {
          settle();
          reject(error);
        },
      });
      signal.addEventListener('abort', onAbort, { once: true });
      this.#ref.send({ type: 'task.assigned', requestId, attempt, request, deadline, signal, replyTo });
    });

  #hear(answer: TaskAnswer): void {
    const pending = this.#pending.get(keyOf(answer.requestId, answer.attempt));
    if (pending === undefined) this.ignoredAnswers++;
    else if (answer.type === 'task.completed') pending.resolve(answer.result);
    else if (answer.type === 'task.failed') pending.reject(answer.error);
    else this.ignoredAnswers++;
  }

  /** Once, and not before somebody uses the worker: to observe a crash is to take it on oneself. */
  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    this.#ref.on('*', (event) => this.#tell(event));
    this.#ref.subscribe({
      error: (cause) => this.#end(`actor ${this.#ref.id} crashed: ${errorMessage(cause)}`, cause),
      complete: () => this.#end(`actor ${this.#ref.id} has stopped`),
    });
  }

  #tell(event: object): void {
    const { type, usage, healthy, reason } = fieldsOf(event);
    for (const link of this.#links) {
      if (type === 'component.reportUsage' && typeof usage === 'object' && usage !== null) link.reportUsage(usage);
      if (type === 'component.reportHealth' && typeof healthy === 'boolean') {
        link.reportHealth(healthy, typeof reason === 'string' ? reason : undefined);
      }
    }
  }

  #end(reason: string, cause?: unknown): void {
    for (const pending of [...this.#pending.values()]) pending.reject(new OutcomeUnknownError(reason, { cause }));
    for (const link of this.#links) link.fail(reason);
  }
}

const keyOf = (requestId: string, attempt: number): string => `${attempt} ${requestId}`;

/** It has been sent nothing, so that any request may be tried again. */
const stopped = (id: string): Error => Object.assign(new Error(`actor ${id} has stopped`), { retryable: true });

/** Two tasks of one name could not be told apart by their answers. Nothing of this one has begun, so it may be retried. */
const taken = (requestId: string, attempt: number): Error =>
  Object.assign(
    new Error(
      `Attempt ${attempt} of an earlier request with the id ${formatValue(requestId)} has not been answered by its actor. Give requests ids of their own.`,
    ),
    { retryable: true },
  );

const fieldsOf = (event: object): { type?: unknown; usage?: unknown; healthy?: unknown; reason?: unknown } => event;

const isActorRef = (ref: unknown): boolean =>
  typeof ref === 'object' &&
  ref !== null &&
  ['send', 'getSnapshot', 'subscribe', 'on'].every((name) => typeof Reflect.get(ref, name) === 'function');
