import { OUTCOMES, type Outcome, type RequestCounts } from '../domain/outcome.ts';
import { CLASS_COUNT } from '../domain/priority.ts';
import { LatencyStats } from '../lib/histogram/latency-stats.ts';

const WIDTH = OUTCOMES.length + 1;
const SUBMITTED = OUTCOMES.length;

/** Column of an outcome. */
export const OutcomeColumn: Readonly<Record<Outcome, number>> = {
  completed: 0,
  failed: 1,
  timedOut: 2,
  shed: 3,
  rejected: 4,
  cancelled: 5,
};

/** How requests ended, by class, and how long they took. */
export class OutcomeStats {
  readonly response = new LatencyStats();
  readonly queue = new LatencyStats();
  private readonly counts = new Float64Array(CLASS_COUNT * WIDTH);

  submitted(cls: number): void {
    this.counts[cls * WIDTH + SUBMITTED]!++;
  }

  settled(cls: number, outcome: number): void {
    this.counts[cls * WIDTH + outcome]!++;
  }

  count(outcome: Outcome): number {
    let n = 0;
    for (let cls = 0; cls < CLASS_COUNT; cls++) n += this.counts[cls * WIDTH + OutcomeColumn[outcome]]!;
    return n;
  }

  submittedOf(cls: number): number {
    return this.counts[cls * WIDTH + SUBMITTED]!;
  }

  get totalSubmitted(): number {
    let n = 0;
    for (let cls = 0; cls < CLASS_COUNT; cls++) n += this.counts[cls * WIDTH + SUBMITTED]!;
    return n;
  }

  /** @param open counts of open requests of the class (of all when `cls` is undefined) */
  requestCounts(open: { queued: number; inFlight: number; awaitingRetry: number }, cls?: number): RequestCounts {
    const of = (column: number): number => {
      if (cls !== undefined) return this.counts[cls * WIDTH + column]!;
      let n = 0;
      for (let c = 0; c < CLASS_COUNT; c++) n += this.counts[c * WIDTH + column]!;
      return n;
    };
    return {
      submitted: of(SUBMITTED),
      completed: of(OutcomeColumn.completed),
      failed: of(OutcomeColumn.failed),
      timedOut: of(OutcomeColumn.timedOut),
      shed: of(OutcomeColumn.shed),
      rejected: of(OutcomeColumn.rejected),
      cancelled: of(OutcomeColumn.cancelled),
      ...open,
    };
  }
}
