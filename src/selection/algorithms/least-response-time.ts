import type { Random } from '../../domain/ports.ts';
import { reservoirPick } from '../../lib/reservoir.ts';
import type { BuiltInPolicy, FleetCandidates, SelectionRequest } from '../built-in-policy.ts';

/** Added to the cost of a component that nothing is known of while work is pending there; above any real cost. */
const PENALTY = 1e9;

/**
 * Least response time: the candidate with the least peak latency · max(1, (in-flight + 1) / slots). The latency is
 * Finagle's peak EWMA (a slow answer counts at once and is forgotten with 10 s), relative to the work's type; failures
 * are not latencies, so failing fast does not look fast. An unknown component is tried with one request, and then costs
 * more than any known one until that has come back. Ties are broken at random.
 */
export class LeastResponseTime implements BuiltInPolicy {
  readonly name = 'least-response-time';

  select(candidates: FleetCandidates, _request: SelectionRequest, _memory: unknown, random: Random): number {
    const { list, count, now, fleet } = candidates;
    const { taken, slots } = fleet.components;
    const { performance } = fleet;
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    let ties = 1;
    for (let k = 0; k < count; k++) {
      const i = list[k]!;
      const pending = taken[i]!;
      const share = (pending + 1) / slots[i]!;
      const latency = performance.peakLatency(i, now);
      let cost = latency * (share > 1 ? share : 1);
      if (latency === 0 && pending > 0) cost = PENALTY + share;
      if (cost < least) {
        least = cost;
        best = k;
        ties = 1;
      } else if (cost === least && reservoirPick(++ties, random)) {
        best = k;
      }
    }
    return best;
  }
}
