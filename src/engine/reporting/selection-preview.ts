import { requestProblem, type WorkloadRequest } from '../../domain/request.ts';
import type { BuiltInPolicy, SelectionRequest } from '../../selection/built-in-policy.ts';
import { RULES } from '../../selection/eligibility-rules.ts';
import { rulesAgainst } from '../../selection/explain.ts';
import type { EngineView } from '../engine-view.ts';
import { viewOf } from './request-view.ts';

/** One component as a decision would see it. */
export interface CandidateAssessment {
  /** The component. */
  readonly componentId: string;
  /** Why it is out of the question; undefined for a candidate. */
  readonly excluded: string | undefined;
  /** Share of trial picks that went to it, 0 to 1; undefined when it was not asked. */
  readonly score: number | undefined;
  /** Slots that are free now. */
  readonly slotsFree: number;
  /** Slots that may be taken now: the maximum, lowered while warming up. */
  readonly slots: number;
  /** Mean response time of late, ms; 0 when nothing ended. */
  readonly responseTimeMs: number;
  /** The weight times the share that a slow start allows it now. */
  readonly effectiveWeight: number;
}

/** Who would take a request now, and why not the others. */
export interface SelectionPreview {
  /** Epoch ms of the balancer's clock. */
  readonly at: number;
  /** The algorithm in use, or the name of your policy. */
  readonly algorithm: string;
  /** The policy would rather wait. */
  readonly held: boolean;
  /** The route is so large that picks are made from a random sample: there are no scores. */
  readonly sampled: boolean;
  /** The components of the route, candidates and others. */
  readonly considered: readonly CandidateAssessment[];
}

const TRIALS = 200;
/** Trials with a golden-ratio sequence: evenly spread, so that 200 show a probability to about 1 %, and without using up random numbers. */
const GOLDEN = 0.618_033_988_749_895;

/**
 * Asks the policy in use, with fresh memory: earlier picks have no influence. Changes nothing.
 * @throws InvalidRequestError
 */
export function previewSelection(state: EngineView, request: WorkloadRequest): SelectionPreview {
  const problem = requestProblem(request);
  if (problem !== undefined) throw problem;
  const t = state.scheduler.now();
  const view = viewOf(state, request);
  const eligibility = state.selection.selector.previewEligibility;
  const sampled = view.workload.route.withFreeSlot !== null;
  const count = eligibility.fill(view, t, view.workload.route.queued);
  const candidates = new Set(eligibility.candidates.list.subarray(0, count));
  const against = rulesAgainst(view, eligibility.candidates);
  const reasonAgainst = (i: number): string => {
    const rule = view.workload.route.has(i) ? against.get(i) : RULES.find(({ reason }) => reason === 'notServed');
    return rule?.says(i, view, eligibility.candidates) ?? 'not drawn into the sample';
  };
  const { policy } = state.selection.algorithms;
  const picks = sampled || count === 0 ? undefined : trial(state, policy, view);
  const considered = state.fleet.records.flatMap((record): CandidateAssessment[] => {
    if (record === undefined) return [];
    const { components, performance } = state.fleet;
    const i = record.index;
    return [
      {
        componentId: record.id,
        excluded: candidates.has(i) ? undefined : reasonAgainst(i),
        score: candidates.has(i) && picks !== undefined ? (picks.get(i) ?? 0) / TRIALS : undefined,
        slotsFree: Math.max(0, components.free[i]!),
        slots: components.slots[i]!,
        responseTimeMs: performance.meanResponseMs(i),
        effectiveWeight: components.effectiveWeight(i, view.cls <= 1),
      },
    ];
  });
  return {
    at: state.clock.now(),
    algorithm: policy.name,
    held: picks !== undefined && picks.size === 0,
    sampled,
    considered,
  };
}

function trial(state: EngineView, policy: BuiltInPolicy, view: SelectionRequest): Map<number, number> {
  const picks = new Map<number, number>();
  const { candidates } = state.selection.selector.previewEligibility;
  let k = 0;
  const random = (): number => (++k * GOLDEN) % 1;
  const memory: unknown = policy.createMemory?.() ?? {};
  for (let n = 0; n < TRIALS; n++) {
    let answer: number;
    try {
      answer = policy.select(candidates, view, memory, random);
    } catch {
      return picks;
    }
    if (answer < 0) continue;
    const i = candidates.list[answer]!;
    picks.set(i, (picks.get(i) ?? 0) + 1);
  }
  return picks;
}

/**
 * Who would take a request now, with copies of what the policies remember and random numbers of its own, so that nothing
 * changes. Nobody does while dispatch is paused or the balancer does not run.
 * @throws InvalidRequestError
 */
export function peek(state: EngineView, request: WorkloadRequest): string | undefined {
  const problem = requestProblem(request);
  if (problem !== undefined) throw problem;
  if (!state.mode.flowing || state.mode.phase === 'starting' || state.mode.phase === 'stopped') return undefined;
  const view = viewOf(state, request);
  const chosen = state.selection.selector.preview(
    view,
    state.selection.algorithms.policy,
    state.scheduler.now(),
    view.workload.route.queued,
  );
  return state.fleet.records[chosen]?.id;
}
