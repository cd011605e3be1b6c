import { z } from 'zod';
import { ALGORITHMS } from './algorithm.ts';
import { PRIORITIES } from './priority.ts';

/** What a store must give back for it to be used; see SavedState. */
export const savedStateSchema = z.object({
  version: z.literal(1),
  savedAt: z.number(),
  weights: z.record(
    z.string(),
    z.object({ weight: z.number().positive().max(1000), configured: z.number().positive() }),
  ),
  algorithmPerformance: z.record(
    z.string(),
    z.object({ picks: z.number(), completed: z.number(), failed: z.number(), meanResponseMs: z.number() }),
  ),
  strategyByPriority: z.partialRecord(z.enum(PRIORITIES), z.enum(ALGORITHMS)),
});
