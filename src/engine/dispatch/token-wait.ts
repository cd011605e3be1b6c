import { Timer } from '../../lib/timer.ts';
import type { Job } from '../../requests/job.ts';
import { isOnlyRateLimited } from '../../selection/eligibility-rules.ts';
import type { EngineState } from '../state.ts';

/** Wakes the balancer when a rate limit has room again. There is nothing to do but what follows each message: dispatch. */
export class TokenTimer extends Timer {
  /** ms since the balancer's time 0; of no meaning while it is not scheduled. */
  dueAt = 0;

  onDue(): void {}
}

/**
 * A job has found nobody. Where that is for want of room in rate limits, the component that will have it first is reserved for
 * the job, and somebody will wake then.
 * @returns whether something is left on others, which a cheaper job behind it may take.
 */
export function awaitTokens(state: EngineState, job: Job, t: number): boolean {
  const { components, rateLimits } = state.fleet;
  const { candidates } = state.selection.selector.eligibility;
  const { members } = job.workload.route;
  let soonest = Number.POSITIVE_INFINITY;
  let reserved = -1;
  let withTokens = 0;
  for (let k = 0; k < members.length; k++) {
    const i = members[k]!;
    const probes = components.awaitsProbe[i] === 1;
    if (!probes && !isOnlyRateLimited(i, job, candidates)) continue;
    if (!rateLimits.isLimited(i) || rateLimits.isReserved(i, job)) continue;
    const at = rateLimits.readyAt(i, job.cost, t);
    // it does not probe for some other reason, which time does not mend
    if (probes && at <= t) continue;
    if (probes) wakeAt(state, at, t);
    else {
      if (hasTokens(state, i, t)) withTokens++;
      if (at >= soonest) continue;
      soonest = at;
      reserved = i;
    }
  }
  if (reserved < 0) return withTokens > 0;
  rateLimits.reserve(reserved, job);
  wakeAt(state, soonest, t);
  return withTokens > (hasTokens(state, reserved, t) ? 1 : 0);
}

const hasTokens = ({ fleet: { rateLimits } }: EngineState, i: number, t: number): boolean =>
  rateLimits.windowsOf(i).every((window) => window.tokens(t) > 0);

/** Never at once: where a large route was not searched to its end, it is searched again a little later. */
function wakeAt({ dispatch: { tokenTimer }, scheduler }: EngineState, at: number, t: number): void {
  const dueAt = at > t ? at : t + 1;
  if (tokenTimer.wheelSlot >= 0 && tokenTimer.dueAt <= dueAt) return;
  tokenTimer.dueAt = dueAt;
  scheduler.schedule(tokenTimer, dueAt);
}
