import { availableParallelism } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Piscina } from 'piscina';
import type { HandlerContext, Worker, WorkerLink } from '../../../domain/component.ts';
import { InvalidConfigError, OutcomeUnknownError } from '../../../domain/errors.ts';
import { formatValue, type WorkloadRequest } from '../../../domain/request.ts';
import { errorMessage, safeProperty } from '../../../lib/unknown-error.ts';
import type { ThreadWorkerOptions } from './options.ts';
import { checkPiscina, importPiscina } from './piscina.ts';
import { ThreadSlots } from './thread-slots.ts';

/** What the function in the file gets: what can cross into a thread. */
export interface ThreadTask<P = unknown> {
  readonly requestId: string;
  /** 1 for the first. */
  readonly attempt: number;
  readonly type: string;
  readonly payload: P | undefined;
  /** Epoch ms; undefined when the request has none. */
  readonly deadline: number | undefined;
}

/**
 * Makes a component of a file whose function `(task: ThreadTask) => result` runs in worker threads: for work that would
 * block the event loop. Needs the optional peer dependency `piscina` (5.3 or newer), which is loaded when the component is
 * registered.
 *
 * Give the component as many slots as there are threads, or a few more: what is beyond waits for a thread inside the pool.
 * When a thread ends by itself (`process.exit`, an error that nobody caught, a limit of memory), what it ran may or may not
 * have taken effect: a request that may run twice is retried, any other fails with an OutcomeUnknownError.
 *
 * Payloads and results are copied (structured clone). Errors cross without their class and own properties; to say
 * `callerFault` or `retryable`, throw a plain object `{ message, retryable: true }`.
 *
 * @param file path or URL of a module of JavaScript.
 * @throws InvalidConfigError for options that make no sense, and where piscina is not installed.
 */
export function threadWorker(file: string | URL, options: ThreadWorkerOptions = {}): Worker {
  return new WorkerOfThreads(file instanceof URL ? file.href : file, options);
}

/** What the threads load, and what loads the file in them. */
const entry = (): string => fileURLToPath(new URL('./thread-entry.cjs', import.meta.url));

class WorkerOfThreads implements Worker {
  readonly #file: string;
  readonly #options: ThreadWorkerOptions;
  readonly #min: number;
  readonly #max: number;
  readonly #links = new Set<WorkerLink>();
  readonly #killOnAbort: boolean;
  readonly #flags = new BegunFlags();
  readonly #slots: ThreadSlots;
  #pool: Promise<Piscina> | undefined;
  /** The same once it has been loaded, so that nobody has to wait for it. */
  #loaded: Piscina | undefined;

  constructor(file: string, options: ThreadWorkerOptions) {
    const { threads = Math.max(1, availableParallelism() - 1) } = options;
    const { min, max } = typeof threads === 'number' ? { min: threads, max: threads } : threads;
    checkPiscina();
    check(typeof file === 'string' && file !== '', 'file', 'a path or URL', file);
    check(Number.isInteger(min) && min >= 1, 'threads', 'a whole number of at least 1', threads);
    check(Number.isInteger(max) && max >= min, 'threads', 'a maximum that is not below the minimum', threads);
    this.#file = file;
    this.#options = options;
    this.#killOnAbort = options.killOnAbort ?? true;
    this.#min = min;
    this.#max = max;
    // one more for each thread, so that it finds its next task there when it has done one
    this.#slots = new ThreadSlots(2 * max);
  }

  attach(link: WorkerLink): void {
    this.#links.add(link);
    this.#open().catch((error: unknown) => link.fail(errorMessage(error)));
  }

  /** Waits for what runs, then ends the threads. A worker that is registered again opens anew. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    this.#loaded = undefined;
    this.#slots.open();
    this.#links.clear();
    await (await pool?.catch(() => undefined))?.close();
  }

  // an arrow, since handlers are called without their worker
  readonly handle = (request: WorkloadRequest, context: HandlerContext): Promise<unknown> => {
    const abort = abortOf(context);
    if (this.#loaded !== undefined) return this.#run(this.#loaded, request, context, abort);
    return this.#open().then((pool) => this.#run(pool, request, context, abort));
  };

  async #run(pool: Piscina, request: WorkloadRequest, context: HandlerContext, abort: Abort): Promise<unknown> {
    if (abort.aborted) throw abort.reason;
    if (!this.#slots.tryEnter()) await this.#slots.enter(abort);
    const { requestId, attempt, deadline } = context;
    const { type, payload } = request;
    const flag = this.#flags.take();
    const begun = flag < 0 ? new Int32Array(new SharedArrayBuffer(4)) : undefined;
    const task = [requestId, attempt, type, payload, deadline, Math.max(0, flag), begun];
    let answer: unknown;
    try {
      answer = await pool.run(task, this.#killOnAbort ? { signal: abort } : undefined);
    } catch (error) {
      const refused = notCloneable(requestId, error);
      if (refused !== undefined) {
        if (begun === undefined) this.#flags.giveBack(flag);
        throw refused;
      }
      // it was killed because nobody waits for it any more
      if (abort.aborted) throw error;
      const hasBegun = begun === undefined ? this.#flags.isSet(flag) : Atomics.load(begun, 0) === 1;
      throw hasBegun ? lost(requestId, error) : notBegun(requestId, error);
    } finally {
      this.#slots.leave();
    }
    if (begun === undefined) this.#flags.giveBack(flag);
    if (typeof answer === 'object' && answer !== null && THROWN in answer) throw answer[THROWN];
    return answer;
  }

  #open(): Promise<Piscina> {
    if (this.#pool !== undefined) return this.#pool;
    const opening = this.#load();
    this.#pool = opening;
    opening.then(
      (pool) => {
        if (this.#pool === opening) this.#loaded = pool;
      },
      () => {}, // whoever waits for it is told
    );
    return opening;
  }

  async #load(): Promise<Piscina> {
    const Pool = await importPiscina();
    const { idleTimeoutMs = 10_000, closeTimeoutMs = 5000, exportName = 'default', resourceLimits } = this.#options;
    const pool = new Pool({
      filename: entry(),
      workerData: {
        href: this.#file.startsWith('file:') ? this.#file : pathToFileURL(this.#file).href,
        exportName,
        begun: this.#flags.shared,
      },
      // the balancer keeps the times
      recordTiming: false,
      minThreads: this.#min,
      maxThreads: this.#max,
      idleTimeout: idleTimeoutMs,
      closeTimeout: closeTimeoutMs,
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    });
    // a thread that died between tasks, or that answers while the pool closes: without a listener it would end the process
    pool.on('error', (error: unknown) => {
      for (const link of this.#links) link.reportHealth(false, `a worker thread: ${errorMessage(error)}`);
    });
    return pool;
  }
}

/** What a task is killed by: a signal, or what piscina takes for one. */
type Abort = AbortSignal | AbortNotice;

/** An abort as piscina listens to it: a signal of its own for each task, and a listener of that, would cost 5 to 10 µs. */
class AbortNotice {
  aborted = false;
  reason: unknown = undefined;
  #listener: (() => void) | undefined;

  addEventListener(_: 'abort', listener: () => void): void {
    this.#listener = listener;
  }

  removeEventListener(): void {
    this.#listener = undefined;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    this.#listener?.();
  }
}

/** The balancer's own contexts make a signal only for who asks for it, and call back without. */
function abortOf(context: HandlerContext): Abort {
  if (!('onAbort' in context) || typeof context.onAbort !== 'function') return context.signal;
  const notice = new AbortNotice();
  context.onAbort((reason: unknown) => notice.abort(reason));
  return notice;
}

const FLAGS = 4_096;

/**
 * One shared number for each task, which its thread sets when it begins it: to share memory anew for each task takes longer than to send the
 * task. A flag is used again only when its task has answered: a thread that is being killed may still set it. When none is left, a task gets
 * memory of its own.
 */
class BegunFlags {
  readonly shared = new Int32Array(new SharedArrayBuffer(4 * FLAGS));
  readonly #free = Array.from({ length: FLAGS }, (_, k) => k);

  /** -1: none is left. */
  take(): number {
    return this.#free.pop() ?? -1;
  }

  isSet(flag: number): boolean {
    return Atomics.load(this.shared, flag) === 1;
  }

  giveBack(flag: number): void {
    Atomics.store(this.shared, flag, 0);
    this.#free.push(flag);
  }
}

/** Under this name a thread returns what the work has thrown (see thread-entry.cjs). */
const THROWN = 'plimsoll.thrown';

/** Nothing has happened, so that any request may be tried again. */
const notBegun = (requestId: string, cause: unknown): Error =>
  Object.assign(new Error(`No thread has begun request ${requestId}: ${errorMessage(cause)}`, { cause }), {
    retryable: true,
  });

const lost = (requestId: string, cause: unknown): OutcomeUnknownError =>
  new OutcomeUnknownError(`The thread ended while it ran request ${requestId}: ${errorMessage(cause)}`, {
    requestId,
    cause,
  });

/** What went wrong before the thread got the task, or after the work had ended; undefined: something else did. */
function notCloneable(requestId: string, error: unknown): Error | undefined {
  if (safeProperty(error, 'name') === 'DataCloneError') return payloadNotCloneable(requestId, error);
  return isNothing(error) ? answerNotCloneable(requestId) : undefined;
}

/** The payload's fault, so the caller's, and no component is blamed. */
const payloadNotCloneable = (requestId: string, cause: unknown): Error =>
  Object.assign(
    new Error(`The payload of request ${requestId} cannot be sent to a thread: ${errorMessage(cause)}`, { cause }),
    { callerFault: true },
  );

/**
 * What is left of the error that a thread gets when its answer cannot be copied, a DOMException, which cannot be copied
 * either: an empty object under Node 20, from Node 22 on an Error with nothing but its stack.
 */
const isNothing = (error: unknown): boolean => {
  if (typeof error !== 'object' || error === null) return false;
  if (!(error instanceof Error)) return Object.keys(error).length === 0;
  return !Object.hasOwn(error, 'message') && String(error.stack).startsWith('DataCloneError');
};

const answerNotCloneable = (requestId: string): Error =>
  new Error(
    `What the thread returned or threw for request ${requestId} cannot be copied out of it: a function, perhaps.`,
  );

function check(ok: boolean, what: string, expected: string, value: unknown): void {
  if (ok) return;
  throw new InvalidConfigError(`threadWorker: ${what}: expected ${expected} (given: ${formatValue(value)}).`, {
    value,
  });
}
