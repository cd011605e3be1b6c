import { ALGORITHMS, type AlgorithmName, byAlgorithm } from '../../domain/algorithm.ts';
import type { ShadowedAlgorithm, ShadowMetrics } from '../../domain/metrics.ts';
import { PRIORITIES, priorityOf } from '../../domain/priority.ts';
import type { ShadowEvaluation } from '../../selection/shadow-evaluation.ts';
import type { EngineView } from '../engine-view.ts';

/** What the shadows have shown, as plain JSON. */
export function shadowMetrics(state: EngineView, shadows: ShadowEvaluation): ShadowMetrics {
  shadows.settle(state.scheduler.now(), state.fleet.performance);
  const gains = ALGORITHMS.map((_, k) => shadows.gain(k));
  // what each would have cost, as a share of what was paid; the least of them is what regret is measured against
  const least = Math.min(...gains.map((gain) => 1 - gain));
  const of = (name: AlgorithmName): ShadowedAlgorithm => {
    const k = ALGORITHMS.indexOf(name);
    const { picks, holds, agreed } = shadows.counters[k]!;
    const gain = gains[k]!;
    const surely = shadows.leastGain(k);
    return {
      picks: Object.fromEntries(
        state.fleet.records.flatMap((record) => (record === undefined ? [] : [[record.id, picks[record.index] ?? 0]])),
      ),
      holds,
      agreement: shadows.decisions === 0 ? 1 : agreed / shadows.decisions,
      gain: Number.isFinite(gain) ? gain : null,
      gainAtLeast: Number.isFinite(surely) ? surely : null,
      regret: Number.isFinite(gain) && gain < 1 ? Math.max(0, 1 - least / (1 - gain)) : null,
    };
  };
  return {
    decisions: shadows.decisions,
    scored: shadows.scored,
    algorithms: byAlgorithm(of),
    adaptive: {
      strategies: Object.fromEntries(
        PRIORITIES.map((priority, cls) => [priority, state.selection.algorithms.adaptive.strategies[cls]!]),
      ),
      moves: shadows.moves.map(({ at, cls, from, to, regret }) => ({
        at: at + state.scheduler.origin,
        priority: priorityOf(cls),
        from,
        to,
        regret,
      })),
    },
  };
}
