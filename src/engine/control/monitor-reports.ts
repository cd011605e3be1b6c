import { priorityOf } from '../../domain/priority.ts';
import type { StrategyMove } from '../../learning/strategy-evidence.ts';
import { reviewLoad } from '../overload/load-watch.ts';
import { metricsOf } from '../reporting/metrics.ts';
import { saveState } from '../reporting/saved-state.ts';
import type { EngineState } from '../state.ts';
import type { Advice } from './monitor-messages.ts';

/** How often adaptive looks at its evidence, ms: a fifth of the time constant that the evidence has. */
const STRATEGY_REVIEW_MS = 1_000;

/** request-processor woke us: everything that is due happens now, then it sleeps until the next. */
export function timersDue(state: EngineState): void {
  const t = state.scheduler.now();
  const { scheduler } = state;
  if (!scheduler.isTimeToAdvance(t)) {
    scheduler.setWakeUp(t);
    return;
  }
  scheduler.wheel.advance(t, (timed) => timed.onDue(t));
  scheduler.lagMs = 0;
  scheduler.setWakeUp(scheduler.wheel.nextDue());
}

/** load-monitor has looked at the load. */
export function loadSampled(state: EngineState): void {
  const t = state.scheduler.now();
  reviewLoad(state, t);
  state.recent.turn(t);
  if (state.events.isObserved('metrics.sampled'))
    state.events.publish({ type: 'metrics.sampled', metrics: metricsOf(state) });
}

/** Adaptive follows its evidence: another strategy for some priorities. */
function followMoves(state: EngineState, moves: readonly StrategyMove[]): void {
  for (const move of moves) {
    const { cls, from, to, regret } = move;
    state.selection.shadows?.moved(move, state.scheduler.now());
    state.selection.algorithms.adaptive.setStrategy(cls, to);
    state.events.publish({ type: 'strategy.changed', priority: priorityOf(cls), from, to, regret });
  }
}

/**
 * While there is work, adaptive (in use, or asked in the shadow) looks at its evidence every second, whatever the
 * optimizer's interval. An ejection, or a
 * service time that has shifted by more than 2x since the last look, voids what it knew before.
 */
export function reviewStrategies(state: EngineState, t: number): void {
  const { changeDetector, algorithms, shadows } = state.selection;
  const { view: fleet } = state.fleet;
  const isAsked = algorithms.active === 'adaptive' || shadows !== undefined;
  if (!isAsked || t < state.learning.nextStrategyReview) return;
  state.learning.nextStrategyReview = t + STRATEGY_REVIEW_MS;
  const shifted = changeDetector.isDue(fleet, t);
  changeDetector.markCycle(fleet, t);
  followMoves(state, algorithms.adaptive.cycle(state.fleet.performance, t, shifted));
}

/** optimizer has finished a cycle: its advice is followed, and the state saved. */
export function followAdvice(state: EngineState, advice: Advice): void {
  const weights: Record<string, number> = {};
  for (const [index, weight] of advice.weights) {
    const record = state.fleet.records[index];
    if (record === undefined) continue;
    state.fleet.components.setWeight(index, weight);
    weights[record.id] = weight;
  }
  if (Object.keys(weights).length > 0) state.events.publish({ type: 'weights.adjusted', weights });
  state.learning.forecast = advice.forecast;
  if (advice.scaling !== undefined) {
    state.events.publish({
      type: 'scaling.recommended',
      direction: advice.scaling,
      forecastUtilization: advice.forecast.upperUtilization,
      horizonMs: state.settings.optimizationIntervalMs,
    });
  }
  saveState(state);
}
