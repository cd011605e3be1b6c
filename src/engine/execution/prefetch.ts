import type { ReusableList } from '../../lib/double-buffer.ts';
import type { Attempt } from '../../requests/job.ts';
import type { EngineState } from '../state.ts';

/** With fewer components everything fits into a core's own cache. */
const MANY = 256;
/** Settlements whose lines are fetched at a time: a dozen lines of 64 B each, together a third of a first-level cache. */
const AT_A_TIME = 16;
/** Where what was read goes, so that the compiler does not leave out reads for which nobody has a use. */
const READ = new Float64Array(1);

/**
 * Reads one number from each cache line that the next settlements need. With thousands of components these lines are in no
 * cache. Reads that follow each other closely are waited for together; in the course of a settlement each would be waited
 * for alone. After Callahan, Kennedy and Porterfield, "Software Prefetching" (ASPLOS 1991).
 * @param next place in the batch of the settlement that comes next.
 */
export function prefetch(
  { fleet: { components, records, performance } }: EngineState,
  batch: ReusableList<Attempt>,
  next: number,
  t: number,
): void {
  if (components.count < MANY || next % AT_A_TIME !== 0) return;
  const end = Math.min(next + AT_A_TIME, batch.count);
  let read = 0;
  for (let k = next; k < end; k++) {
    const { component, startedAt } = batch.items[k]!;
    const record = records[component];
    // it may have left
    if (record !== undefined)
      read += components.taken[component]! + performance.prefetch(component) + record.prefetch(t - startedAt);
  }
  READ[0] = read;
}
