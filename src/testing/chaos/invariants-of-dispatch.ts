import type { EngineView } from '../../engine/engine-view.ts';
import { ServingState } from '../../fleet/component-table.ts';
import type { Attempt } from '../../requests/job.ts';
import type { Complain } from './invariants-per-event.ts';
import type { AttemptRecord, RequestRecord } from './request-log.ts';
import type { StubComponent } from './stub-component.ts';

/** Free re-routings of a request. */
const FREE_REROUTES = 2;

/** The rules that a handler can check when it is called. */
export function checkStart(
  state: EngineView,
  one: RequestRecord,
  seat: StubComponent,
  attempt: Attempt | undefined,
  complain: Complain,
): void {
  const what = `request ${one.n} on ${seat.id}`;
  const { request, runs } = one;
  if (one.outcome !== undefined) complain('start', `${what} began after it was ${one.outcome}`);
  if (request.excludedComponents?.includes(seat.id) === true) complain('start', `${what}, which it excludes`);
  if (!seat.servesType(request.type)) complain('start', `${what}, which does not serve ${request.type}`);
  if (one.deadline !== undefined && one.deadline <= state.clock.now())
    complain('start', `${what} began after its deadline`);
  if (state.mode.phase === 'starting' || state.mode.phase === 'stopped')
    complain('start', `${what} began while the balancer was ${state.mode.phase}`);
  if (runs.some((run) => mayHaveHadAnEffect(run) && !(one.idempotent && mayRunTwice(run.seat) && mayRunTwice(seat))))
    complain('once', `${what} began again although its handler may run only once`);
  for (const run of runs) {
    if (run.settledAt === undefined && run.attempt?.aborted === null)
      complain('one at a time', `${what} began while attempt ${run.number} was running`);
  }
  if (runs.length > one.maxRetries + FREE_REROUTES)
    complain('retries', `${what} began for the ${runs.length + 1}th time`);
  if (attempt === undefined) complain('start', `${what} began without an attempt`);
  else checkStanding(state, one, seat, attempt, complain);
}

const mayHaveHadAnEffect = ({ settledAt, ok, retryable }: AttemptRecord): boolean =>
  !(settledAt !== undefined && !ok && retryable === true);

const mayRunTwice = ({ spec }: StubComponent): boolean => spec.idempotent !== false;

function checkStanding(
  state: EngineView,
  one: RequestRecord,
  seat: StubComponent,
  attempt: Attempt,
  complain: Complain,
): void {
  const { components } = state.fleet;
  const i = attempt.component;
  const servingState = components.servingState[i];
  if (servingState === ServingState.operational) {
    seat.crashed = false;
    return;
  }
  const what = `request ${one.n} began on ${seat.id}`;
  if (servingState === ServingState.draining || servingState === ServingState.drained) {
    // bound before the drain, in this very instant
    if (components.servingStateSince[i]! < state.scheduler.now())
      complain('standing', `${what}, which is in maintenance`);
  } else if (!attempt.probe || servingState === ServingState.isolated)
    complain('standing', `${what}, which has failed`);
}
