import { PlimsollError, RateLimitedError } from '../../domain/errors.ts';
import { RestState, ServingState } from '../../fleet/component-table.ts';
import { errorMessage, safeProperty } from '../../lib/unknown-error.ts';
import type { Attempt } from '../../requests/job.ts';
import type { ComponentRecord } from '../membership/component-record.ts';
import type { EngineState } from '../state.ts';

const { open, resting, reopening, trying } = RestState;

/** The shortest rest, ms: `retryAfterMs: 0` must not become a loop. It doubles while refusals go on without a success… */
const SHORTEST_REST_MS = 10;
/** …up to this. What a provider asks for may be longer. */
const LONGEST_BACKOFF_MS = 30_000;
/** No rest is longer: a provider that says so means another unit, or that a person must look at it. */
const MOST_REST_MS = 24 * 60 * 60 * 1_000;

/**
 * How long a handler's error says to wait, ms; undefined where it is no refusal. Errors of a balancer's own, such as that of a
 * nested request for which the queue was full, say something of that balancer and nothing of this component.
 */
export function refusalOf(error: unknown): number | undefined {
  const isLimit = isA(RateLimitedError, error);
  const ms = safeProperty(error, 'retryAfterMs');
  if (!isLimit && (ms === undefined || isA(PlimsollError, error))) return undefined;
  if (safeProperty(error, 'callerFault') === true) return undefined;
  if (typeof ms === 'number' && ms >= 0) return Math.min(ms, MOST_REST_MS);
  return isLimit ? 0 : undefined;
}

/** What was thrown may be a thing of which even this cannot be asked. */
function isA(kind: typeof PlimsollError | typeof RateLimitedError, error: unknown): boolean {
  try {
    return error instanceof kind;
  } catch {
    return false;
  }
}

/** The provider behind a component has refused an attempt: it rests. Nobody is blamed. */
export function refused(
  state: EngineState,
  record: ComponentRecord,
  { incarnation, startedAt }: Attempt,
  error: unknown,
  retryAfterMs: number,
  t: number,
): void {
  const { components } = state.fleet;
  const { index } = record;
  record.refused++;
  if (components.servingState[index] !== ServingState.operational || incarnation !== record.incarnation) return;
  const rest = components.restState[index];
  // what had begun before is refused for the same reason
  if (startedAt >= components.restsUntil[index]!) record.restsInARow = rest === open ? 0 : record.restsInARow + 1;
  const backoffMs = Math.min(LONGEST_BACKOFF_MS, SHORTEST_REST_MS * 2 ** Math.min(record.restsInARow, 20));
  const until = t + Math.max(retryAfterMs, backoffMs);
  if (rest === resting && until <= components.restsUntil[index]!) return;
  components.restsUntil[index] = until;
  const reason = `refused: ${errorMessage(error)}`;
  state.diagnostics.log(
    'info',
    { componentId: record.id, retryAfterMs, reason },
    `plimsoll: component ${record.id} rests for ${Math.round(until - t)} ms (${reason}).`,
  );
  state.events.publish({
    type: 'component.resting',
    componentId: record.id,
    until: until + state.scheduler.origin,
    retryAfterMs,
    reason,
  });
  record.actor?.send({ type: 'component.rest', reason });
}

/** A component that reopens has been given its one call. */
export function callTaken({ fleet: { components } }: EngineState, i: number): void {
  if (components.restState[i] === reopening) components.setRestState(i, trying);
}

/**
 * The call after a rest has come to an end that is no refusal, so that it was taken and the rest may follow; or it never began,
 * and another is tried.
 */
export function callEnded(
  { fleet: { components } }: EngineState,
  { index, incarnation, actor }: ComponentRecord,
  attempt: Attempt,
): void {
  if (components.restState[index] !== trying) return;
  if (attempt.incarnation !== incarnation || attempt.startedAt < components.restsUntil[index]!) return;
  if (attempt.started) actor?.send({ type: 'rest.over' });
  else components.setRestState(index, reopening);
}
