import type { Books } from '../state.ts';
import { closeWorker, stopActor } from '../membership/components.ts';
import { cancel } from '../execution/outcomes.ts';
import { dropCheck } from '../health/checks.ts';
import { turnAway } from '../admission/rejection.ts';

/**
 * The end, however it came: everything open settles as `cancelled`, signals abort, the wheel empties, children stop.
 * Also runs from `xstate.stop`, when no exit action does and the mailbox is lost; then the outbox is emptied at once.
 */
export function shutDown(books: Books): void {
  if (books.phase === 'stopped') return;
  const t = books.now();
  books.flowing = false;
  books.jobs.forEachOpen((job) => cancel(books, job, 'stopped', t));
  books.phase = 'stopped';
  for (const submission of books.unseen) turnAway(books, submission, 'stopped');
  books.unseen.clear();
  books.arrivals.run();
  for (const entry of books.entries) {
    if (entry === undefined) continue;
    dropCheck(books, entry);
    stopActor(books, entry);
    closeWorker(books, entry);
  }
  for (const monitor of books.monitors.values()) books.stopChild(monitor);
  books.monitors.clear();
  books.wheel.clear();
  books.processor = undefined;
  books.control = [];
  books.tellStopped();
}
