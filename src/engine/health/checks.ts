import { Standing } from '../../fleet/component-table.ts';
import { messageOf } from '../../lib/unknown-error.ts';
import type { Attempt } from '../../requests/job.ts';
import type { Books } from '../state.ts';
import type { Entry, Probe } from '../membership/component-record.ts';
import { roundAnswered } from './outliers.ts';

/** A failed component asks for its next probe: its check where it has one, else one real request. */
export function probeWanted(books: Books, entry: Entry): void {
  if (books.components.standing[entry.index] !== Standing.probing) return;
  if (entry.spec.check !== undefined) startCheck(books, entry, true);
  else books.components.setWantsProbe(entry.index, true);
}

/** A check that was a probe has answered. Ignored unless the component still waits for it. */
function checkedAsProbe(books: Books, entry: Entry, good: boolean, reason: string): void {
  if (books.components.standing[entry.index] !== Standing.probing) return;
  // panic never uses what has failed its check
  if (!good) books.components.ejected[entry.index] = 0;
  entry.actor?.send(good ? { type: 'probe.good' } : { type: 'probe.bad', reason });
}

/**
 * A request that was a probe has ended; each speaks once, and only about the probing that it was started in.
 * @param verdict undefined: it proved nothing (cancelled, superseded, never begun), so another is wanted.
 */
export function probeEnded(books: Books, attempt: Attempt, verdict: boolean | undefined, reason?: string): void {
  if (!attempt.probe) return;
  attempt.probe = false;
  const entry = books.entries[attempt.component];
  if (entry === undefined || attempt.entry !== entry.serial || attempt.round !== entry.probeRound) return;
  if (verdict === undefined) probeWanted(books, entry);
  else entry.actor?.send(verdict ? { type: 'probe.good' } : { type: 'probe.bad', reason });
}

/** Runs the check of a component, bounded by `checkTimeoutMs`. One at a time; a probe's takes over from a round's. */
export function startCheck(books: Books, entry: Entry, decides: boolean): void {
  const { check } = entry.spec;
  const { probe } = entry;
  if (check === undefined) return;
  if (probe.running !== 0) {
    if (decides) probe.decides = true;
    return;
  }
  const serial = ++books.nextSerial;
  const { index } = entry;
  probe.running = serial;
  probe.decides = decides;
  const controller = new AbortController();
  probe.abort = controller;
  books.schedule(probe, books.now() + books.settings.checkTimeoutMs);
  const answer = (healthy: boolean, reason: string): void =>
    books.send({ type: 'check.answered', index, serial, healthy, reason });
  books.facts.defer({
    run() {
      const asked = async (): Promise<unknown> => check({ signal: controller.signal, clock: books.clock });
      asked().then(
        (value) => answer(value !== false, 'it returned false'),
        (error: unknown) => answer(false, messageOf(error)),
      );
    },
  });
}

/** A check has answered in time, or too late. */
export function checkAnswered(
  books: Books,
  entry: Entry | undefined,
  serial: number,
  healthy: boolean,
  reason: string,
): void {
  if (entry === undefined || entry.probe.running !== serial) return;
  finish(books, entry, healthy, reason);
}

/** The wheel says that a check has run too long. While the event loop was blocked that proves nothing: ask again. */
export function probeTimedOut(books: Books, probe: Probe): void {
  const { entry } = probe;
  if (probe.running === 0) return;
  tellToEnd(books, probe, `The health check ran longer than ${books.settings.checkTimeoutMs} ms.`);
  if (books.lagging) {
    const { decides } = probe;
    clear(books, probe);
    startCheck(books, entry, decides);
  } else finish(books, entry, false, 'it timed out');
}

function finish(books: Books, entry: Entry, healthy: boolean, reason: string): void {
  const { decides } = entry.probe;
  clear(books, entry.probe);
  if (decides) checkedAsProbe(books, entry, healthy, `health check: ${reason}`);
  else roundAnswered(books, entry, healthy, reason);
}

function clear(books: Books, probe: Probe): void {
  books.wheel.cancel(probe);
  probe.running = 0;
  probe.abort = null;
}

/** Gives up a check under way: its component has failed, left, or changed its actor. */
export function dropCheck(books: Books, entry: Entry): void {
  const { probe } = entry;
  if (probe.running === 0) return;
  tellToEnd(books, probe, 'The component has failed, left, or gone into maintenance.');
  clear(books, probe);
}

function tellToEnd(books: Books, { abort }: Probe, why: string): void {
  if (abort !== null) books.facts.defer({ run: () => abort.abort(new Error(why)) });
}

/** A round of the health checker: every component that has a check and is operational, in parallel. */
export function checkRound(books: Books): void {
  for (const entry of books.entries) {
    if (entry === undefined || entry.actor === null) continue;
    if (books.components.standing[entry.index] === Standing.operational) startCheck(books, entry, false);
  }
}
