import type { Advice, LoadAlert } from '../monitors/events.ts';
import { raiseAlert } from './alarm.ts';
import type { Books } from './books.ts';
import { dispatch } from './dispatch.ts';
import { metricsOf } from './metrics.ts';
import { saveState } from './state.ts';

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

/** optimizer has finished a cycle: its advice is followed, and the state saved. */
export function followAdvice(books: Books, advice: Advice): void {
  const weights: Record<string, number> = {};
  for (const [index, weight] of advice.weights) {
    const entry = books.entries[index];
    if (entry === undefined) continue;
    books.components.weight[index] = weight;
    weights[entry.id] = weight;
  }
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
