import { classOf } from '../../domain/priority.ts';
import type { WorkloadRequest } from '../../domain/request.ts';
import { idempotentByDefault } from '../../domain/workload.ts';
import { toDemand } from '../../fleet/resource-usage.ts';
import type { SelectionRequest } from '../../selection/built-in-policy.ts';
import { deadlineOf } from '../admission/admission.ts';
import type { EngineView } from '../engine-view.ts';
import { indicesOf } from '../membership/route-changes.ts';

/** A valid request as policies would see it if it were the head of a queue. */
export function viewOf(state: EngineView, request: WorkloadRequest): SelectionRequest {
  state.scheduler.readWallAnew();
  return {
    type: request.type,
    cls: classOf(request.priority ?? 'NORMAL'),
    workload: state.fleet.routes.workloadOf(request.type),
    demand: toDemand(request.resources),
    excluded: request.excludedComponents === undefined ? null : indicesOf(state, request.excludedComponents),
    preferred: request.preferredComponents === undefined ? null : indicesOf(state, request.preferredComponents),
    affinityKey: request.affinityKey,
    idempotent: request.idempotent ?? idempotentByDefault(request.type, state.settings.nonIdempotentTypes),
    mayHaveRun: false,
    cost: request.cost ?? 1,
    lastFailed: -1,
    submittedAt: state.scheduler.now(),
    deadline: deadlineOf(state, request),
  };
}
