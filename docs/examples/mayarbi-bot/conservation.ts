import type { Outcomes } from './bot-view.ts';

/** How a request ends, in the order in which reports list it. */
export const SETTLED = ['completed', 'failed', 'timedOut', 'shed', 'rejected', 'cancelled'] as const;
/** Where a request is that has not ended. */
export const OPEN = ['queued', 'inFlight', 'awaitingRetry'] as const;

export interface Conservation {
  readonly settled: number;
  readonly open: number;
  /** submitted − settled − open: requests that nobody can account for (above 0) or that were counted twice (below). */
  readonly missing: number;
  readonly holds: boolean;
}

/** Whether every request that was submitted is somewhere, and once. */
export const conservationOf = (outcomes: Outcomes): Conservation => {
  const settled = SETTLED.reduce((sum, name) => sum + outcomes[name], 0);
  const open = OPEN.reduce((sum, name) => sum + outcomes[name], 0);
  const missing = outcomes.submitted - settled - open;
  return { settled, open, missing, holds: missing === 0 };
};
