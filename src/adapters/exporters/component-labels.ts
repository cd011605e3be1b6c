import { OUTCOMES, type Outcome } from '../../domain/outcome.ts';
import type { ComponentTelemetry, OutcomeCounts, Telemetry } from '../../domain/telemetry.ts';

/** Components that get a label of their own; the others share one. */
export const MOST_COMPONENTS = 200;
/** The label that they share. */
export const OTHER = 'other';

type Counts = Record<Outcome, number>;

/** A component as it is exported: one, or all that share a label. */
export interface LabelledComponent {
  readonly label: string;
  readonly slotsTaken: number;
  readonly maxConcurrentTasks: number;
  readonly weight: number;
  readonly tokens: ComponentTelemetry['tokens'];
}

/** Sums by window. */
function tokensOf(components: readonly ComponentTelemetry[]): ComponentTelemetry['tokens'] {
  const sums = new Map<string, number>();
  for (const { tokens } of components)
    for (const one of tokens) sums.set(one.window, (sums.get(one.window) ?? 0) + one.tokens);
  return [...sums].map(([window, tokens]) => ({ window, tokens }));
}

const none = (): Counts => ({ completed: 0, failed: 0, timedOut: 0, shed: 0, rejected: 0, cancelled: 0 });

const add = (to: Counts, counts: OutcomeCounts, sign = 1): void => {
  for (const outcome of OUTCOMES) to[outcome] += sign * counts[outcome];
};

/**
 * Which components have a label of their own. Whoever has shared `other` stays there, and what a component has done
 * before it left stays where it was: a counter that went down would read as a restart, and one that jumped as traffic.
 */
export class ComponentLabels {
  private readonly most: number;
  /** What each of those with a label had done by the last export. */
  private readonly named = new Map<string, OutcomeCounts>();
  private readonly sharing = new Set<string>();
  /** What those with a label had done when they left. */
  private readonly namedBefore = none();

  constructor(most: number) {
    this.most = most;
  }

  /** Notes who has come and who has left since the last export. */
  advance({ components }: Telemetry): void {
    const present = new Set(components.map(({ id }) => id));
    for (const [id, counts] of this.named) {
      if (present.has(id)) continue;
      add(this.namedBefore, counts);
      this.named.delete(id);
    }
    for (const id of this.sharing) if (!present.has(id)) this.sharing.delete(id);
    for (const { id, settled } of components) {
      // it has left and come again in between
      const before = this.named.get(id);
      if (before !== undefined && OUTCOMES.some((outcome) => settled[outcome] < before[outcome]))
        add(this.namedBefore, before);
      if (before !== undefined || this.isToBeNamed(id)) this.named.set(id, settled);
      else this.sharing.add(id);
    }
  }

  private isToBeNamed(id: string): boolean {
    return id !== OTHER && !this.sharing.has(id) && this.named.size < this.most;
  }

  /** How requests ended, by label; '' stands for those that no component ever had. */
  outcomes(telemetry: Telemetry): ReadonlyMap<string, OutcomeCounts> {
    const all = new Map<string, OutcomeCounts>([['', telemetry.settledWithoutComponent]]);
    const others = none();
    add(others, telemetry.settledByFormerComponents);
    add(others, this.namedBefore, -1);
    for (const { id, settled } of telemetry.components) {
      if (this.named.has(id)) all.set(id, settled);
      else add(others, settled);
    }
    if (this.sharing.size > 0 || OUTCOMES.some((outcome) => others[outcome] > 0)) all.set(OTHER, others);
    return all;
  }

  /** The components with a label, and the sums of the others. */
  gauges({ components }: Telemetry): readonly LabelledComponent[] {
    const all: LabelledComponent[] = [];
    const others: ComponentTelemetry[] = [];
    for (const component of components) {
      if (this.named.has(component.id)) all.push({ ...component, label: component.id });
      else others.push(component);
    }
    const sum = (of: (component: ComponentTelemetry) => number): number => others.reduce((n, one) => n + of(one), 0);
    if (others.length > 0)
      all.push({
        label: OTHER,
        slotsTaken: sum((one) => one.slotsTaken),
        maxConcurrentTasks: sum((one) => one.maxConcurrentTasks),
        weight: sum((one) => one.weight),
        tokens: tokensOf(others),
      });
    return all;
  }
}
