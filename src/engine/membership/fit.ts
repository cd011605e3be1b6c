import { NoEligibleComponentError } from '../../domain/errors.ts';
import { formatValue } from '../../domain/request.ts';
import { RESOURCES } from '../../domain/workload.ts';
import type { Demand } from '../../fleet/resource-usage.ts';
import { type Job, JobState } from '../../requests/job.ts';
import { fail } from '../execution/outcomes.ts';
import type { EngineState } from '../state.ts';

/** Components that an error names at most. */
const NAMED = 3;

/** Whether some component that serves a request has limits as large as its demand. */
export function fitsSomebody({ fleet: { resources } }: EngineState, job: Job, demand: Demand): boolean {
  for (const i of job.workload.route.members)
    if (job.excluded?.includes(i) !== true && resources.exceeded(i, demand) === undefined) return true;
  return false;
}

/** What a request asks for, and what the components have that serve it. @param reason whether it was refused at once, or fits no longer after a change. */
export function tooLarge(
  { fleet }: EngineState,
  job: Job,
  demand: Demand,
  reason: 'exceedsLimits' | 'noLongerFits' = 'exceedsLimits',
): NoEligibleComponentError {
  const { resources, records } = fleet;
  const limits: string[] = [];
  for (const i of job.workload.route.members) {
    const name = job.excluded?.includes(i) === true ? undefined : resources.exceeded(i, demand);
    if (name === undefined || limits.length === NAMED) continue;
    limits.push(`${records[i]?.id ?? ''} has ${resources.limit(i, RESOURCES.indexOf(name))} of ${name}`);
  }
  const needs = RESOURCES.flatMap((name, r) => (demand[r]! > 0 ? [`${name} ${demand[r]!}`] : []));
  return new NoEligibleComponentError(
    `No component that serves ${formatValue(job.type)} can ever hold the resources of the request (${needs.join(', ')}): ${limits.join(', ')}. Ask for less, or raise limits.`,
    { value: demand, requestId: job.givenId === '' ? undefined : job.givenId, reason },
  );
}

/** After limits or members have changed: what waits and fits nobody any more would stand in the way of others until its time is over. */
export function endTooLarge(state: EngineState, t: number): void {
  state.requests.jobs.forEachOpen((job) => {
    const { demand } = job;
    if (demand === null || (job.state !== JobState.queued && job.state !== JobState.awaitingRetry)) return;
    if (job.workload.route.members.length === 0 || fitsSomebody(state, job, demand)) return;
    fail(state, job, 'failed', tooLarge(state, job, demand, 'noLongerFits'), t);
  });
}
