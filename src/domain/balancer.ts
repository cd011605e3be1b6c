import type { BalancerMetrics, BalancerRegions } from './metrics.ts';
import type { RequestCounts } from './outcome.ts';

/** Output of a balancer that has stopped. */
export interface BalancerOutput {
  /** How everything that was ever submitted came out; nothing is open any more. */
  readonly requests: RequestCounts;
  /** Everything else that was counted, as it stood at the end. */
  readonly metrics: BalancerMetrics;
}

/** State of a balancer: its regions while it lives, `stopped` afterwards. */
export type BalancerState = 'stopped' | { readonly active: Readonly<Record<keyof BalancerRegions, unknown>> };
