import { requestProblem, type WorkloadRequest } from '../domain/request.ts';
import type { RoomWaiter } from '../engine/admission/room.ts';
import type { EngineView } from '../engine/engine-view.ts';
import { isFull } from '../engine/overload/watermarks.ts';

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
  signal?.throwIfAborted();
  const type = request?.type;
  const route = type === undefined ? undefined : state.fleet.routes.workloadOf(type).route;
  if (state.mode.phase === 'stopped' || (state.waiters.ready.size === 0 && !isFull(state, route))) return;
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      state.waiters.ready.delete(waiter);
      reject(signal?.reason);
    };
    const waiter: RoomWaiter = {
      type,
      tell() {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      },
    };
    state.waiters.ready.add(waiter);
    signal?.addEventListener('abort', onAbort, { once: true });
    // it may wait for a route that has room while others wait for one that has none
    state.events.enqueue(state.waiters.wakeReady);
  });
}
