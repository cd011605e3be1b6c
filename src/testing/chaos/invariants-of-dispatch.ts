import type { EngineView } from '../../engine/engine-view.ts';
import { ServingState } from '../../fleet/component-table.ts';
import type { Attempt } from '../../requests/job.ts';
import type { Complain } from './invariants-per-event.ts';
import type { AttemptRecord, RequestRecord } from './request-log.ts';
import type { StubComponent } from './stub-component.ts';

/** Free re-routings of a request. */
const FREE_REROUTES = 2;
/** Free refusals of a request by providers. */
const FREE_REFUSALS = 8;

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
  const refusals = Math.min(FREE_REFUSALS, runs.filter(({ refused }) => refused).length);
  if (runs.length - refusals > one.maxRetries + FREE_REROUTES)
    complain('retries', `${what} began for the ${runs.length + 1}th time`);
  if (attempt === undefined) complain('start', `${what} began without an attempt`);
  else checkStanding(state, one, seat, attempt, complain);
}

const mayHaveHadAnEffect = ({ settledAt, ok, retryable, refused }: AttemptRecord): boolean =>
  !(settledAt !== undefined && !ok && (retryable === true || refused));

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
  checkRate(state, one, seat, i, complain);
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

/** No window of its rate limits holds more than they allow. */
function checkRate(
  { fleet: { rateLimits }, clock }: EngineView,
  { n, request }: RequestRecord,
  { id, starts }: StubComponent,
  i: number,
  complain: Complain,
): void {
  const { cost = 1 } = request;
  const now = clock.now();
  // what it was given while it had no limit is known to nobody
  if (!rateLimits.isLimited(i)) starts.length = 0;
  else if (cost > 0) starts.push({ at: now, cost });
  for (const { rule } of rateLimits.windowsOf(i)) {
    let sum = 0;
    for (let k = starts.length - 1; k >= 0 && starts[k]!.at > now - rule.lengthMs; k--) sum += starts[k]!.cost;
    if (sum > rule.limit + 1e-6) complain('rate', `request ${n} on ${id}: ${sum} of ${rule.limit} in ${rule.perMs} ms`);
  }
}
