import type { ComponentSpec } from '../../domain/component.ts';
import type { Outcome } from '../../domain/outcome.ts';
import { act } from './actions.ts';
import { type GenerateOptions, randomSchedule } from './generate.ts';
import { type ChaosOptions, ChaosRun } from './run.ts';
import type { ChaosSchedule, PlannedComponent } from './schedule.ts';
import type { Violation } from './violations.ts';
import { finish } from './wind-down.ts';

/** What a run of chaos came to. */
export interface ChaosReport {
  /** The seed of the run. */
  readonly seed: number | string;
  /** Events of the balancer, after each of which the rules were checked. */
  readonly events: number;
  /** Rules that did not hold; empty when all is well. At most 25. */
  readonly violations: readonly Violation[];
  /** What became of the requests, and what the run went through. */
  readonly counts: Readonly<
    Record<
      Outcome | 'submitted' | 'runs' | 'retried' | 'rerouted' | 'abandoned' | 'failovers' | 'crashes' | 'late',
      number
    >
  >;
  /** What was run, as plain data: hand it to `runSchedule` to see the same again, or to `shrinkSchedule`. */
  readonly schedule: ChaosSchedule;
}

export interface ChaosConfig extends Omit<GenerateOptions, 'components'>, Pick<ChaosOptions, 'log'> {
  /** Your own components: their handlers run wherever the schedule has no fault for them. Default: a random fleet. */
  readonly components?: readonly ComponentSpec[] | undefined;
}

/**
 * Runs one random schedule of arrivals and faults against a real balancer on the virtual clock, and checks after every
 * event that nothing was lost, doubled, overloaded or sent where it must not go. The same seed gives the same run.
 */
export function chaos({ components, log, ...options }: ChaosConfig): Promise<ChaosReport> {
  const plans = components?.map(({ handler: _, check: __, ...plan }): PlannedComponent => plan);
  return runSchedule(randomSchedule({ ...options, components: plans }), { specs: components, log });
}

/** Runs a schedule; see {@link chaos}. */
export async function runSchedule(schedule: ChaosSchedule, options: ChaosOptions = {}): Promise<ChaosReport> {
  const run = new ChaosRun(schedule, options);
  run.balancer.start().catch(() => {
    // stopped before it ran
  });
  for (const [k, { after, action }] of schedule.steps.entries()) {
    if (after > 0) await run.advance(after);
    run.step = k;
    run.note(action.kind, action);
    await act(run, action);
  }
  await finish(run, schedule);
  const { witness: log, state } = run;
  return {
    seed: schedule.seed,
    events: run.events.events,
    violations: run.violations.list,
    counts: {
      submitted: log.all.length,
      ...log.outcomes,
      runs: log.runs,
      retried: state.requests.counters.retried,
      rerouted: state.requests.counters.rerouted,
      abandoned: state.requests.counters.abandoned,
      failovers: state.mode.failovers,
      crashes: run.crashes,
      late: state.requests.counters.settledLate,
    },
    schedule,
  };
}
