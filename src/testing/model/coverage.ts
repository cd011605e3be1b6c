import { type AnyStateMachine, type InspectionEvent, isMachineSnapshot } from 'xstate';
import type { Outcome } from '../../domain/outcome.ts';
import { type DeclaredTransition, declaredTransitions, describeTransition } from './transitions.ts';

/** What was exercised, as counts. */
export interface CoverageReport {
  /** Declared transitions by key, and how often the real actor took each. */
  readonly transitions: Readonly<Record<string, number>>;
  /** Declared transitions that were never taken. */
  readonly missing: readonly string[];
  /** Each guarded transition: how often its guard held and did not. */
  readonly guards: Readonly<Record<string, { readonly held: number; readonly failed: number }>>;
  /** Component state and outcome of a request that ran there, e.g. `operational.busy × timedOut`. */
  readonly pairs: Readonly<Record<string, number>>;
}

/** Counts what real actors do, by XState's inspection of them: declared transitions, and guards both ways. */
export class Coverage {
  readonly declared: readonly DeclaredTransition[];
  private readonly taken = new Map<string, number>();
  private readonly failed = new Map<string, number>();
  private readonly pairs = new Map<string, number>();

  /** @param machine declares what there is to cover. */
  constructor(machine: AnyStateMachine) {
    this.declared = declaredTransitions(machine);
  }

  /** @param isWatched whether an actor is one of those to watch. */
  hear(event: InspectionEvent, isWatched: (actor: object) => boolean): void {
    if (event.type === '@xstate.microstep') {
      if (!isWatched(event.actorRef)) return;
      // of an initial microstep XState gives a makeshift transition without an event
      for (const transition of event._transitions) {
        if (transition.eventType !== null) this.count(describeTransition(transition));
      }
    } else if (event.type === '@xstate.snapshot') {
      const { actorRef, snapshot } = event;
      if (!isWatched(actorRef) || !isMachineSnapshot(snapshot) || snapshot.status !== 'active') return;
      // at rest, none of the active states' eventless transitions is enabled
      for (const node of snapshot._nodes)
        for (const one of node.always ?? []) add(this.failed, describeTransition(one).key);
    }
  }

  notePair(state: string, outcome: Outcome): void {
    add(this.pairs, `${state} × ${outcome}`);
  }

  timesOf(state: string, outcome: Outcome): number {
    return this.pairs.get(`${state} × ${outcome}`) ?? 0;
  }

  report(): CoverageReport {
    const times = ({ key }: DeclaredTransition): number => this.taken.get(key) ?? 0;
    const guarded = this.declared.filter(({ guard }) => guard !== '');
    return {
      transitions: Object.fromEntries(this.declared.map((one) => [one.key, times(one)])),
      missing: this.declared.filter((one) => times(one) === 0).map(({ key }) => key),
      guards: Object.fromEntries(
        guarded.map((one) => [one.key, { held: times(one), failed: this.failed.get(one.key) ?? 0 }]),
      ),
      pairs: Object.fromEntries([...this.pairs].sort(([a], [b]) => (a < b ? -1 : 1))),
    };
  }

  /** A branch that is taken says that the guards before it did not hold. */
  private count({ key, source, event, branch }: DeclaredTransition): void {
    add(this.taken, key);
    for (const other of this.declared) {
      if (other.source === source && other.event === event && other.branch < branch) add(this.failed, other.key);
    }
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
