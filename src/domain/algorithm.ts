/** The seven built-in algorithms. */
export const ALGORITHMS = [
  'round-robin',
  'weighted-round-robin',
  'least-connections',
  'least-response-time',
  'resource-based',
  'performance-based',
  'adaptive',
] as const;

/** Name of a built-in algorithm. */
export type AlgorithmName = (typeof ALGORITHMS)[number];

/** What the `algorithm` region of the balancer shows: one of the seven, or a policy of the user's. */
export type ActiveAlgorithm = AlgorithmName | 'custom';

/** A strategy that `adaptive` may follow for a priority: any built-in algorithm but itself. */
export type Strategy = Exclude<AlgorithmName, 'adaptive'>;

/** Something of each built-in algorithm, by its name. */
export function byAlgorithm<T>(of: (name: AlgorithmName) => T): Record<AlgorithmName, T> {
  const all: Partial<Record<AlgorithmName, T>> = {};
  for (const name of ALGORITHMS) all[name] = of(name);
  return all as Record<AlgorithmName, T>;
}
