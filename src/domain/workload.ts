/** The eight workload types that plimsoll knows by name. Users may add their own by string. */
export const WORKLOAD_TYPES = [
  'ARBITRAGE_OPPORTUNITY',
  'PRICE_UPDATE',
  'BRIDGE_MONITORING',
  'MEV_DETECTION',
  'WALLET_OPERATION',
  'MEMORY_OPERATION',
  'HEALTH_CHECK',
  'GENERAL',
] as const;

/** One of the eight workload types known by name. */
export type KnownWorkloadType = (typeof WORKLOAD_TYPES)[number];

/** A workload type: one of the eight, or any other non-empty string of the user's. */
export type WorkloadType = KnownWorkloadType | (string & {});

/** The two types that move money: a wallet operation or an arbitrage that ran twice is a loss, one that failed is not. */
export const NON_IDEMPOTENT_TYPES: readonly KnownWorkloadType[] = ['WALLET_OPERATION', 'ARBITRAGE_OPPORTUNITY'];

/**
 * Whether requests of a type may be run twice when they do not say so themselves. Asked for every request.
 * @param nonIdempotentTypes the setting of that name: a few.
 */
export function idempotentByDefault(type: WorkloadType, nonIdempotentTypes: readonly string[]): boolean {
  for (let k = 0; k < nonIdempotentTypes.length; k++) if (nonIdempotentTypes[k] === type) return false;
  return true;
}

/** The four resources a request may demand and a component limits, each in percent of the component (0 to 100). */
export const RESOURCES = ['cpu', 'memory', 'network', 'storage'] as const;

/** Name of a resource. */
export type ResourceName = (typeof RESOURCES)[number];

/** Percentages (0 to 100) of a component's resources. */
export type ResourceShares = Readonly<Record<ResourceName, number>>;
