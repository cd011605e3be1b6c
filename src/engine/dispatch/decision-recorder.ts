import { ALGORITHMS } from '../../domain/algorithm.ts';
import type { Decision } from '../../domain/decision.ts';
import { priorityOf } from '../../domain/priority.ts';
import type { Job } from '../../requests/job.ts';
import { Pick } from '../../selection/built-in-policy.ts';
import type { DecisionLog } from '../../selection/decision-log.ts';
import { explainEligibility } from '../../selection/explain.ts';
import type { ShadowEvaluation } from '../../selection/shadow-evaluation.ts';
import type { EngineState } from '../state.ts';

/** Writes down a decision that was just taken, before anything of it is done. Only where `explain` is on. */
export function explain(
  state: EngineState,
  log: DecisionLog,
  job: Job,
  chosen: number,
  waiting: number,
  t: number,
): void {
  const { components } = state.fleet;
  const { algorithms, selector } = state.selection;
  const candidates = explainEligibility(selector.eligibility, job, t).map(({ index, reason, expectedCost }) => ({
    componentId: components.ids[index]!,
    // a probe was no candidate of the algorithm, and of a large route only a sample was: the chosen one may be missing here
    exclusion: index === chosen ? undefined : reason,
    expectedCost,
    slotsTaken: components.taken[index]!,
    slots: components.slots[index]!,
  }));
  const decision: Decision = {
    requestId: state.requests.jobs.idOf(job),
    workload: job.request.type,
    priority: priorityOf(job.cls),
    at: t + state.scheduler.origin,
    attempt: job.attempts + 1,
    algorithm: algorithms.policy.name,
    strategy: algorithms.active === 'adaptive' ? algorithms.adaptive.strategies[job.cls] : undefined,
    chosen: chosen < 0 ? undefined : components.ids[chosen],
    probe: selector.lastWasProbe,
    candidates,
    waiting,
  };
  log.add(decision);
}

/** Asks the other algorithms about a decision that was just taken, before anything of it is done. Only where `shadow` is on. */
export function shadow(
  { selection: { selector, algorithms } }: EngineState,
  shadows: ShadowEvaluation,
  job: Job,
  chosen: number,
): void {
  if (chosen === Pick.none || selector.lastWasProbe || job.workload.route.withFreeSlot !== null) return;
  const { active } = algorithms;
  shadows.note(selector.eligibility.candidates, job, chosen, active === 'custom' ? -1 : ALGORITHMS.indexOf(active));
}
