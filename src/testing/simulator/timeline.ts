import { CLASS_COUNT } from '../../domain/priority.ts';
import type { EngineView } from '../../engine/engine-view.ts';
import type { SimClock } from './event-clock.ts';

/** One state of a component and since when. */
export interface StateChange {
  readonly atMs: number;
  readonly state: string;
}

/** Something that the balancer said, for the report. */
export interface Note {
  readonly atMs: number;
  readonly text: string;
}

/** The queue is looked at so often, or less often when a run is long, ms. */
const SAMPLE_MS = 500;
const MAX_SAMPLES = 600;
/** A report with more remarks than this is read by nobody. */
const MAX_REMARKS = 2_000;

/** What the balancer said and showed while it ran: states of components, queue by class, remarkable facts. */
export class Timeline {
  readonly states = new Map<string, StateChange[]>();
  readonly remarks: Note[] = [];
  readonly everyMs: number;
  /** Rows of one count per class. */
  readonly queue: number[][] = [];
  /** Slots taken by component. */
  readonly taken: number[][] = [];
  private readonly clock: SimClock;
  private readonly state: EngineView;
  private readonly untilMs: number;

  constructor(clock: SimClock, state: EngineView, untilMs: number) {
    this.clock = clock;
    this.state = state;
    this.untilMs = untilMs;
    this.everyMs = Math.max(SAMPLE_MS, Math.ceil(untilMs / MAX_SAMPLES));
  }

  start(): void {
    const { state } = this;
    for (const record of state.fleet.records)
      if (record !== undefined) this.states.set(record.id, [{ atMs: 0, state: 'operational.available' }]);
    state.events.listen('component.statusChanged', ({ componentId, state: stateName, to, reason }) => {
      this.states.get(componentId)?.push({ atMs: this.clock.now(), state: stateName });
      if (to === 'Failed' || to === 'Maintenance') this.remark(`${componentId} → ${stateName}: ${reason}`);
    });
    state.events.listen('strategy.changed', ({ priority, from, to }) => this.remark(`${priority}: ${from} → ${to}`));
    state.events.listen('route.down', ({ route }) => this.remark(`route down: ${route.join(', ')}`));
    state.events.listen('route.restored', ({ route }) => this.remark(`route restored: ${route.join(', ')}`));
    state.events.listen('error.reported', ({ code, cause }) => {
      if (code === 'POLICY_FAILED')
        this.remark(`policy failed: ${cause instanceof Error ? cause.message : describe(cause)}`);
    });
    this.sample();
  }

  private sample(): void {
    const {
      queue,
      fleet: { components },
    } = this.state;
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
