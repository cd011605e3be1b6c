import type { AnyMachineSnapshot } from 'xstate';
import { balancerMachine } from '../../../machines/balancer/balancer.machine.ts';
import { conservationError } from '../../domain/outcome.ts';
import { countsOf } from '../../engine/reporting/metrics.ts';
import { seededRandom } from '../seeded-random.ts';
import { Coverage, type CoverageReport } from './coverage.ts';
import { FailoverMismatchError } from './mismatch.ts';
import {
  PLAIN,
  type RegionEvent,
  type RegionModel,
  type RegionPath,
  type RegionStart,
  regionPaths,
  walkable,
} from './region-model.ts';
import { algorithmModel, childrenModel, dispatchModel, failoverRegionModel, pressureModel } from './region-models.ts';
import { phaseModel } from './region-phase.ts';
import { TestBalancer } from './test-balancer.ts';

export const REGION_MODELS: readonly RegionModel[] = [
  phaseModel,
  dispatchModel,
  pressureModel,
  failoverRegionModel,
  algorithmModel,
  childrenModel,
];

/** Regions whose interplay is walked at random; what one of them makes impossible for the other is left out. */
const PAIRS: readonly (readonly [RegionModel, RegionModel])[] = [
  [dispatchModel, failoverRegionModel],
  [dispatchModel, algorithmModel],
  [failoverRegionModel, algorithmModel],
  [pressureModel, algorithmModel],
  [pressureModel, failoverRegionModel],
  [phaseModel, algorithmModel],
];

export interface BalancerPathsOptions {
  /** Of the walks through pairs of regions, and of the balancer's chance. Default 1. */
  readonly seed?: number | undefined;
  /** Steps of the walk through each pair of regions. Default 40. */
  readonly pairSteps?: number | undefined;
}

export interface BalancerReport {
  readonly paths: number;
  readonly steps: number;
  readonly coverage: CoverageReport;
}

/**
 * Runs the balancer's own statechart through its model: each event in each state of each region, one region at a time,
 * then seeded walks through pairs of regions. After each step states, refusals and conservation are compared.
 * @throws FailoverMismatchError
 */
export async function runBalancerPaths({
  seed = 1,
  pairSteps = 40,
}: BalancerPathsOptions = {}): Promise<BalancerReport> {
  const coverage = new Coverage(balancerMachine);
  let paths = 0;
  let steps = 0;
  for (const model of REGION_MODELS) {
    for (const [k, path] of regionPaths(model).entries()) {
      await runRegionPath(model, path, `region ${model.name}, path ${k + 1}`, seed, coverage);
      paths++;
      steps += path.steps.length;
    }
  }
  for (const [k, pair] of PAIRS.entries()) {
    steps += await runPair(pair, seed + k, pairSteps, coverage);
    paths++;
  }
  return { paths, steps, coverage: coverage.report() };
}

async function runRegionPath(
  model: RegionModel,
  { start, initial, steps }: RegionPath,
  name: string,
  seed: number,
  coverage: Coverage,
): Promise<void> {
  const run = await Run.start(start, name, seed, coverage);
  run.rig.staysOpen = model === dispatchModel;
  run.check('start', [initial.state]);
  for (const { event, state: modelState } of steps) {
    await run.rig.do(event.deed);
    run.check(event.deed, [modelState]);
  }
  await run.end();
}

async function runPair(pair: readonly RegionModel[], seed: number, most: number, coverage: Coverage): Promise<number> {
  const random = seededRandom(seed);
  const name = `regions ${pair.map((model) => model.name).join(' and ')}`;
  const start: RegionStart = { ...PLAIN, store: pair.includes(phaseModel) ? 'held' : 'none' };
  const run = await Run.start(start, name, seed, coverage);
  const walks = pair.map((model) => walkable(model, start));
  const states = walks.map(({ initial }) => initial.state);
  run.check('start', states);
  let steps = 0;
  for (; steps < most; steps++) {
    const which = random() < 0.5 ? 0 : 1;
    const walk = walks[which];
    const modelState = states[which];
    if (walk === undefined || modelState === undefined) break;
    const offers = walk.offers(modelState).filter((event) => isPossible(event, states));
    const event = offers[Math.floor(random() * offers.length)];
    if (event === undefined) break;
    states[which] = walk.step(modelState, event).state;
    await run.rig.do(event.deed);
    const after = states[which];
    // with the balancer all its regions are gone
    if (after?.value === 'stopped') {
      run.check(event.deed, [after]);
      break;
    }
    run.check(event.deed, states);
  }
  await run.end();
  return steps;
}

/** While dispatch is paused nothing begins, and once the balancer drains it takes nothing new. */
function isPossible({ deed, type }: RegionEvent, states: readonly AnyMachineSnapshot[]): boolean {
  const isPaused = states.some((modelState) => modelState.matches({ active: { dispatch: 'paused' } }));
  if (isPaused && deed === 'move') return false;
  const hasDispatch = states.some((modelState) => modelState.machine === dispatchModel.machine);
  return !(hasDispatch && (type === 'around.stop' || deed === 'stopDraining'));
}

/** One balancer on its way. */
class Run {
  readonly rig: TestBalancer;
  private readonly steps: string[] = [];
  private readonly name: string;
  private readonly seed: number;

  private constructor(start: RegionStart, name: string, seed: number, coverage: Coverage) {
    this.name = name;
    this.seed = seed;
    const isBalancer = (actor: object): boolean => 'systemId' in actor && actor.systemId === 'balancer';
    this.rig = new TestBalancer(start, seed, (event) => coverage.hear(event, isBalancer));
  }

  static async start(start: RegionStart, name: string, seed: number, coverage: Coverage): Promise<Run> {
    const run = new Run(start, name, seed, coverage);
    await run.rig.start();
    return run;
  }

  check(step: string, models: readonly AnyMachineSnapshot[]): void {
    const { rig: balancer } = this;
    this.steps.push(`${step} -> ${models.map(({ value }) => JSON.stringify(value)).join(' and ')}`);
    const problems: string[] = [];
    const same = (what: string, real: unknown, expected: unknown): void => {
      if (JSON.stringify(real) !== JSON.stringify(expected))
        problems.push(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(real)}`);
    };
    for (const { value } of models) {
      const real: unknown = balancer.value;
      if (typeof value === 'string') {
        if (value === 'stopped') same('the state', real, value);
        continue;
      }
      for (const [region, modelState] of Object.entries(Object(value.active)))
        same(region, Reflect.get(Object(Reflect.get(Object(real), 'active')), region), modelState);
    }
    const refused = models.reduce((sum, { context }) => sum + Number(Reflect.get(context, 'refused')), 0);
    if (models.every(({ value }) => value !== 'stopped')) same('commands refused', balancer.refused, refused);
    same('requests neither open nor settled', conservationError(countsOf(balancer.state)), 0);
    this.verify(problems);
  }

  async end(): Promise<void> {
    const { rig: balancer } = this;
    await balancer.end();
    this.steps.push('stop');
    const problems: string[] = [];
    const settled = [...balancer.outcomes.values()].reduce((sum, n) => sum + n, 0);
    if (balancer.value !== 'stopped') problems.push(`it is ${JSON.stringify(balancer.value)} after the stop`);
    if (settled !== balancer.sent) problems.push(`${settled} of ${balancer.sent} requests were answered`);
    if (balancer.state.scheduler.wheel.size !== 0)
      problems.push(`${balancer.state.scheduler.wheel.size} timers are left after the stop`);
    this.verify(problems);
  }

  private verify(problems: readonly string[]): void {
    if (problems.length === 0) return;
    const { name, steps, seed, rig: balancer } = this;
    throw new FailoverMismatchError({ name, problems, steps, seed, mermaid: balancer.diary.toMermaid() });
  }
}
