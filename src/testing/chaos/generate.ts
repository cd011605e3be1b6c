import { ALGORITHMS } from '../../domain/algorithm.ts';
import type { BalancerSettings, ConfigChanges } from '../../domain/settings.ts';
import { WORKLOAD_TYPES } from '../../domain/workload.ts';
import { type SeededRandom, seededRandom } from '../seeded-random.ts';
import { behaviour, component, fleet, request, settings, tuning } from './generate-parts.ts';
import { withLimits } from './generate-limits.ts';
import { RandomChoice } from './random-choice.ts';
import type { Behaviour, ChaosAction, ChaosSchedule, ChaosStep, PlannedComponent, PlannedRequest } from './schedule.ts';

/**
 * The kinds of fault a random schedule is made of. `handlers`: fail, throw, hang, take long, settle late, ignore their
 * signal, call back in, are given what nobody can do. `components`: fail, drain, resume, recover by command, health and usage reports, modes. `crashes`:
 * of component actors. `membership`: register, update, deregister. `cancels`, `pauses`, `config`, `algorithms`,
 * `clock` (jumps), `checks` (health checks that answer wrongly, late or never, or lie), `store` (slow, failing), `stops` (in the
 * middle, with or without drain, from outside), `limits` (rate limits that change, requests that cost this and that, refusals that say when to come again).
 */
export const CHAOS_FAULTS = [
  'handlers',
  'components',
  'crashes',
  'membership',
  'cancels',
  'pauses',
  'config',
  'algorithms',
  'clock',
  'checks',
  'store',
  'stops',
  'limits',
] as const;

export type ChaosFault = (typeof CHAOS_FAULTS)[number];

export interface GenerateOptions {
  readonly seed: number | string;
  /** Virtual ms that the steps take. Default 4,000. */
  readonly durationMs?: number | undefined;
  /** Default: all of them. */
  readonly faults?: readonly ChaosFault[] | undefined;
  /** The fleet; default: a random one of two to six components. */
  readonly components?: readonly PlannedComponent[] | undefined;
  /** Default: random ones, all time-outs short. */
  readonly settings?: BalancerSettings | undefined;
  /** Makes the requests; default: random ones of all types, priorities and options. */
  readonly request?: ((random: SeededRandom) => PlannedRequest) | undefined;
}

const MODES = ['healthy', 'healthy', 'failing', 'hanging', 'stuck', 'slow', 'blackHole'] as const;
const CHECKS = ['good', 'good', 'bad', 'throws', 'slow', 'hangs', 'lies', 'lies'] as const;

/** A random schedule; the same for the same options. */
export function randomSchedule(options: GenerateOptions): ChaosSchedule {
  const { seed, durationMs = 4_000 } = options;
  const random = seededRandom(seed).fork('schedule');
  const dice = new RandomChoice(random);
  const faults = new Set<ChaosFault>(options.faults ?? CHAOS_FAULTS);
  const types = dice.some([...WORKLOAD_TYPES, 'CUSTOM'], 2, 5);
  const components = options.components ?? fleet(dice, types);
  const known = options.request === undefined ? types : [];
  const plan = new Planner(dice, faults, components, known, options.request);
  const steps: ChaosStep[] = [];
  const gap = dice.of([2, 10, 10, 40, 40, 150]);
  for (let t = 0; t < durationMs && steps.length < 400; ) {
    const after = dice.chance(0.5) ? 0 : Math.ceil(dice.exponential(gap));
    t += after;
    steps.push({ after, action: plan.action() });
  }
  const schedule: ChaosSchedule = {
    seed,
    settings: options.settings ?? settings(dice),
    components,
    observed: dice.chance(0.7),
    ...(faults.has('store') && dice.chance(0.2)
      ? { store: { ms: dice.of([0, 1, 50, 400]), fails: dice.chance(0.5) } }
      : {}),
    steps,
    end: { heal: dice.chance(0.3), stop: dice.of(['drain', 'cancel', 'kill']) },
  };
  // drawn apart, so that a schedule without them is the same whether or not they are among the faults
  const limits = new RandomChoice(seededRandom(seed).fork('limits'));
  return faults.has('limits') && limits.chance(0.4) ? withLimits(schedule, limits) : schedule;
}

/** Draws one thing after the other that might happen. */
class Planner {
  private readonly dice: RandomChoice;
  private readonly ids: readonly string[];
  private readonly types: readonly string[];
  private readonly handlersFail: boolean;
  private readonly own: GenerateOptions['request'];
  private readonly menu: readonly (readonly [weight: number, make: () => ChaosAction])[];
  private readonly stopsAt: number;
  /** Share of the requests that nobody can do. */
  private readonly impossible: number;
  private next = 0;

  constructor(
    dice: RandomChoice,
    faults: ReadonlySet<ChaosFault>,
    components: readonly PlannedComponent[],
    types: readonly string[],
    own: GenerateOptions['request'],
  ) {
    this.dice = dice;
    this.ids = components.map(({ id }) => id);
    this.types = types;
    this.own = own;
    this.handlersFail = faults.has('handlers');
    this.impossible = faults.has('handlers') ? dice.of([0, 0, 0.1, 0.3, 1]) : 0;
    this.stopsAt = faults.has('stops') && dice.chance(0.3) ? dice.int(0, 300) : Number.POSITIVE_INFINITY;
    const on = (fault: ChaosFault, weight: number): number =>
      faults.has(fault) ? weight * dice.of([0, 0.5, 1, 2]) : 0;
    const at = (): { component: number } => ({ component: dice.int(0, 9) });
    this.menu = [
      [60, () => this.submission()],
      [dice.of([0, 0, 1, 4]), () => this.producers()],
      [1, () => ({ kind: 'submitInvalid', value: dice.of<unknown>([null, {}, { type: 'GENERAL', timeoutMs: -1 }]) })],
      [3, () => ({ kind: 'turn', microtasks: dice.int(1, 6) })],
      [1, () => ({ kind: 'ready', type: dice.chance(0.5) ? undefined : dice.of(this.types) })],
      [1, () => ({ kind: 'peek', request: this.request() })],
      [on('cancels', 4), () => ({ kind: 'cancel', of: dice.int(0, 20), bySignal: dice.chance(0.3) })],
      [on('components', 2), () => ({ kind: dice.of(['drain', 'resume', 'resume']), ...at() })],
      [on('components', 3), () => ({ kind: dice.of(['fail', 'recover', 'recover']), ...at() })],
      [on('components', 2), () => ({ kind: 'mode', mode: dice.of(MODES), ...at() })],
      [on('components', 1), () => ({ kind: 'health', healthy: dice.chance(0.2), ...at() })],
      [on('components', 1), () => ({ kind: 'usage', usage: { cpu: dice.int(0, 100) }, ...at() })],
      [on('crashes', 1.5), () => ({ kind: 'crash', ...at() })],
      [on('membership', 1), () => ({ kind: 'deregister', force: dice.chance(0.5), ...at() })],
      [on('membership', 1.5), () => ({ kind: 'register', plan: component(dice, `c${dice.int(0, 7)}`, this.types) })],
      [on('membership', 1), () => this.update(at())],
      [on('checks', 2), () => ({ kind: 'check', mode: dice.of(CHECKS), ...at() })],
      [on('pauses', 1), () => ({ kind: dice.of(['pause', 'resumeDispatch', 'resumeDispatch']) })],
      [on('config', 1), () => ({ kind: 'config', changes: this.changes() })],
      [on('algorithms', 1), () => ({ kind: 'algorithm', algorithm: dice.of(ALGORITHMS) })],
      [on('clock', 0.5), () => ({ kind: 'jump', ms: dice.of([10, 300, 3_600_000]) })],
    ];
  }

  action(): ChaosAction {
    if (this.next++ === this.stopsAt) {
      const { dice } = this;
      return dice.chance(0.3)
        ? { kind: 'kill' }
        : { kind: 'stop', drain: dice.chance(0.7), timeoutMs: dice.of([0, 50, 2_000]) };
    }
    return this.dice.weighted(this.menu)();
  }

  private changes(): ConfigChanges {
    const all = Object.entries(tuning(this.dice));
    // the three thresholds go together
    return Object.fromEntries(all.filter(([key]) => key.endsWith('Threshold') || this.dice.chance(0.2)));
  }

  private update(at: { component: number }): ChaosAction {
    const { dice } = this;
    const changes = dice.of([
      { maxConcurrentTasks: dice.of([1, 2, 8]) },
      { weight: dice.of([0.1, 2]) },
      { limits: { cpu: dice.of([0, 40, 100]) } },
      { serves: dice.chance(0.3) || this.types.length === 0 ? null : dice.some(this.types, 1, this.types.length) },
    ]);
    return { kind: 'update', changes, ...at };
  }

  private submission(): ChaosAction {
    const { dice } = this;
    return {
      kind: 'submit',
      via: dice.of(['execute', 'execute', 'execute', 'submitRequest', 'message', 'inside', 'patient']),
      request: this.request(),
      attempts: this.attempts(),
    };
  }

  private producers(): ChaosAction {
    const { dice } = this;
    return { kind: 'producers', count: dice.of([2, 5, 30]), request: this.request(), attempts: this.attempts() };
  }

  private attempts(): Behaviour[] {
    const { dice } = this;
    if (dice.chance(this.impossible))
      return [{ does: 'fail', after: dice.of([0, 1, 5, 20]), signal: dice.of(['heeds', 'ignores']) }];
    return Array.from({ length: dice.of([1, 1, 2, 3]) }, () => behaviour(dice, this.handlersFail));
  }

  private request(): PlannedRequest {
    return this.own === undefined ? request(this.dice, this.types, this.ids) : this.own(this.dice.random);
  }
}
