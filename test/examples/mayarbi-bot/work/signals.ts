import type { WorkContext } from '../../../../docs/examples/mayarbi-bot/work/work.ts';

/** Somebody waits. */
export const live: WorkContext = { signal: new AbortController().signal };

/** Nobody waits any more. */
export const aborted: WorkContext = { signal: AbortSignal.abort(new Error('nobody waits')) };
