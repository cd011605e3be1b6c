import { Standing } from '../../fleet/component-table.ts';
import type { Attempt } from '../../requests/job.ts';
import type { ConcurrencyLimits } from '../../learning/concurrency-limit.ts';
import { hasNotSunk, hasSunk } from '../../../machines/component/bands.ts';
import type { Books } from '../state.ts';
import type { Dwell, Entry } from '../membership/component-record.ts';

const { operational } = Standing;

/** A slot of a component was freed: tell its actor where that matters, and watch the dwell of its band. */
export function slotFreed(books: Books, entry: Entry, t: number): void {
  const { components } = books;
  if (components.standing[entry.index] !== operational) entry.actor?.send({ type: 'request.released' });
  else if (hasSunk(components, entry.index) && !entry.dwell.runs) beginDwell(books, entry.dwell, t);
}

function beginDwell(books: Books, dwell: Dwell, t: number): void {
  books.schedule(dwell, dwellEnd(books, t));
}

/**
 * A dwell may last this much longer, as a share of it, to end with the next look at the pressure: one wake-up serves both
 * (timer coalescing, as with the timer slack of operating systems).
 */
const SLACK = 0.4;

function dwellEnd({ settings: { bandDwellMs }, pressureWatch }: Books, t: number): number {
  const look = pressureWatch.lookFrom(t + bandDwellMs);
  return look !== undefined && look - t <= bandDwellMs * (1 + SLACK) ? look : t + bandDwellMs;
}

/**
 * A slot was taken: the load may have come back above the edge, which ends the dwell. Off the wheel too: most dwells end so,
 * and nobody needs to wake for them.
 */
export function slotTaken(books: Books, { index, dwell }: Entry): void {
  // most components are in the lowest band: their dwell is not even looked at, and one that is left over ends by itself
  if (hasNotSunk(books.components, index) && dwell.runs) books.wheel.cancel(dwell);
}

/** The load has stayed below for the dwell. */
export function dwellOver(books: Books, dwell: Dwell, t: number): void {
  const { actor, index } = dwell.entry;
  if (books.components.standing[index] !== operational) return;
  actor?.send({ type: 'load.dwelled' });
  // from overloaded to busy and still below busy's edge: the next dwell begins now
  if (hasSunk(books.components, index)) beginDwell(books, dwell, t);
}

/** An execution tells how many its component can do at a time; a time-out tells that it takes that long at least. */
export function adjustLimit(books: Books, limits: ConcurrencyLimits, attempt: Attempt, t: number): void {
  if (attempt.scale <= 0) return;
  const { component, startedAt, scale } = attempt;
  const slots = limits.finished(component, t, attempt.crowd, (t - startedAt) / scale);
  if (slots > 0) books.components.setLimit(component, slots);
}
