import { Band, Standing } from '../../src/ledgers/component-ledger.ts';
import type { Attempt } from '../../src/ledgers/job.ts';
import type { ConcurrencyLimits } from '../../src/policies/concurrency-limit.ts';
import { sunkenBand } from '../component/bands.ts';
import type { Books } from './books.ts';
import type { Dwell, Entry } from './entry.ts';

const { operational } = Standing;
const { available } = Band;

/** A slot of a component was freed: tell its actor where that matters, and watch the dwell of its band. */
export function slotFreed(books: Books, entry: Entry, t: number): void {
  const { components } = books;
  const i = entry.index;
  if (components.standing[i] === operational) {
    if (components.band[i] !== available) watchBand(books, entry, t);
    return;
  }
  entry.actor?.send({ type: 'request.released' });
}

function watchBand(books: Books, entry: Entry, t: number): void {
  const { dwell } = entry;
  const sunk = sunkenBand(books.components, entry.index, books.settings) < books.components.band[entry.index]!;
  if (!sunk) {
    endDwell(books, dwell);
    return;
  }
  if (dwell.below !== Number.POSITIVE_INFINITY) return;
  dwell.below = t;
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

/** A slot was taken: the load may have come back above the edge, which ends the dwell. */
export function slotTaken(books: Books, entry: Entry): void {
  // a dwell that is left over ends by itself
  if (books.components.band[entry.index] === available) return;
  const { dwell } = entry;
  if (dwell.below === Number.POSITIVE_INFINITY) return;
  const sunk = sunkenBand(books.components, entry.index, books.settings) < books.components.band[entry.index]!;
  if (!sunk) endDwell(books, dwell);
}

/** Off the wheel too: most dwells end so, and nobody needs to wake for them. */
function endDwell(books: Books, dwell: Dwell): void {
  dwell.below = Number.POSITIVE_INFINITY;
  books.wheel.cancel(dwell);
}

/** The load has stayed below for the dwell. */
export function dwellOver(books: Books, dwell: Dwell, t: number): void {
  dwell.below = Number.POSITIVE_INFINITY;
  if (books.components.standing[dwell.entry.index] !== operational) return;
  dwell.entry.actor?.send({ type: 'load.dwelled' });
  // from overloaded to busy and still below busy's edge: the next dwell begins now
  watchBand(books, dwell.entry, t);
}

/** An execution tells how many its component can do at a time; a time-out tells that it takes that long at least. */
export function adjustLimit(books: Books, limits: ConcurrencyLimits, attempt: Attempt, t: number): void {
  if (attempt.scale <= 0) return;
  const { component, startedAt, scale } = attempt;
  const slots = limits.finished(component, t, attempt.crowd, (t - startedAt) / scale);
  if (slots > 0) books.components.setLimit(component, slots);
}
