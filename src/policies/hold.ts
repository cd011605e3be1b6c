import { Band, Standing } from '../ledgers/component-ledger.ts';
import { FIRST_MODEST_CLASS } from './candidate-finder.ts';
import type { Candidates, RequestView } from './policy.ts';

/** Starts that λ must rest on. */
const ENOUGH_STARTS = 20;

/**
 * Whether the request had better wait for a component that is full now than take `b`, the cheapest that is free
 * (DESIGN section 6). A free but slow component is no bargain when a fast one is about to be free.
 *
 * Over the components m that are full, operational, working, may take the request and are cheaper than b
 * (`svc/p < cost_b`): R = Σ slots/svc is the rate at which they finish work, s_f the mean of svc/p weighted by that rate.
 * With λ the rate at which work starts on them and b, and q jobs behind the head, waiting pays only if
 *
 *     R > λ  and  cost_b − s_f − 1/R > q/(R − λ)
 *
 * that is, if they can carry what b would get as well, and the gain exceeds the wait for the next free slot (1/R) and the
 * delay of those behind until b's work has been made up for.
 *
 * Units. svc is relative: one attempt of a type with mean M ms takes svc·M ms. A component with mixed work has mixed M,
 * so work is counted in ms of mean service time. `PerformanceLedger.startedWork` gives W, the ms of such work started per
 * ms (dimensionless: the slots they would fill at svc = 1), and R above, in the same unit, is the ms of it finished per
 * ms. Hence `R > W` replaces `R > λ` exactly. With M̄ = W/λ the mean M of that mix, the next slot is free after M̄/R ms
 * and a backlog of q jobs is gone after q·M̄/(R − W) ms, while the gain of this request is M·(cost_b − s_f) ms with its own M. All
 * is divided by M̄ below. A type that is not known yet counts as average (M = M̄).
 */
export function shouldHold(candidates: Candidates, request: RequestView, b: number): boolean {
  const { route, fleet, now, narrowed, sampled } = candidates;
  const { members } = route;
  if (narrowed || sampled || candidates.count === members.length) return false;
  const { components, performance } = fleet;
  const { free, taken, slots, standing, band } = components;
  const share = (taken[b]! + 1) / slots[b]!;
  const costB = performance.attemptCost(b, now) * (share > 1 ? share : 1);
  let finishing = 0;
  let weightedCost = 0;
  let starting = performance.startedWork(b, now);
  let starts = performance.startEvidence(b, now);
  let startRate = performance.startRate(b, now);
  for (let k = 0; k < members.length; k++) {
    const i = members[k]!;
    if (free[i]! > 0 || taken[i] === 0 || standing[i] !== Standing.operational) continue;
    if (i === request.lastFailed || request.excluded?.includes(i)) continue;
    if (request.cls >= FIRST_MODEST_CLASS && band[i] === Band.overloaded) continue;
    const cost = performance.attemptCost(i, now);
    if (cost >= costB) continue;
    const rate = slots[i]! / performance.serviceTime(i, now);
    finishing += rate;
    weightedCost += rate * cost;
    starting += performance.startedWork(i, now);
    starts += performance.startEvidence(i, now);
    startRate += performance.startRate(i, now);
  }
  if (finishing === 0 || starts < ENOUGH_STARTS || starting === 0 || finishing <= starting) return false;
  const meanMs = (starting / startRate) * 1000;
  const own = request.kind.work.scale;
  const gain = (own > 0 ? own / meanMs : 1) * (costB - weightedCost / finishing);
  return gain - 1 / finishing > candidates.waiting / (finishing - starting);
}
