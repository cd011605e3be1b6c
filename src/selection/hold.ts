import { ServingState } from '../fleet/component-table.ts';
import { StartSums } from '../fleet/performance-stats.ts';
import { SCAN_LIMIT } from '../fleet/route.ts';
import type { FleetCandidates, SelectionRequest } from './built-in-policy.ts';
import { mayWaitFor, WAITING } from './eligibility-rules.ts';

const { operational } = ServingState;

/** Starts that λ must rest on. */
const ENOUGH_STARTS = 20;

/**
 * Scratch of one pick: the components that are compared, what an attempt costs on each once it has a slot, and its service
 * time where that is needed.
 */
export class HoldEvaluation {
  readonly list = new Int32Array(SCAN_LIMIT);
  readonly costs = new Float64Array(SCAN_LIMIT);
  readonly doubts = new Float64Array(SCAN_LIMIT);
  readonly staleness = new Float64Array(SCAN_LIMIT);
  readonly times = new Float64Array(SCAN_LIMIT);
  readonly startedOn = new Int32Array(SCAN_LIMIT);
  readonly starts = new StartSums();

  /**
   * Lists the candidates, and behind them those that the request might wait for; nothing when there are none of these.
   * @returns how many are listed, or the number of candidates.
   */
  collect(candidates: FleetCandidates, request: SelectionRequest): number {
    const { list } = this;
    const { count, route } = candidates;
    const { members } = route;
    if (candidates.restricted || candidates.sampled || count === members.length) return count;
    const { free, servingState } = candidates.fleet.components;
    const concerned = (candidates.rules & WAITING) !== 0;
    let n = count;
    for (let k = 0; k < members.length; k++) {
      const i = members[k]!;
      if (free[i]! > 0 || servingState[i] !== operational) continue;
      if (!concerned || mayWaitFor(i, request, candidates)) list[n++] = i;
    }
    if (n > count) for (let k = 0; k < count; k++) list[k] = candidates.list[k]!;
    return n;
  }
}

/**
 * Whether the request had better wait for a component that is full now than take `b`, the cheapest that is free. A free but slow component is no bargain when a fast one is about to be free.
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
 * so work is counted in ms of mean service time. `StartSums.work` gives W, the ms of such work started per
 * ms (dimensionless: the slots they would fill at svc = 1), and R above, in the same unit, is the ms of it finished per
 * ms. Hence `R > W` replaces `R > λ` exactly. With M̄ = W/λ the mean M of that mix, the next slot is free after M̄/R ms
 * and a backlog of q jobs is gone after q·M̄/(R − W) ms, while the gain of this request is M·(cost_b − s_f) ms with its own M. All
 * is divided by M̄ below. A type that is not known yet counts as average (M = M̄).
 *
 * A component with a rate limit finishes no more than that lets through.
 *
 * Where waiting pays, `candidates.held` says for which component.
 *
 * @param look the candidates and, behind them, the full members; b is its `best`-th.
 * @param costB what the request costs on b: `svc/p · max(1, (in-flight + 1)/slots)`.
 */
export function shouldHold(
  candidates: FleetCandidates,
  request: SelectionRequest,
  look: HoldEvaluation,
  listed: number,
  best: number,
  costB: number,
): boolean {
  const { list, costs, times, startedOn, starts } = look;
  const { components, performance, rateLimits } = candidates.fleet;
  const { slots } = components;
  const own = request.workload.stats.unit;
  performance.serviceTimes(list, candidates.count, listed, candidates.now, times);
  let finishing = 0;
  let weightedCost = 0;
  let cheapest = candidates.count;
  let n = 0;
  for (let k = candidates.count; k < listed; k++) {
    if (costs[k]! >= costB) continue;
    const i = list[k]!;
    const bySlots = slots[i]! / times[k]!;
    const rate = own > 0 && rateLimits.count > 0 ? Math.min(bySlots, own * rateLimits.requestsPerMs(i)) : bySlots;
    finishing += rate;
    weightedCost += rate * costs[k]!;
    if (costs[k]! < costs[cheapest]!) cheapest = k;
    startedOn[n++] = list[k]!;
  }
  if (n === 0) return false;
  startedOn[n++] = list[best]!;
  performance.startsOf(startedOn, n, candidates.now, starts);
  if (starts.attempts < ENOUGH_STARTS || starts.meanMs === 0) return false;
  const spare = finishing - starts.work;
  if (spare <= 0) return false;
  const ownPerMean = own > 0 ? own / starts.meanMs : 1;
  const gain = ownPerMean * (costB - weightedCost / finishing);
  if (gain - 1 / finishing <= candidates.waiting / spare) return false;
  candidates.held.component = list[cheapest]!;
  candidates.held.wait = 1 / (finishing * ownPerMean);
  return true;
}
