import type { EngineState } from '../engine/state.ts';
import { isFull } from '../engine/overload/watermarks.ts';
import { requestProblem, type WorkloadRequest } from '../domain/request.ts';

/**
 * Resolves when neither the queue nor the request's route is between its high- and its low-water mark, or the balancer
 * has stopped.
 * @throws InvalidRequestError
 */
export async function waitUntilReady(state: EngineState, request: WorkloadRequest | undefined): Promise<void> {
  const problem = request === undefined ? undefined : requestProblem(request);
  if (problem !== undefined) throw problem;
  const type = request?.type;
  const waits = (): boolean =>
    state.phase !== 'stopped' && isFull(state, type === undefined ? undefined : state.routes.workloadOf(type).route);
  if (!waits()) return;
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (waits()) return;
      state.readyWaiters.delete(look);
      resolve();
    };
    state.readyWaiters.add(look);
  });
}
