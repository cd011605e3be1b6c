import { Standing } from '../../fleet/component-table.ts';
import { judgeOutlier, mayEject } from '../../health/outlier-detection.ts';
import type { Books } from '../state.ts';
import type { Entry } from '../membership/component-record.ts';

/** Checks or reports in a row that fail a component. */
const BAD_IN_A_ROW = 3;

/** A component's execution failed: does that make it an outlier? */
export function judge(books: Books, entry: Entry, t: number): void {
  const { outlier } = books.settings;
  const verdict = judgeOutlier(books.performance, entry.index, t, outlier);
  if (verdict === undefined || !mayEject(books.components, entry.index, outlier)) return;
  eject(books, entry, verdict === 'consecutiveFailures' ? 'consecutive failures' : 'failure ratio', true);
}

/** Fails a component for a reason of the balancer's own. */
export function eject(books: Books, entry: Entry, reason: string, ejected: boolean): void {
  books.performance.forgive(entry.index);
  books.shifts.noteEjection();
  entry.badChecks = 0;
  entry.badReports = 0;
  entry.actor?.send({ type: 'component.fail', reason, ejected });
}

/** `component.reportHealth`: three bad ones in a row fail the component, a good one starts the count anew. */
export function reportHealth(books: Books, entry: Entry, healthy: boolean, reason: string | undefined): void {
  entry.badReports = healthy ? 0 : entry.badReports + 1;
  if (entry.badReports >= BAD_IN_A_ROW && isOperational(books, entry)) {
    eject(books, entry, reason ?? 'reported unhealthy', false);
  }
}

/** A health check of the regular round was answered. */
export function roundAnswered(books: Books, entry: Entry, healthy: boolean, reason: string): void {
  entry.badChecks = healthy ? 0 : entry.badChecks + 1;
  if (entry.badChecks >= BAD_IN_A_ROW && isOperational(books, entry))
    eject(books, entry, `health check: ${reason}`, false);
}

const isOperational = (books: Books, entry: Entry): boolean =>
  books.components.standing[entry.index] === Standing.operational;
