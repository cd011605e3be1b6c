import { priorityOf } from '../../domain/priority.ts';
import type { StrategyMove } from '../../learning/strategy-evidence.ts';
import type { Advice, LoadAlert } from '../../../machines/monitors/messages.ts';
import { raiseAlert } from '../events/alerts.ts';
import type { Books } from '../state.ts';
import { dispatch } from '../dispatch/dispatch.ts';
import { metricsOf } from '../reporting/metrics.ts';
import { saveState } from '../reporting/saved-state.ts';

/** Our own timers this late mean that something blocked the event loop, ms. */
const LAG_MS = 100;

/** request-processor woke us: everything that is due happens now, then it sleeps until the next. */
export function timersDue(books: Books): void {
  const t = books.now();
  books.lagging = t - books.armedFor > LAG_MS;
  books.wheel.advance(t, (timed) => timed.due(t));
  dispatch(books, t);
  books.lagging = false;
  books.arm(books.wheel.nextDue());
}

/** load-monitor has looked at the load. */
export function loadSampled(books: Books, alerts: readonly LoadAlert[]): void {
  for (const { kind, severity, componentId, message } of alerts)
    raiseAlert(books, kind, severity, componentId, message);
  if (books.facts.wants('metrics.sampled')) books.facts.post({ type: 'metrics.sampled', metrics: metricsOf(books) });
}

/** Adaptive follows its evidence: another strategy for some priorities. */
function followMoves(books: Books, moves: readonly StrategyMove[]): void {
  for (const move of moves) {
    const { cls, from, to, regret } = move;
    books.shadows?.moved(move, books.now());
    books.algorithms.adaptive.setStrategy(cls, to);
    books.facts.post({ type: 'strategy.changed', priority: priorityOf(cls), from, to, regret });
  }
}

/**
 * Between the optimizer's cycles: an ejection, or a service time that has shifted by more than 2x, lets adaptive look at
 * its evidence early, at least a second apart.
 */
export function watchShifts(books: Books, t: number): void {
  const { shifts, fleet, algorithms } = books;
  if (algorithms.active !== 'adaptive' || !shifts.isDue(fleet, t)) return;
  shifts.cycled(fleet, t);
  followMoves(books, algorithms.adaptive.cycle(books.performance, t, true));
}

/** optimizer has finished a cycle: its advice is followed, and the state saved. */
export function followAdvice(books: Books, advice: Advice): void {
  const weights: Record<string, number> = {};
  for (const [index, weight] of advice.weights) {
    const entry = books.entries[index];
    if (entry === undefined) continue;
    books.components.setWeight(index, weight);
    weights[entry.id] = weight;
  }
  followMoves(books, advice.moves);
  if (Object.keys(weights).length > 0) books.facts.post({ type: 'weights.adjusted', weights });
  books.forecast = advice.forecast;
  if (advice.scaling !== undefined) {
    books.facts.post({
      type: 'scaling.recommended',
      direction: advice.scaling,
      forecastUtilization: advice.forecast.upperUtilization,
      horizonMs: books.settings.optimizationIntervalMs,
    });
  }
  saveState(books);
}
