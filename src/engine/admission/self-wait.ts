import { ServingState } from '../../fleet/component-table.ts';
import type { Job } from '../../requests/job.ts';
import { componentIdOf } from '../events/request-events.ts';
import type { EngineState } from '../state.ts';

/**
 * Warns, once for each component, of a handler that waits for its own slot: it has submitted a request that has to queue, and whoever may
 * take that is full of handlers that wait for such requests too. None of them ends before another one does.
 */
export function warnOfSelfWait(state: EngineState, job: Job): void {
  const { submitter } = job;
  // nobody can wait for what has no promise
  if (submitter === null || job.resolve === null) return;
  submitter.waiting++;
  job.isAwaited = true;
  const { owner } = submitter;
  if (owner.toldOfSelfWait || !allWait(state, job)) return;
  owner.toldOfSelfWait = true;
  const componentId = componentIdOf(state, owner.index);
  state.diagnostics.log(
    'warn',
    { componentId, workload: job.type, requestId: state.requests.jobs.idOf(job) },
    `plimsoll: a handler of ${componentId} has submitted a request (${job.type}) for which there is no slot, since handlers that wait for such requests hold all of them. If it waits for the answer, none of them ends before its time-out. Let other components serve the type, or submit without waiting.`,
  );
}

/** Whether each slot for a request is held by a handler that has submitted one that waits in its turn. */
function allWait({ fleet: { components, records } }: EngineState, { workload, excluded }: Job): boolean {
  return workload.route.members.every((i) => {
    if (excluded?.includes(i) === true) return true;
    if (components.servingState[i] !== ServingState.operational || components.free[i]! > 0) return false;
    for (let attempt = records[i]?.attempts ?? null; attempt !== null; attempt = attempt.next)
      if (attempt.mark === null || attempt.mark.waiting === 0) return false;
    return true;
  });
}
