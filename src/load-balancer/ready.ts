import { requestProblem, type WorkloadRequest } from '../domain/request.ts';
import type { RoomWaiter } from '../engine/admission/room.ts';
import type { EngineView } from '../engine/engine-view.ts';
import { isFull } from '../engine/overload/watermarks.ts';
import { safeProperty } from '../lib/unknown-error.ts';
import { AbortListener, isSignal } from './shared-signal.ts';
import { noSignal } from './submit.ts';

/**
 * Resolves when neither the queue nor the request's route is between its high- and its low-water mark, for as many at a time as there is
 * room; or when the balancer has stopped.
 * @throws InvalidRequestError, or the signal's reason
 */
export async function waitUntilReady(
  state: EngineView,
  request: WorkloadRequest | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const problem = request === undefined ? undefined : requestProblem(request);
  if (problem !== undefined) throw problem;
  if (signal !== undefined && !isSignal(signal)) throw noSignal(signal);
  // not `throwIfAborted`: a polyfill may not have it
  if (signal?.aborted === true) throw safeProperty(signal, 'reason');
  const type = request?.type;
  const route = type === undefined ? undefined : state.fleet.routes.workloadOf(type).route;
  if (state.mode.phase === 'stopped' || (state.waiters.ready.size === 0 && !isFull(state, route))) return;
  await new Promise<void>((resolve, reject) => {
    const waiter = new SignalledWaiter(state, type, resolve, reject);
    state.waiters.ready.add(waiter);
    if (signal !== undefined) waiter.follow(signal);
    // it may wait for a route that has room while others wait for one that has none
    state.events.enqueue(state.waiters.wakeReady);
  });
}

/** Waits for room until it is told of it, or its signal aborts. */
class SignalledWaiter extends AbortListener implements RoomWaiter {
  readonly type: string | undefined;
  private readonly state: EngineView;
  private readonly resolve: () => void;
  private readonly reject: (reason: unknown) => void;
  private signal: AbortSignal | undefined = undefined;

  constructor(state: EngineView, type: string | undefined, resolve: () => void, reject: (reason: unknown) => void) {
    super();
    this.state = state;
    this.type = type;
    this.resolve = resolve;
    this.reject = reject;
  }

  follow(signal: AbortSignal): void {
    this.signal = signal;
    this.listen(signal);
  }

  tell(): void {
    this.ignore();
    this.resolve();
  }

  onAbort(): void {
    this.state.waiters.ready.delete(this);
    this.reject(this.signal?.reason);
  }
}

/** Resolves when no request is open, or the balancer has stopped. @throws the signal's reason */
export async function waitUntilIdle(state: EngineView, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const waiter = new IdleWaiter(resolve, reject);
    const forget = state.waiters.whenIdle(() => waiter.tell());
    if (signal !== undefined) waiter.follow(signal, forget);
  });
}

class IdleWaiter extends AbortListener {
  private readonly resolve: () => void;
  private readonly reject: (reason: unknown) => void;
  private isOver = false;
  private forget: (() => void) | undefined = undefined;
  private signal: AbortSignal | undefined = undefined;

  constructor(resolve: () => void, reject: (reason: unknown) => void) {
    super();
    this.resolve = resolve;
    this.reject = reject;
  }

  follow(signal: AbortSignal, forget: () => void): void {
    if (this.isOver) return;
    this.signal = signal;
    this.forget = forget;
    this.listen(signal);
  }

  tell(): void {
    this.isOver = true;
    this.ignore();
    this.resolve();
  }

  onAbort(): void {
    this.forget?.();
    this.reject(this.signal?.reason);
  }
}
