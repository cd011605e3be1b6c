import { Standing } from '../../fleet/component-table.ts';
import type { ComponentReport } from '../../../machines/component/messages.ts';
import type { Books } from '../state.ts';
import { raiseAlert } from '../events/alerts.ts';
import { noteStatus, reapIfLeft } from '../membership/components.ts';
import { refuse } from './commands.ts';
import { dispatch } from '../dispatch/dispatch.ts';
import type { Entry } from '../membership/component-record.ts';
import { failOver } from '../execution/failover.ts';
import { dropCheck, probeWanted } from '../health/checks.ts';
import { refreshFailover } from '../overload/pressure.ts';

const PROBING = 'failed.probing';

/** The entry whose present actor sent a report; undefined for one that has been replaced or has left. */
function sender(books: Books, report: ComponentReport): Entry | undefined {
  const entry = books.entries[report.index];
  return entry?.serial === report.entry ? entry : undefined;
}

/** A component entered a state. */
export function componentChanged(books: Books, report: Extract<ComponentReport, { type: 'component.changed' }>): void {
  const entry = sender(books, report);
  if (entry === undefined) return;
  const t = books.now();
  const before = entry.status;
  if ((entry.state === PROBING) !== (report.state === PROBING)) entry.probeRound++;
  noteStatus(books, entry, report.status, report.state, report.reason, t);
  entry.failures = report.failures;
  const standing = books.components.standing[entry.index]!;
  if (standing !== Standing.probing) books.components.setWantsProbe(entry.index, false);
  // a round's check goes on while the load goes up and down
  if (standing !== Standing.probing && (standing !== Standing.operational || entry.probe.decides))
    dropCheck(books, entry);
  if (report.status === 'Failed' && before !== 'Failed') {
    entry.failedSince = t;
    const severity = entry.spec.priority === 'CRITICAL' ? 'CRITICAL' : 'ERROR';
    raiseAlert(books, 'componentFailed', severity, entry.id, `Component ${entry.id} failed: ${report.reason}.`);
    books.facts.post({
      type: 'error.reported',
      severity,
      code: 'COMPONENT_FAILED',
      componentId: entry.id,
      cause: report.reason,
    });
  }
  reapIfLeft(books, entry);
  refreshFailover(books);
  dispatch(books, t);
}

export function componentFailing(books: Books, report: Extract<ComponentReport, { type: 'component.failing' }>): void {
  const entry = sender(books, report);
  if (entry === undefined) return;
  const t = books.now();
  failOver(books, entry, report.reason, t);
  dispatch(books, t);
}

export function componentProbeWanted(
  books: Books,
  report: Extract<ComponentReport, { type: 'component.probeWanted' }>,
): void {
  const entry = sender(books, report);
  if (entry === undefined) return;
  probeWanted(books, entry);
  dispatch(books, books.now());
}

export function componentWidened(books: Books, report: Extract<ComponentReport, { type: 'component.widened' }>): void {
  if (sender(books, report) !== undefined) dispatch(books, books.now());
}

export function componentRefused(books: Books, report: Extract<ComponentReport, { type: 'component.refused' }>): void {
  const entry = sender(books, report);
  if (entry === undefined) return;
  refuse(books, { type: report.command, replyTo: report.replyTo }, report.state, report.reason, entry.id);
}
