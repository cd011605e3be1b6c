/** A rule that did not hold. */
export interface Violation {
  /** Virtual ms since the start. */
  readonly at: number;
  /** Index of the last step before it; -1: before the first; the number of steps: after the last. */
  readonly step: number;
  readonly rule: string;
  readonly detail: string;
}

/** More of them say nothing new. */
const MAX_KEPT = 25;

/** The violations of one run, each told once. */
export class Violations {
  readonly list: Violation[] = [];

  add(violation: Violation): void {
    if (this.list.length >= MAX_KEPT) return;
    const { rule, detail } = violation;
    if (!this.list.some((known) => known.rule === rule && known.detail === detail)) this.list.push(violation);
  }
}
