import type { Books } from '../../engine/state.ts';
import { CLASS_COUNT } from '../../domain/priority.ts';
import type { SimClock } from './event-clock.ts';

/** One state of a component and since when. */
export interface StateChange {
  readonly atMs: number;
  readonly state: string;
}

/** Something that the balancer said, for the report. */
export interface Remark {
  readonly atMs: number;
  readonly text: string;
}

/** The queue is looked at so often, or less often when a run is long, ms. */
const SAMPLE_MS = 500;
const MAX_SAMPLES = 600;
/** A report with more remarks than this is read by nobody. */
const MAX_REMARKS = 2_000;

/** What the balancer said and showed while it ran: states of components, queue by class, remarkable facts. */
export class Chronicle {
  readonly states = new Map<string, StateChange[]>();
  readonly remarks: Remark[] = [];
  readonly everyMs: number;
  /** Rows of one count per class. */
  readonly queue: number[][] = [];
  /** Slots taken by component. */
  readonly taken: number[][] = [];
  private readonly clock: SimClock;
  private readonly books: Books;
  private readonly untilMs: number;

  constructor(clock: SimClock, books: Books, untilMs: number) {
    this.clock = clock;
    this.books = books;
    this.untilMs = untilMs;
    this.everyMs = Math.max(SAMPLE_MS, Math.ceil(untilMs / MAX_SAMPLES));
  }

  start(): void {
    const { books } = this;
    for (const entry of books.entries)
      if (entry !== undefined) this.states.set(entry.id, [{ atMs: 0, state: 'operational.available' }]);
    books.facts.listen('component.statusChanged', ({ componentId, state, to, reason }) => {
      this.states.get(componentId)?.push({ atMs: this.clock.now(), state });
      if (to === 'Failed' || to === 'Maintenance') this.remark(`${componentId} → ${state}: ${reason}`);
    });
    books.facts.listen('strategy.changed', ({ priority, from, to }) => this.remark(`${priority}: ${from} → ${to}`));
    books.facts.listen('panic.entered', () => this.remark('panic entered'));
    books.facts.listen('panic.left', () => this.remark('panic left'));
    books.facts.listen('error.reported', ({ code, cause }) => {
      if (code === 'POLICY_FAILED')
        this.remark(`policy failed: ${cause instanceof Error ? cause.message : describe(cause)}`);
    });
    this.sample();
  }

  private sample(): void {
    const { queue, components } = this.books;
    this.queue.push(Array.from({ length: CLASS_COUNT }, (_, cls) => queue.byClass[cls]!));
    this.taken.push(Array.from({ length: components.high }, (_, i) => components.taken[i]!));
    const next = this.queue.length * this.everyMs;
    if (next <= this.untilMs) this.clock.setTimeout(() => this.sample(), next - this.clock.now());
  }

  private remark(text: string): void {
    if (this.remarks.length < MAX_REMARKS) this.remarks.push({ atMs: this.clock.now(), text });
  }
}

function describe(cause: unknown): string {
  const inner: unknown = typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'cause') : undefined;
  return inner instanceof Error ? inner.message : String(cause);
}
