import type { Books } from '../../engine/state.ts';
import { countsOf } from '../../engine/reporting/metrics.ts';
import { conservationError } from '../../domain/outcome.ts';
import { RESOURCES } from '../../domain/workload.ts';
import { Standing } from '../../fleet/component-table.ts';

/** Where a broken rule is told. */
export type Complain = (rule: string, detail: string) => void;

/** A component after the event before. */
interface Before {
  id: string;
  standing: number;
  started: number;
  taken: number;
  slots: number;
}

/** Reservations are sums of fractions. */
const TOLERANCE = 1e-6;

/**
 * The rules that hold after every single event of the balancer, read from its ledgers: conservation; a slot or a
 * resource is only taken where there was room for it; nothing begins on a component that takes nothing.
 */
export class EventWatch {
  events = 0;
  private readonly books: Books;
  private readonly complain: Complain;
  private readonly before: Before[] = [];

  constructor(books: Books, complain: Complain) {
    this.books = books;
    this.complain = complain;
  }

  check(): void {
    this.events++;
    const { books } = this;
    const error = conservationError(countsOf(books));
    if (error !== 0) this.complain('conservation', `off by ${error}`);
    const { jobs, entries } = books;
    const [, queued = 0, inFlight = 0, awaiting = 0] = jobs.countByState;
    if (jobs.open !== queued + inFlight + awaiting)
      this.complain('conservation', `${jobs.open} open jobs, but ${queued} + ${inFlight} + ${awaiting} by state`);
    for (let i = 0; i < entries.length; i++) this.checkComponent(i);
  }

  private checkComponent(i: number): void {
    const { components, entries } = this.books;
    this.before[i] ??= { id: '', standing: 0, started: 0, taken: 0, slots: 0 };
    const was = this.before[i];
    const entry = entries[i];
    if (entry === undefined) {
      was.id = '';
      return;
    }
    const standing = components.standing[i]!;
    const taken = components.taken[i]!;
    // what may be taken in all, free or not: 0 for a component that takes nothing
    const slots = components.free[i]! + taken;
    const isSame = was.id === entry.id && entry.started >= was.started;
    if (isSame && taken !== was.taken) {
      if (taken < 0) this.complain('slots', `${entry.id} has ${taken} slots taken`);
      const may = standing === Standing.probing ? components.slots[i]! : Math.max(slots, was.slots);
      if (taken > was.taken && taken > may)
        this.complain('slots', `${entry.id} went from ${was.taken} to ${taken} of ${may} slots`);
    }
    if (isSame && entry.started > was.started) {
      const begun = entry.started - was.started;
      this.checkStanding(i, begun, was.standing, standing);
      this.checkResources(i, begun);
    }
    was.id = entry.id;
    was.standing = standing;
    was.started = entry.started;
    was.taken = taken;
    was.slots = slots;
  }

  /**
   * One event may change a component and begin work on it: it must have taken work before it or after it. What was handed in
   * before the event arrives ahead of it.
   */
  private checkStanding(i: number, begun: number, before: number, after: number): void {
    const { components, entries } = this.books;
    if (before === Standing.operational || after === Standing.operational) return;
    const entry = entries[i]!;
    const probed = before === Standing.probing || after === Standing.probing;
    if (probed && begun === 1 && entry.spec.check === undefined) return;
    if (after === Standing.isolated && components.panic && components.ejected[i] === 1) return;
    const name = Object.keys(Standing)[after];
    this.complain('standing', `${begun} attempts began on ${entry.id}, which is ${name}`);
  }

  private checkResources(i: number, begun: number): void {
    const { resources, entries } = this.books;
    const entry = entries[i]!;
    let attempt = entry.attempts;
    for (let k = 0; k < begun && attempt !== null; k++, attempt = attempt.next) {
      const { demand } = attempt;
      if (demand === null) continue;
      for (const [r, name] of RESOURCES.entries()) {
        const used = resources.used(i, r, this.books.now());
        if (demand[r]! > 0 && used > resources.limit(i, r) + TOLERANCE)
          this.complain('resources', `${entry.id} uses ${used} of ${resources.limit(i, r)} % ${name}`);
      }
    }
  }
}
