import { Engine, type SimulatedAlgorithm } from '../../src/testing/simulator/engine.ts';
import { type Plan, planOf } from '../../src/testing/simulator/plan.ts';
import type { Recorder } from '../../src/testing/simulator/recorder.ts';
import type { ScenarioInput } from '../../src/testing/simulator/scenario.ts';
import { studentT } from '../../src/testing/simulator/statistics.ts';

/** An estimate of a mean and how far off it may be at the level asked for. */
export interface Measured {
  readonly value: number;
  readonly halfWidth: number;
}

const NEVER = 2 ** 31 - 1;

/**
 * The balancer as a plain queueing system: nothing times out, is shed, retried or turned away. What only watches (monitors,
 * load bands) sleeps, since it changes no wait and costs most of the time where requests are few.
 */
export const PLAIN: ScenarioInput['settings'] = {
  agingMs: null,
  loadMonitorIntervalMs: NEVER,
  healthCheckIntervalMs: NEVER,
  optimizationIntervalMs: NEVER,
  bandDwellMs: NEVER,
  maxQueueSize: 1_000_000,
  routeShareAlpha: 1_000,
  requestTimeoutMs: NEVER,
  queueTimeoutMs: NEVER,
  maxRetries: 0,
  shedding: { priorities: [] },
};

/** Numbers of the requests that arrived in the measured time. */
export function measured({ arrivedAt, size }: Recorder, plan: Plan): number[] {
  const { warmUpMs, durationMs } = plan.scenario;
  const numbers: number[] = [];
  for (let n = 0; n < size; n++) if (arrivedAt[n]! >= warmUpMs && arrivedAt[n]! < durationMs) numbers.push(n);
  return numbers;
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** What a study reads off one finished run; several figures at once. */
export type Reading = (engine: Engine, numbers: readonly number[]) => readonly number[];

/**
 * Runs a scenario with as many seeds and estimates each figure, with two control variates: how much work and how many
 * requests chance gave this run, of which the expectations are known (Law, "Simulation Modeling and Analysis", 11.4). That
 * takes out most of the variance that is not the system's: waits at load 0.9 follow the realised load closely.
 */
export async function study(
  scenario: ScenarioInput,
  algorithm: SimulatedAlgorithm,
  replications: number,
  level: number,
  read: Reading,
): Promise<Measured[]> {
  const plan = planOf(scenario);
  const rows: (readonly number[])[] = [];
  const controls: [number, number][] = [];
  for (let seed = 1; seed <= replications; seed++) {
    const engine = new Engine(plan, algorithm, seed);
    await engine.run();
    const numbers = measured(engine.recorder, plan);
    rows.push(read(engine, numbers));
    const expected = ((plan.scenario.durationMs - plan.scenario.warmUpMs) * plan.arrivalsPerSecond) / 1000;
    controls.push([
      mean(numbers.map((n) => workOf(engine, n))) - engine.meanWork('GENERAL'),
      numbers.length / expected - 1,
    ]);
  }
  return rows[0]!.map((_, k) =>
    regress(
      rows.map((row) => row[k]!),
      controls,
      level,
    ),
  );
}

function workOf({ plan, recorder }: Engine, n: number): number {
  return plan.requests[recorder.kind[n]!]!.service.quantile(recorder.work[n]!);
}

/** Least squares of y on two controls whose expectations are 0; the intercept is the estimate. */
export function regress(
  y: readonly number[],
  controls: readonly (readonly [number, number])[],
  level: number,
): Measured {
  const n = y.length;
  const [my, m1, m2] = [mean(y), mean(controls.map(([a]) => a)), mean(controls.map(([, b]) => b))];
  let [s11, s12, s22, s1y, s2y] = [0, 0, 0, 0, 0];
  for (const [k, [a, b]] of controls.entries()) {
    const [da, db, dy] = [a - m1, b - m2, y[k]! - my];
    s11 += da * da;
    s12 += da * db;
    s22 += db * db;
    s1y += da * dy;
    s2y += db * dy;
  }
  // a control that never varies (deterministic work) explains nothing
  const flat = s11 < 1e-12;
  const det = flat ? s22 : s11 * s22 - s12 * s12;
  const b1 = flat ? 0 : (s22 * s1y - s12 * s2y) / det;
  const b2 = flat ? s2y / s22 : (s11 * s2y - s12 * s1y) / det;
  const residuals = controls.map(([a, b], k) => y[k]! - my - b1 * (a - m1) - b2 * (b - m2));
  const degrees = n - (flat ? 2 : 3);
  const variance = residuals.reduce((sum, r) => sum + r * r, 0) / degrees;
  // the intercept's variance: the regression line is read at the origin, not at the mean of the controls
  const distance = flat ? (m2 * m2) / s22 : (m1 * m1 * s22 - 2 * m1 * m2 * s12 + m2 * m2 * s11) / det;
  return {
    value: my - b1 * m1 - b2 * m2,
    halfWidth: studentT(degrees, level) * Math.sqrt(variance * (1 / n + distance)),
  };
}
