import type { ScenarioInput } from '../../../src/testing/simulator/scenario.ts';
import { routedMix, sevenEqual, sevenOpen, sevenRouted } from './fleets.ts';

type Faults = NonNullable<ScenarioInput['faults']>;
type Algorithm = 'adaptive' | 'performance-based' | 'oracle';

/** One line of the table: a scenario and who plays it. */
export interface Case {
  readonly id: string;
  readonly title: string;
  readonly scenario: ScenarioInput;
  readonly algorithms: readonly string[];
  readonly seeds: number;
  /** Its seeds are this one and those after it; default 1. */
  readonly firstSeed?: number;
  /** Part of the two-minute subset. */
  readonly quick?: boolean;
  /** What else a reader has to know of it. */
  readonly note?: string;
}

export const EVERYONE: readonly Algorithm[] = ['oracle', 'performance-based', 'adaptive'];
/** The trace in the shared folder, relative to the checkout; cases that need it report themselves skipped without it. */
export const TRACE = '../shared/data/azure_llm_code.csv';

const FAULT = { atMs: 30_000, forMs: 30_000 };
export const during = { fault: { fromMs: 30_000, toMs: 60_000 }, after: { fromMs: 60_000, toMs: 90_000 } };

/** Before the steady state: everybody has just met the fleet, and adaptive has not moved yet. */
const learning = { learning: { fromMs: 10_000, toMs: 30_000 } };

/** The base of all cases: seven open components, lognormal work of 100 ms with cv 1, deadline 2 s, queue 1000. */
const base = {
  components: [...sevenOpen],
  service: { distribution: 'lognormal' as const, meanMs: 100, cv: 1 },
  requests: [{ deadlineMs: 2_000 }],
  warmUpMs: 10_000,
};

export const healthy = (load: number, changes: Partial<ScenarioInput> = {}): ScenarioInput => ({
  ...base,
  name: `healthy, load ${load}`,
  arrivals: { process: 'poisson', load },
  warmUpMs: 30_000,
  durationMs: 90_000,
  windows: learning,
  ...changes,
});

export const faulty = (
  name: string,
  load: number,
  faults: Faults,
  changes: Partial<ScenarioInput> = {},
): ScenarioInput => ({
  ...base,
  name: `${name}, load ${load}`,
  arrivals: { process: 'poisson', load },
  durationMs: 90_000,
  windows: during,
  faults,
  ...changes,
});

export const slow = (component: string): Faults => [{ kind: 'slow', component, factor: 10, ...FAULT }];
export const failing = (component: string): Faults => [
  { kind: 'failing', component, share: 0.9, latencyMs: 1, ...FAULT },
];
export const noRetries = [{ deadlineMs: 2_000, maxRetries: 0 }];

/** Loads of the overload rows, of capacity. */
export const overloads = [1.2, 1.5, 2, 3];

const overload = (load: number): ScenarioInput => ({
  ...base,
  name: `overload ${load}×`,
  components: [...sevenEqual],
  arrivals: { process: 'poisson', load },
  requests: [{ deadlineMs: 500, priority: { CRITICAL: 10, NORMAL: 30, LOW: 60 } }],
  durationMs: 40_000,
});

const MISWEIGHTED: Readonly<Record<string, number>> = { arbitrage_engine: 0.8, health_monitor: 2 };

/** What the issue asks for. */
export const cases: readonly Case[] = [
  ...[0.5, 0.7, 0.9].map((load) => ({
    id: `healthy-${load}`,
    title: `healthy Poisson, ${load}`,
    scenario: healthy(load),
    algorithms: EVERYONE,
    seeds: 5,
    quick: load === 0.7,
  })),
  ...[0.5, 0.7].map((load) => ({
    id: `slow-${load}`,
    title: `bridge_monitor slow ×10, ${load}`,
    scenario: faulty('slow ×10', load, slow('bridge_monitor')),
    algorithms: EVERYONE,
    seeds: 5,
    quick: load === 0.7,
  })),
  {
    id: 'slow-largest',
    title: 'arbitrage_engine slow ×10, 0.7',
    scenario: faulty('slow ×10 of the largest', 0.7, slow('arbitrage_engine')),
    algorithms: EVERYONE,
    seeds: 5,
    quick: true,
  },
  ...[0.7, 0.9].map((load) => ({
    id: `failing-${load}`,
    title: `bridge_monitor failing fast, no retries, ${load}`,
    scenario: faulty('failing fast', load, failing('bridge_monitor'), { requests: noRetries }),
    algorithms: EVERYONE,
    seeds: 5,
    quick: load === 0.7,
  })),
  {
    id: 'bursty-failing',
    title: 'bursts (MMPP 2.5×/.625×) with the failing component, 0.7',
    scenario: faulty('bursts with a failing component', 0.7, failing('bridge_monitor'), {
      requests: noRetries,
      arrivals: {
        process: 'mmpp',
        load: 0.7,
        states: [
          { factor: 2.5, meanMs: 1_000 },
          { factor: 0.625, meanMs: 4_000 },
        ],
      },
    }),
    algorithms: EVERYONE,
    seeds: 5,
  },
  ...overloads.map((load) => ({
    id: `overload-${load}`,
    title: `overload ${load}×`,
    scenario: overload(load),
    algorithms: ['performance-based', 'adaptive'],
    seeds: 5,
    quick: load === 2,
  })),
  {
    id: 'azure',
    title: 'replay of the Azure LLM trace, 0.7',
    scenario: {
      ...base,
      name: 'Azure LLM trace',
      arrivals: {
        process: 'trace',
        file: TRACE,
        load: 0.7,
        rotate: true,
        columns: { time: 'TIMESTAMP', service: { ContextTokens: 0.1, GeneratedTokens: 15 } },
        serviceMeanMs: 100,
      },
      warmUpMs: 30_000,
      durationMs: 90_000,
      windows: learning,
    },
    algorithms: EVERYONE,
    seeds: 5,
  },
  {
    id: 'routed',
    title: 'preset fleet with its routes, 0.7, no fault',
    scenario: {
      ...base,
      name: 'routes',
      components: [...sevenRouted],
      requests: routedMix,
      arrivals: { process: 'poisson', load: 0.7 },
      warmUpMs: 30_000,
      durationMs: 60_000,
    },
    algorithms: ['performance-based', 'adaptive'],
    seeds: 10,
  },
  {
    id: 'routed-wallet-down',
    title: 'preset fleet with its routes, 0.7, wallet_manager down 30 s',
    scenario: faulty('wallet manager down', 0.7, [{ kind: 'crash', component: 'wallet_manager', ...FAULT }], {
      components: [...sevenRouted],
      requests: routedMix,
      // the fault is all that is measured
      warmUpMs: 30_000,
      durationMs: 60_000,
      windows: {},
    }),
    algorithms: ['performance-based', 'adaptive'],
    seeds: 10,
  },
  {
    id: 'mixed-work',
    title: 'two equal components; types of 2 ms, 200 ms, and one shared',
    scenario: {
      ...base,
      name: 'mixed work',
      components: [
        { id: 'a', capacity: 10, serves: ['SHORT', 'SHARED'] },
        { id: 'b', capacity: 10, serves: ['LONG', 'SHARED'] },
      ],
      // 3.5 of each component's 10 slots for its own type, 7 of all 20 for the shared one
      requests: [
        { type: 'SHORT', share: 1750, service: { distribution: 'lognormal', meanMs: 2, cv: 1 } },
        { type: 'LONG', share: 17.5, service: { distribution: 'lognormal', meanMs: 200, cv: 1 } },
        { type: 'SHARED', share: 350, service: { distribution: 'lognormal', meanMs: 20, cv: 1 } },
      ],
      arrivals: { process: 'poisson', perSecond: 2117.5 },
      durationMs: 60_000,
    },
    algorithms: ['performance-based', 'adaptive', 'least-connections'],
    seeds: 5,
  },
  {
    id: 'weights',
    title: 'two mis-weighted components (arbitrage_engine 0.8 for 3, health_monitor 2 for 0.5), cycles of 1 s',
    scenario: {
      ...base,
      name: 'mis-weighted',
      components: sevenOpen.map((one) => ({ ...one, weight: MISWEIGHTED[one.id] ?? one.weight })),
      arrivals: { process: 'poisson', load: 0.7 },
      durationMs: 120_000,
    },
    algorithms: ['adaptive', 'performance-based', 'least-connections'],
    seeds: 5,
  },
  {
    id: 'strategies',
    title: 'adaptive against each fixed strategy; bridge_monitor slow ×10, 0.7',
    scenario: faulty('strategies', 0.7, slow('bridge_monitor'), {
      windows: {
        steady: { fromMs: 15_000, toMs: 30_000 },
        onset: { fromMs: 30_000, toMs: 40_000 },
        slow: { fromMs: 40_000, toMs: 60_000 },
        recovery: { fromMs: 60_000, toMs: 70_000 },
        recovered: { fromMs: 70_000, toMs: 90_000 },
      },
    }),
    algorithms: [
      'adaptive',
      'performance-based',
      'least-connections',
      'least-response-time',
      'weighted-round-robin',
      'round-robin',
      'resource-based',
    ],
    seeds: 5,
  },
];
