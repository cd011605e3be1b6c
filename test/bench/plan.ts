import type { Effort } from './contest.ts';
import type { ChurnParams } from './trials/churn.ts';

/** What a run measures, and how thoroughly. */
export interface Plan {
  /** How long it may wait in all for the machine to calm down, ms. */
  readonly waitMs: number;
  readonly competitors: readonly string[];
  /** plimsoll set up differently, against itself at 256 in flight. */
  readonly variants: readonly string[];
  readonly contest: Effort;
  readonly variant: Effort;
  readonly picks: { readonly components: readonly number[]; readonly tries: number };
  readonly backlogs: readonly number[];
  readonly churn: ChurnParams & { readonly tries: number };
  readonly heapRequests: number;
  readonly component: { readonly components: number };
  readonly steady: { readonly loads: readonly number[]; readonly requests: number };
  /** Undefined: no virtual day. */
  readonly day: { readonly hours: number; readonly perSecond: number } | undefined;
}

const SIZES = ['components-100', 'components-1000', 'components-10000'];

/** Twenty minutes, thirty-five on a disturbed machine. */
export const full: Plan = {
  waitMs: 600_000,
  competitors: [
    'nothing',
    'fastq',
    'p-queue',
    'p-queue-full',
    'cockatiel',
    'cockatiel-full',
    'opossum',
    'opossum-bulkhead',
    'bottleneck',
    'moleculer',
    'moleculer-full',
  ],
  variants: [
    ...SIZES,
    'priorities-1',
    'priorities-2',
    'priorities-3',
    'priorities-4',
    'round-robin',
    'weighted-round-robin',
    'least-connections',
    'least-response-time',
    'resource-based',
    'performance-based',
  ],
  contest: {
    rounds: 7,
    patience: 3,
    windowMs: 120,
    inFlight: [1, 32, 256, 1_000],
    openRounds: 7,
    openMs: 500,
    warmUpMs: 200,
    allocations: true,
  },
  variant: {
    rounds: 7,
    patience: 3,
    windowMs: 120,
    inFlight: [256],
    openRounds: 0,
    openMs: 0,
    warmUpMs: 1_500,
    allocations: true,
  },
  picks: { components: [7, 100, 1_000, 10_000], tries: 30 },
  backlogs: [1_000, 1_000_000],
  churn: { components: 10_000, changes: 1_000, rounds: 5, tries: 3 },
  heapRequests: 5_000_000,
  component: { components: 10_000 },
  steady: { loads: [0.7, 0.95], requests: 300_000 },
  day: { hours: 24, perSecond: 5 },
};

const QUICK: Effort = {
  rounds: 7,
  patience: 1,
  windowMs: 60,
  inFlight: [256],
  openRounds: 0,
  openMs: 0,
  warmUpMs: 300,
  allocations: false,
};

/** Under a minute on a quiet machine: the bars only, and each less thoroughly. */
export const quick: Plan = {
  waitMs: 0,
  competitors: ['fastq', 'p-queue', 'p-queue-full', 'cockatiel-full', 'opossum-bulkhead', 'moleculer-full'],
  variants: ['components-1000', 'components-10000'],
  contest: QUICK,
  variant: { ...QUICK, warmUpMs: 1_000 },
  picks: { components: [7], tries: 6 },
  backlogs: [100_000],
  churn: { components: 10_000, changes: 1_000, rounds: 1, tries: 1 },
  heapRequests: 200_000,
  component: { components: 1_000 },
  steady: { loads: [0.7, 0.95], requests: 30_000 },
  day: undefined,
};
