import type { AlertKind, FailureCause, Severity } from '../../domain/events.ts';
import { failureText } from '../../lib/unknown-error.ts';
import type { EngineState } from '../state.ts';

/** An error of our own, which is to concern nothing but the event that it came of (docs/decisions/0004). */
export function defect(state: EngineState, cause: unknown, type: string): void {
  state.dispatch.isRunning = false;
  state.diagnostics.report(
    'CRITICAL',
    'INTERNAL_DEFECT',
    undefined,
    new Error(`plimsoll failed at ${type}; please report this`, { cause }),
  );
}

/** ` Last error: fetch failed: socket hang up (ECONNRESET).` */
export const lastError = (cause: FailureCause | undefined): string =>
  cause === undefined ? '' : ` Last error: ${failureText(cause)}.`;

/**
 * Raises an alert unless one of its kind and component is cooling down or the hour is full; those are counted.
 * @param about what else than a component cools down by itself: a route, by its types.
 */
export function raiseAlert(
  state: EngineState,
  kind: AlertKind,
  severity: Severity,
  componentId: string | undefined,
  message: string,
  about = componentId,
  cause?: FailureCause,
): void {
  const { alertCooldownMs, maxAlertsPerHour } = state.settings;
  const verdict = state.alerts.raise(kind, about, state.scheduler.now(), alertCooldownMs, maxAlertsPerHour, severity);
  if (!verdict.raised) return;
  const level = severity === 'INFO' ? 'info' : severity === 'WARNING' ? 'warn' : 'error';
  const { suppressed } = verdict;
  const why = cause === undefined ? {} : { cause };
  state.diagnostics.log(level, { alert: kind, severity, componentId, suppressed, ...why }, message);
  state.events.publish({ type: 'alert.raised', kind, severity, componentId, message, suppressed, ...why });
}
