import type { AsyncScope, AsyncStore } from '../domain/ports.ts';
import { HandlerMark } from '../requests/handler-mark.ts';
import type { Attempt } from '../requests/job.ts';
import type { ComponentRecord } from './membership/component-record.ts';

/** More than a quiet day has. That there are marks at all costs a balancer at its limit about 4 % (docs/decisions/0014). */
const MARKED_A_SECOND = 50;

/**
 * Runs handlers, and knows whether whoever submits a request is one of them: while the balancer drains, such requests are admitted.
 *
 * What a handler submits before its first await is known for nothing. What it submits later is known by a mark in its async
 * context, which makes each await of the whole process cost 0.2 µs more while any marked handler runs, on Node 20 and 22. So
 * marked are: the first 50 runs of each second; all runs of a component one of whose handlers has ever submitted anything; all
 * that were submitted by a handler; and all that begin while the balancer drains (docs/decisions/0014).
 */
export class RunningHandlers {
  private readonly store: AsyncStore<HandlerMark | undefined> | undefined;
  private readonly ownContext: AsyncScope | undefined;
  /** Whose handler is being called at this moment, up to its first await. */
  private calling: ComponentRecord | null = null;
  private callingMark: HandlerMark | null = null;
  /** Marked handlers that run. */
  private marked = 0;
  private secondBegan = Number.NEGATIVE_INFINITY;
  private begunInSecond = 0;
  /** The balancer drains: what begins now may be the last chance to know its handler. */
  marksAll = false;

  /**
   * @param store undefined: nothing is marked.
   * @param ownContext what the balancer runs in; undefined: in that of whoever has set it going.
   */
  constructor(store: AsyncStore<HandlerMark | undefined> | undefined, ownContext: AsyncScope | undefined) {
    this.store = store;
    this.ownContext = ownContext;
  }

  /**
   * Calls a handler, in the async context of its submitter.
   * @throws whatever it throws.
   */
  call(attempt: Attempt, record: ComponentRecord): unknown {
    const { scope, request } = attempt.job;
    const { context } = attempt;
    this.calling = record;
    try {
      if (scope === undefined) return record.handle(request, context!);
      if (this.store === undefined || !this.isToBeMarked(attempt, record))
        return scope.runInAsyncScope(record.handle, undefined, request, context!);
      const mark = new HandlerMark(record);
      attempt.mark = mark;
      this.callingMark = mark;
      this.marked++;
      return scope.runInAsyncScope(this.store.run, this.store, mark, record.handle, request, context!);
    } finally {
      this.calling = null;
      this.callingMark = null;
    }
  }

  private isToBeMarked({ startedAt, job }: Attempt, { handlersSubmit }: ComponentRecord): boolean {
    if (!(startedAt - this.secondBegan < 1_000 && startedAt >= this.secondBegan)) {
      this.secondBegan = startedAt;
      this.begunInSecond = 0;
    }
    return ++this.begunInSecond <= MARKED_A_SECOND || handlersSubmit || this.marksAll || job.nested;
  }

  /** A marked handler has settled, or is waited for no longer. */
  ended(attempt: Attempt): void {
    const { mark } = attempt;
    if (mark === null) return;
    mark.isRunning = false;
    attempt.mark = null;
    if (--this.marked === 0) this.store?.disable();
  }

  /** Whether the code that runs now is a handler, or what it has called or awaited. */
  isInside(): boolean {
    if (this.calling !== null) {
      this.calling.handlersSubmit = true;
      return true;
    }
    if (this.marked <= 0) return false;
    const mark = this.store?.getStore();
    if (mark === undefined || !mark.isRunning) return false;
    mark.owner.handlersSubmit = true;
    return true;
  }

  /** The mark of the handler whose code runs now; null: it has none. */
  currentMark(): HandlerMark | null {
    return this.calling === null ? (this.store?.getStore() ?? null) : this.callingMark;
  }

  /** Runs what belongs to no handler, although one may have set it going. */
  outside(run: () => void): void {
    if (this.ownContext !== undefined) this.ownContext.runInAsyncScope(run);
    else if (this.marked <= 0 || this.store === undefined) run();
    else this.store.run(undefined, run);
  }

  /** The balancer has stopped: nothing is to be known any more, though handlers may still run. */
  close(): void {
    if (this.marked > 0) this.store?.disable();
    this.marked = 0;
  }
}
