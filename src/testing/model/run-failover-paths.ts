import { componentMachine } from '../../../machines/component/component.machine.ts';
import type { ComponentSpec } from '../../domain/component.ts';
import { VirtualClock } from '../clock/virtual-clock.ts';
import { seededRandom } from '../seeded-random.ts';
import { runComponentPath } from './component-run.ts';
import { Coverage, type CoverageReport } from './coverage.ts';
import {
  type ComponentModel,
  type ComponentPath,
  componentModel,
  type FailoverModelOptions,
} from './failover-model.ts';
import type { Cover } from './path-walk.ts';
import { type ComponentLogic, type CreateSystem, certain } from './test-system.ts';
import type { RequestFor } from './test-traffic.ts';

export interface FailoverPathsOptions {
  /** Ids of the components whose paths are run. Default: all of the system. */
  readonly components?: readonly string[] | undefined;
  /** Of the system's chance. Default 1. */
  readonly seed?: number | undefined;
  /** `transitions` (default): each declared transition at least once; `edges`: each event in each state, some 6,000 steps. */
  readonly cover?: Cover | undefined;
  /** A path ends at the first new thing after this many steps. Default 25. */
  readonly maxSteps?: number | undefined;
  /** What your handlers need to be asked for: type, payload, metadata. Default: the first type that the component serves. */
  readonly requestFor?: RequestFor | undefined;
}

export interface FailoverReport {
  /** Paths that were run. */
  readonly paths: number;
  /** Steps of all of them together. */
  readonly steps: number;
  /** What was taken of what is declared. */
  readonly coverage: CoverageReport;
  /** Declared transitions that were not taken although a component of this shape can. Empty after a whole run. */
  readonly missing: readonly string[];
}

/** One generated path, ready to be run. */
export interface PlannedPath {
  readonly componentId: string;
  /** What it is about, for a test's title. */
  readonly name: string;
  readonly steps: number;
  /** @throws FailoverMismatchError */
  run(): Promise<void>;
}

/** The paths of a system, and what has been covered by those that were run. */
export class FailoverPlan {
  readonly paths: readonly PlannedPath[];
  private readonly coverage = new Coverage(componentMachine);
  private readonly models: readonly ComponentModel[];
  private readonly done = { paths: 0, steps: 0 };

  /**
   * @param componentLogic in place of the component actors' own logic: to see what the kit finds wrong with another.
   * @throws InvalidConfigError when the system is not valid.
   */
  constructor(createSystem: CreateSystem, options: FailoverPathsOptions = {}, componentLogic?: ComponentLogic) {
    const { seed = 1, cover = 'transitions', maxSteps = 25 } = options;
    const { components, ...settings } = certain(
      createSystem({ clock: new VirtualClock(), random: seededRandom(seed) }),
    );
    const chosen = options.components ?? components.map(({ id }) => id);
    const planned = chosen.map((id) => ({ id, model: modelOf(id, components, settings) }));
    this.models = planned.map(({ model }) => model);
    this.paths = planned.flatMap(({ id, model }) =>
      model.paths({ cover, maxSteps }).map((path, k) => {
        const name = titleOf(id, path, k + 1);
        const run = async (): Promise<void> => {
          await runComponentPath(createSystem, id, path, name, this.coverage, {
            seed,
            requestFor: options.requestFor,
            componentLogic,
          });
          this.done.paths++;
          this.done.steps += path.steps.length;
        };
        return { componentId: id, name, steps: path.steps.length, run };
      }),
    );
  }

  report(): FailoverReport {
    const coverage = this.coverage.report();
    const isReachable = (key: string): boolean =>
      this.models.some(({ unreachable }) => unreachable.every((one) => one.key !== key));
    return { ...this.done, coverage, missing: coverage.missing.filter(isReachable) };
  }
}

/**
 * Generates paths through the model of each component and runs them against the real system, on a virtual clock.
 * After each step states, routing, conservation and settlement are compared with the model.
 *
 * Handlers and checks are your own; their answers are held back until the path says so, and where it wants a failure,
 * one is injected. A handler that waits should wait on `context.clock`.
 * @throws FailoverMismatchError at the first step that the system does not follow.
 */
export async function runFailoverPaths(
  createSystem: CreateSystem,
  options: FailoverPathsOptions = {},
): Promise<FailoverReport> {
  const plan = new FailoverPlan(createSystem, options);
  for (const path of plan.paths) await path.run();
  return plan.report();
}

function modelOf(id: string, components: readonly ComponentSpec[], settings: object): ComponentModel {
  const spec = components.find((one) => one.id === id);
  if (spec === undefined) throw new RangeError(`the system has no component ${JSON.stringify(id)}`);
  const peers = components.filter((one) => one !== spec);
  return componentModel(spec, { peers, settings: settingsOnly(settings) });
}

/** The settings that say how a component fails and recovers. */
function settingsOnly(config: object): FailoverModelOptions['settings'] {
  const { recovery, highLoadThreshold, overloadThreshold } = Object(config);
  return { recovery, highLoadThreshold, overloadThreshold };
}

function titleOf(id: string, { steps, news }: ComponentPath, n: number): string {
  const [first] = news;
  const about =
    first === undefined
      ? 'known transitions in new states'
      : `${first.key}${news.length > 1 ? ` and ${news.length - 1} more` : ''}`;
  return `${id}, path ${n}, ${steps.length} steps: ${about}`;
}
