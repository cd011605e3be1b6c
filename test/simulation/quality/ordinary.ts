import type { ScenarioInput } from '../../../src/testing/simulator/scenario.ts';
import { type Case, EVERYONE, failing, faulty, healthy, noRetries, slow } from './cases.ts';

/**
 * The ordinary day: a few components, far from full, and nobody has set anything. Everything here is measured with the
 * defaults; what differs from case to case is the world.
 */
type Components = ScenarioInput['components'];
type Service = NonNullable<ScenarioInput['service']>;
type Changes = NonNullable<ScenarioInput['faults']>;

/** ms of work at speed 1. */
export const WORK_MS = 20;
const MINUTE = 60_000;

export const works: Readonly<Record<string, Service>> = {
  constant: { distribution: 'deterministic', meanMs: WORK_MS },
  exponential: { distribution: 'exponential', meanMs: WORK_MS },
  heavy: { distribution: 'lognormal', meanMs: WORK_MS, cv: 2 },
};

export const CLASSES = ['CRITICAL', 'HIGH', 'NORMAL', 'LOW', 'MINIMAL'] as const;
export const RATES = [15, 60, 300];

/** Components by their speeds: c0, c1, … */
export const fleetOf = (...speeds: number[]): Components => speeds.map((speed, k) => ({ id: `c${k}`, speed }));

/** All classes alike, unless one is named. */
export const ofClass = (priority?: (typeof CLASSES)[number]): NonNullable<ScenarioInput['requests']> => [
  { priority: priority ?? { CRITICAL: 1, HIGH: 1, NORMAL: 1, LOW: 1, MINIMAL: 1 } },
];

/** A component's speed is divided by `factor` from `atMs` on. */
export const turns = (component: string, factor: number, atMs = MINUTE, forMs = 1e9): Changes[number] => ({
  kind: 'slow',
  component,
  factor,
  atMs,
  forMs,
});

interface Day extends Partial<ScenarioInput> {
  readonly perSecond: number;
  readonly minutes: number;
}

/** A case of the ordinary day. Its windows: each minute by its number, the first is `1`. */
export function day(id: string, title: string, { perSecond, minutes, ...rest }: Day, more: Partial<Case> = {}): Case {
  const windows = Object.fromEntries(
    Array.from({ length: Math.min(minutes, 10) }, (_, k) => [k + 1, { fromMs: k * MINUTE, toMs: (k + 1) * MINUTE }]),
  );
  return {
    id: `ordinary-${id}`,
    title,
    scenario: {
      name: title,
      components: [],
      service: works['exponential']!,
      requests: ofClass('HIGH'),
      arrivals: { process: 'poisson', perSecond },
      warmUpMs: 0,
      durationMs: minutes * MINUTE,
      windows,
      ...rest,
    },
    algorithms: ['adaptive', 'performance-based'],
    seeds: 5,
    ...more,
  };
}

const equal: readonly Case[] = [2, 4, 9].flatMap((n) =>
  [3, 35, 250].flatMap((perSecond) =>
    (['CRITICAL', 'HIGH', 'NORMAL'] as const).map((priority) =>
      day(
        `equal-${n}-${perSecond}-${priority}`,
        `${n} equal components, ${perSecond}/s, ${priority}`,
        { perSecond, minutes: 1, components: fleetOf(...Array<number>(n).fill(1)), requests: ofClass(priority) },
        { algorithms: ['adaptive', 'performance-based', 'least-response-time'] },
      ),
    ),
  ),
);

/** What is unlike from the start: the second minute is compared with what the best one alone would give. */
const unlike: readonly Case[] = RATES.flatMap((perSecond) =>
  (['HIGH', 'NORMAL'] as const).flatMap((priority) => [
    day(`slower-${perSecond}-${priority}`, `the first of two 4× slower, ${perSecond}/s, ${priority}`, {
      perSecond,
      minutes: 2,
      components: fleetOf(1 / 4, 1),
      requests: ofClass(priority),
    }),
    day(`faster-${perSecond}-${priority}`, `the last of five 3× faster, ${perSecond}/s, ${priority}`, {
      perSecond,
      minutes: 2,
      components: fleetOf(1 / 3, 1 / 3, 1 / 3, 1 / 3, 1),
      requests: ofClass(priority),
    }),
  ]),
);

/** What changes after a minute: the minute after is compared with what the best one would give then. */
export const changes: readonly {
  id: string;
  title: string;
  speeds: number[];
  faults: Changes;
  best: number;
  bar: number;
}[] = [
  {
    id: 'used-slower',
    title: 'one of two turns 4× slower',
    speeds: [1, 1],
    faults: [turns('c0', 4)],
    best: 1,
    bar: 1.2,
  },
  {
    id: 'idle-faster',
    title: 'one of two turns 8× faster',
    speeds: [1, 1],
    faults: [turns('c1', 1 / 8)],
    best: 8,
    bar: 1.9,
  },
  {
    id: 'slow-faster',
    title: 'the one of two that was 2× slower turns 8× faster',
    speeds: [1, 0.5],
    faults: [turns('c1', 1 / 8)],
    best: 4,
    bar: 1.9,
  },
  {
    id: 'two-slower',
    title: 'two of three turn 5× slower',
    speeds: [1, 1, 1],
    faults: [turns('c0', 5), turns('c1', 5)],
    best: 1,
    bar: 1.25,
  },
  {
    id: 'all-slower',
    title: 'all three turn 3× slower',
    speeds: [1, 1, 1],
    faults: [turns('c0', 3), turns('c1', 3), turns('c2', 3)],
    best: 1 / 3,
    bar: 1.3,
  },
];

const changed: readonly Case[] = changes.flatMap(({ id, title, speeds, faults }) =>
  RATES.flatMap((perSecond) =>
    (['HIGH', 'NORMAL'] as const).map((priority) =>
      day(`${id}-${perSecond}-${priority}`, `${title}, ${perSecond}/s, ${priority}`, {
        perSecond,
        minutes: 2,
        components: fleetOf(...speeds),
        requests: ofClass(priority),
        faults,
      }),
    ),
  ),
);

const steady: readonly Case[] = [2, 20].map((perSecond) =>
  day(
    `steady-${perSecond}`,
    `one of two steadily 10× slower, ${perSecond}/s`,
    { perSecond, minutes: 10, components: fleetOf(1, 0.1), warmUpMs: MINUTE },
    { algorithms: ['adaptive', 'performance-based', 'least-response-time'] },
  ),
);

const LOADS = [0.05, 0.15, 0.2];
const ofHigh = (requests: NonNullable<ScenarioInput['requests']>): NonNullable<ScenarioInput['requests']> =>
  requests.map((one) => ({ priority: { CRITICAL: 1, HIGH: 1, NORMAL: 1 }, ...one }));

/** The seven capacities at loads where nothing overflows. */
const light: readonly Case[] = LOADS.flatMap((load) => [
  {
    id: `ordinary-light-healthy-${load}`,
    title: `the seven capacities, healthy, load ${load}`,
    scenario: healthy(load, { requests: ofHigh([{ deadlineMs: 2_000 }]) }),
    algorithms: EVERYONE,
    seeds: 3,
  },
  {
    id: `ordinary-light-slow-${load}`,
    title: `the seven capacities, bridge_monitor slow ×10, load ${load}`,
    scenario: faulty('slow ×10', load, slow('bridge_monitor'), { requests: ofHigh([{ deadlineMs: 2_000 }]) }),
    algorithms: EVERYONE,
    seeds: 3,
  },
  {
    id: `ordinary-light-best-slow-${load}`,
    title: `the seven capacities, arbitrage_engine slow ×10, load ${load}`,
    scenario: faulty('slow ×10', load, slow('arbitrage_engine'), { requests: ofHigh([{ deadlineMs: 2_000 }]) }),
    algorithms: EVERYONE,
    seeds: 3,
  },
  {
    id: `ordinary-light-failing-${load}`,
    title: `the seven capacities, arbitrage_engine failing fast, load ${load}`,
    scenario: faulty('failing fast', load, failing('arbitrage_engine'), { requests: ofHigh(noRetries) }),
    algorithms: EVERYONE,
    seeds: 3,
  },
]);

export const ordinary: readonly Case[] = [...equal, ...unlike, ...changed, ...steady, ...light];
