import { conservationError } from '../../domain/outcome.ts';
import { RESOURCES } from '../../domain/workload.ts';
import type { EngineView } from '../../engine/engine-view.ts';
import { countsOf } from '../../engine/reporting/metrics.ts';
import { RestState, ServingState } from '../../fleet/component-table.ts';

/** Where a broken rule is told. */
export type Complain = (rule: string, detail: string) => void;

/** A component after the event before. */
interface Before {
  id: string;
  servingState: number;
  started: number;
  taken: number;
  slots: number;
}

/** Reservations are sums of fractions. */
const TOLERANCE = 1e-6;

/**
 * The rules that hold after every single event of the balancer, read from its state: conservation; a slot or a
 * resource is only taken where there was room for it; nothing begins on a component that takes nothing.
 */
export class EventInvariants {
  events = 0;
  private readonly state: EngineView;
  private readonly complain: Complain;
  private readonly before: Before[] = [];

  constructor(state: EngineView, complain: Complain) {
    this.state = state;
    this.complain = complain;
  }

  check(): void {
    this.events++;
    const { state } = this;
    const error = conservationError(countsOf(state));
    if (error !== 0) this.complain('conservation', `off by ${error}`);
    const { jobs } = state.requests;
    const { records } = state.fleet;
    const [, queued = 0, inFlight = 0, awaiting = 0] = jobs.countByState;
    if (jobs.open !== queued + inFlight + awaiting)
      this.complain('conservation', `${jobs.open} open jobs, but ${queued} + ${inFlight} + ${awaiting} by state`);
    for (let i = 0; i < records.length; i++) this.checkComponent(i);
  }

  private checkComponent(i: number): void {
    const {
      fleet: { components, records },
    } = this.state;
    this.before[i] ??= { id: '', servingState: 0, started: 0, taken: 0, slots: 0 };
    const was = this.before[i];
    const record = records[i];
    if (record === undefined) {
      was.id = '';
      return;
    }
    const servingState = components.servingState[i]!;
    const taken = components.taken[i]!;
    // what may be taken in all, free or not: 0 for a component that takes nothing
    const slots = components.free[i]! + taken;
    const isSame = was.id === record.id && record.started >= was.started;
    if (isSame && taken !== was.taken) {
      if (taken < 0) this.complain('slots', `${record.id} has ${taken} slots taken`);
      // after a rest it takes one call, which closes it again
      const call = components.restState[i] === RestState.trying ? Math.min(components.slots[i]!, was.taken + 1) : 0;
      const may = servingState === ServingState.probing ? components.slots[i]! : Math.max(slots, was.slots, call);
      if (taken > was.taken && taken > may)
        this.complain('slots', `${record.id} went from ${was.taken} to ${taken} of ${may} slots`);
    }
    if (isSame && record.started > was.started) {
      const begun = record.started - was.started;
      this.checkServingState(i, begun, was.servingState, servingState);
      this.checkResources(i, begun);
    }
    was.id = record.id;
    was.servingState = servingState;
    was.started = record.started;
    was.taken = taken;
    was.slots = slots;
  }

  /**
   * One event may change a component and begin work on it: it must have taken work before it or after it. What was submitted
   * before the event arrives ahead of it.
   */
  private checkServingState(i: number, begun: number, before: number, after: number): void {
    const {
      fleet: { records },
    } = this.state;
    if (before === ServingState.operational || after === ServingState.operational) return;
    const record = records[i]!;
    const probed = before === ServingState.probing || after === ServingState.probing;
    if (probed && begun === 1 && record.spec.check === undefined) return;
    const name = Object.keys(ServingState)[after];
    this.complain('standing', `${begun} attempts began on ${record.id}, which is ${name}`);
  }

  private checkResources(i: number, begun: number): void {
    const {
      fleet: { resources, records },
    } = this.state;
    const record = records[i]!;
    let attempt = record.attempts;
    for (let k = 0; k < begun && attempt !== null; k++, attempt = attempt.next) {
      const { demand, startedAt } = attempt;
      // the newest come first; one that began in this event may have ended in it, when its component crashed
      if (startedAt < this.state.scheduler.now()) return;
      if (demand === null) continue;
      for (const [r, name] of RESOURCES.entries()) {
        const used = resources.used(i, r, this.state.scheduler.now());
        if (demand[r]! > 0 && used > resources.limit(i, r) + TOLERANCE)
          this.complain('resources', `${record.id} uses ${used} of ${resources.limit(i, r)} % ${name}`);
      }
    }
  }
}
