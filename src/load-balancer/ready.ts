import { requestProblem, type WorkloadRequest } from '../domain/request.ts';
import type { EngineView } from '../engine/engine-view.ts';
import { isFull } from '../engine/overload/watermarks.ts';

/**
 * Resolves when neither the queue nor the request's route is between its high and its low watermark, or the balancer
 * has stopped.
 * @throws InvalidRequestError
 */
export async function waitUntilReady(state: EngineView, request: WorkloadRequest | undefined): Promise<void> {
  const problem = request === undefined ? undefined : requestProblem(request);
  if (problem !== undefined) throw problem;
  const type = request?.type;
  const waits = (): boolean =>
    state.mode.phase !== 'stopped' &&
    isFull(state, type === undefined ? undefined : state.fleet.routes.workloadOf(type).route);
  if (!waits()) return;
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (waits()) return;
      state.waiters.ready.delete(look);
      resolve();
    };
    state.waiters.ready.add(look);
  });
}
