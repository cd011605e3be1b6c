import type { EngineView } from '../../engine/engine-view.ts';
import { ServingState } from '../../fleet/component-table.ts';
import type { Complain } from './invariants-per-event.ts';
import type { StubComponent } from './stub-component.ts';

/** Executions after which a component's failures are forgotten. */
const TO_PROVE = 10;
const FAILED: ReadonlySet<number> = new Set([ServingState.isolated, ServingState.probing]);

interface Before {
  incarnation: number;
  failures: number;
}

/** The rules of failing and coming back, after every event: only work makes a component's failures forgotten, whatever a check says. */
export class HealthInvariants {
  private readonly state: EngineView;
  private readonly complain: Complain;
  private readonly before: Before[] = [];

  constructor(state: EngineView, complain: Complain) {
    this.state = state;
    this.complain = complain;
  }

  /** @param seats the present seat of each component id */
  check(seats: ReadonlyMap<string, StubComponent>): void {
    const { records, components } = this.state.fleet;
    for (const record of records) {
      if (record === undefined) continue;
      const { index, id, incarnation, failures } = record;
      this.before[index] ??= { incarnation, failures };
      const was = this.before[index];
      const seat = seats.get(id);
      const isForgotten = was.incarnation === incarnation && failures < was.failures;
      if (isForgotten && seat !== undefined && seat.done < TO_PROVE)
        this.complain(
          'backoff',
          `${id} has done ${seat.done} executions since its recovery, and its failures are forgotten`,
        );
      const hasFailed = FAILED.has(components.servingState[index]!);
      if (hasFailed && seat !== undefined) seat.done = 0;
      was.incarnation = incarnation;
      was.failures = failures;
    }
  }
}
