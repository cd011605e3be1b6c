import type { AlgorithmName } from 'plimsoll';
import type { Contender } from '../contender.ts';
import type { Setup } from './plimsoll.ts';

type Loader = () => Promise<Contender>;

const own =
  (label: string, setup: Setup): Loader =>
  async () =>
    (await import('./plimsoll.ts')).variant(label, setup);

const algorithm = (name: AlgorithmName): Loader => own(name, { settings: { algorithm: name } });

/** Everybody else, by the name on the command line; loaded in its own process only. */
export const competitors: Readonly<Record<string, Loader>> = {
  nothing: async () => (await import('./nothing.ts')).nothing,
  skeleton: async () => (await import('./skeleton.ts')).skeleton,
  fastq: async () => (await import('./fastq.ts')).bareFastq,
  'p-queue': async () => (await import('./p-queue.ts')).plainPQueue,
  'p-queue-full': async () => (await import('./p-queue.ts')).fullPQueue,
  cockatiel: async () => (await import('./cockatiel.ts')).cockatielBulkhead,
  'cockatiel-full': async () => (await import('./cockatiel.ts')).fullCockatiel,
  opossum: async () => (await import('./opossum.ts')).plainOpossum,
  'opossum-bulkhead': async () => (await import('./opossum.ts')).opossumInBulkhead,
  bottleneck: async () => (await import('./bottleneck.ts')).bottleneck,
  moleculer: async () => (await import('./moleculer.ts')).plainMoleculer,
  'moleculer-full': async () => (await import('./moleculer.ts')).fullMoleculer,
};

/** Not taken from plimsoll: it would be loaded into everybody's process. */
export const algorithms: Readonly<Record<AlgorithmName, Loader>> = {
  'round-robin': algorithm('round-robin'),
  'weighted-round-robin': algorithm('weighted-round-robin'),
  'least-connections': algorithm('least-connections'),
  'least-response-time': algorithm('least-response-time'),
  'resource-based': algorithm('resource-based'),
  'performance-based': algorithm('performance-based'),
  adaptive: algorithm('adaptive'),
};

/** plimsoll at other sizes and settings. */
export const variants: Readonly<Record<string, Loader>> = {
  'components-100': own('100 components', { components: 100 }),
  'components-1000': own('1,000 components', { components: 1_000 }),
  'components-10000': own('10,000 components', { components: 10_000 }),
  'priorities-1': own('1 priority', { priorities: 1 }),
  'priorities-2': own('2 priorities', { priorities: 2 }),
  'priorities-3': own('3 priorities', { priorities: 3 }),
  'priorities-4': own('4 priorities', { priorities: 4 }),
  ...algorithms,
};

export const contenders: Readonly<Record<string, Loader>> = {
  plimsoll: async () => (await import('./plimsoll.ts')).plimsoll,
  piscina: async () => (await import('./piscina.ts')).barePiscina,
  'plimsoll-piscina': async () => (await import('./piscina.ts')).plimsollOnPiscina,
  ...competitors,
  ...variants,
};
