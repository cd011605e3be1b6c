import { requestProblem, type WorkloadRequest } from '../../domain/request.ts';
import type { EngineView } from '../engine-view.ts';
import { viewOf } from './request-view.ts';

/**
 * Who would take a request now, with copies of what the policies remember and random numbers of its own, so that nothing
 * changes. Nobody does while dispatch is paused or the balancer does not run.
 * @throws InvalidRequestError
 */
export function peek(state: EngineView, request: WorkloadRequest): string | undefined {
  const problem = requestProblem(request);
  if (problem !== undefined) throw problem;
  if (!state.mode.flowing || state.mode.phase === 'starting' || state.mode.phase === 'stopped') return undefined;
  const view = viewOf(state, request);
  const chosen = state.selection.selector.preview(
    view,
    state.selection.algorithms.policy,
    state.scheduler.now(),
    view.workload.route.queued,
  );
  return state.fleet.records[chosen]?.id;
}
