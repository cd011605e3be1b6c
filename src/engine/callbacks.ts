import type { Workplace } from '../requests/attempt-context.ts';
import type { Attempt, Job, JobHost } from '../requests/job.ts';
import { LatencyTracks } from '../lib/histogram/latency-stats.ts';
import { endAttempt, startAttempt } from './execution/attempts.ts';
import type { Books } from './state.ts';
import type { Dwell, EntryHost, Probe } from './membership/component-record.ts';
import { dwellOver } from './overload/band-timers.ts';
import { abandon, jobDue } from './execution/timeouts.ts';
import { probeTimedOut } from './health/checks.ts';

/** What jobs, attempts and entries call when something happens to them: hands it to the module that knows. */
export class Hands implements JobHost, EntryHost {
  private readonly books: Books;
  readonly tracks = new LatencyTracks();
  /** One for all component actors. */
  readonly now = (): number => this.books.now();

  constructor(books: Books) {
    this.books = books;
  }

  workplaceOf(componentId: string): Workplace {
    const { clock, jobs } = this.books;
    return { componentId, clock, ids: jobs };
  }

  jobDue(job: Job, t: number): void {
    jobDue(this.books, job, t);
  }

  attemptDue(attempt: Attempt, t: number): void {
    abandon(this.books, attempt, t);
  }

  attemptStart(attempt: Attempt): void {
    startAttempt(this.books, attempt);
  }

  attemptEnded(attempt: Attempt, ok: boolean, value: unknown): void {
    endAttempt(this.books, attempt, ok, value);
  }

  dwellDue(dwell: Dwell, t: number): void {
    dwellOver(this.books, dwell, t);
  }

  probeDue(probe: Probe): void {
    probeTimedOut(this.books, probe);
  }
}
