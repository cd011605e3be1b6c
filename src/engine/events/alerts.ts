import type { AlertKind, Severity } from '../../domain/events.ts';
import type { Books } from '../state.ts';

/** An error of our own, which is to concern nothing but the event that it came of (docs/decisions/0004). */
export function defect(books: Books, cause: unknown, type: string): void {
  books.dispatching = false;
  books.report(
    'CRITICAL',
    'INTERNAL_DEFECT',
    undefined,
    new Error(`plimsoll failed at ${type}; please report this`, { cause }),
  );
}

/** Raises an alert unless one of its kind and component is cooling down or the hour is full; those are counted. */
export function raiseAlert(
  books: Books,
  kind: AlertKind,
  severity: Severity,
  componentId: string | undefined,
  message: string,
): void {
  const { alertCooldownMs, maxAlertsPerHour } = books.settings;
  const verdict = books.alerts.raise(kind, componentId, books.now(), alertCooldownMs, maxAlertsPerHour);
  if (!verdict.raised) return;
  const level = severity === 'INFO' ? 'info' : severity === 'WARNING' ? 'warn' : 'error';
  books.log(level, { alert: kind, severity, componentId, suppressed: verdict.suppressed }, message);
  books.facts.post({ type: 'alert.raised', kind, severity, componentId, message, suppressed: verdict.suppressed });
}
