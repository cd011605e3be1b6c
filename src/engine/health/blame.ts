import { ServingState } from '../../fleet/component-table.ts';
import type { Attempt, Job } from '../../requests/job.ts';
import type { Blame } from '../../requests/job-extras.ts';
import type { ComponentRecord } from '../membership/component-record.ts';
import type { EngineState } from '../state.ts';
import { detectOutlier } from './outliers.ts';

/** From this share on a run that was cut short lengthens the row of failures, and is a bad probe. */
const AS_GOOD_AS_FAILED = 0.9;

/**
 * Whether what an attempt came to may be held against its component: it is operational, it is still the one on which the attempt
 * began, and it has not recovered since: money that was moved before an ejection and fails after it says nothing new.
 */
const counts = ({ fleet: { components } }: EngineState, record: ComponentRecord, attempt: Attempt): boolean =>
  components.servingState[record.index] === ServingState.operational &&
  attempt.incarnation === record.incarnation &&
  attempt.startedAt >= record.recoveredAt;

/**
 * An execution has failed, and the performance ledger has counted it. The first failure of a request is held against its
 * component at once. When it fails on a second one it is a request that nobody can do, and nobody's fault: both are taken back, and
 * so is each later one. Failing again where it failed before says nothing new.
 * @returns whether it is held.
 */
export function hold(state: EngineState, record: ComponentRecord, attempt: Attempt, t: number): boolean {
  const { job } = attempt;
  const { index } = record;
  const { health } = attempt.workload.route;
  const weight = state.fleet.performance.fast.at(t);
  const blames = attempt.live ? job.blames : null;
  const isNew = blames === null || !blames.some(({ component }) => component === index);
  const held = isNew && (blames === null || blames.length === 0) && counts(state, record, attempt);
  if (held) health.failed(index, weight, t, true);
  else state.fleet.performance.takeBack(index, weight, true);
  if (!attempt.live || !isNew) return held;
  if (blames !== null) for (const blame of blames) takeBack(state, blame, t);
  const blame = { component: index, serial: record.incarnation, route: attempt.workload.route, at: t, held };
  if (blames === null) job.blames = [blame];
  else blames.push(blame);
  return held;
}

/** Whether a request has failed on more than one component. */
export const isNobodysFault = ({ blames }: Job): boolean => blames !== null && blames.length > 1;

/** Whether somebody has not tried a request yet who may. */
export function hasUntried({ fleet: { components } }: EngineState, job: Job): boolean {
  const { blames, excluded, mayHaveRun, workload } = job;
  return workload.route.members.some(
    (i) =>
      !(mayHaveRun && components.runsOnce[i] === 1) &&
      components.servingState[i] === ServingState.operational &&
      excluded?.includes(i) !== true &&
      blames?.some(({ component }) => component === i) !== true,
  );
}

function takeBack(state: EngineState, blame: Blame, t: number): void {
  if (!blame.held) return;
  blame.held = false;
  const record = present(state, blame);
  if (record === undefined) return;
  const { index } = record;
  if (stands(state, record, blame)) {
    const weight = weightOf(state, blame, t);
    const shortens = blame.route.health.takeBack(index, weight, blame.at, state.fleet.performance.fast.at(t));
    state.fleet.performance.takeBack(index, weight, shortens);
    return;
  }
  // the ejection that it helped to bring about stands, but whether it was right is asked at once
  if (
    state.fleet.components.servingState[index] === ServingState.isolated &&
    state.fleet.components.ejected[index] === 1
  )
    record.actor?.send({ type: 'component.recover', reason: 'a failure that it was ejected for was nobody’s fault' });
}

/** A request that failed on several has been done after all: then it was their fault. */
export function countAgain(state: EngineState, { blames }: Job, t: number): void {
  if (blames === null || blames.length < 2) return;
  for (const blame of blames) {
    const record = blame.held ? undefined : present(state, blame);
    if (record === undefined || !stands(state, record, blame)) continue;
    blame.held = true;
    const { index } = record;
    const weight = weightOf(state, blame, t);
    const lengthens = blame.route.health.restore(index, weight, state.fleet.performance.fast.at(t));
    state.fleet.performance.failedInPart(index, t, weight / state.fleet.performance.fast.at(t), lengthens);
    detectOutlier(state, record, blame.route, t);
  }
}

const present = ({ fleet: { records } }: EngineState, { component, serial }: Blame): ComponentRecord | undefined => {
  const record = records[component];
  return record?.incarnation === serial ? record : undefined;
};

/** Whether what a component did at that time is still known of it. */
const stands = (
  { fleet: { components } }: EngineState,
  { index, recoveredAt, failedSince }: ComponentRecord,
  { at }: Blame,
): boolean => components.servingState[index] === ServingState.operational && at >= recoveredAt && !(failedSince > at);

/** What is left of a failure. */
const weightOf = (
  {
    fleet: {
      performance: { fast },
    },
  }: EngineState,
  { at }: Blame,
  t: number,
): number => fast.at(t) * Math.exp((at - t) / fast.tauMs);

/**
 * A run is cut short, by a deadline, by its caller or by another that was first: it is a failure by the share F of its type's recent
 * executions that were done in that time.
 * @returns whether it is as good as one: what a probe that was cut short comes to.
 */
export function cutShort(state: EngineState, record: ComponentRecord, attempt: Attempt, t: number): boolean {
  if (state.scheduler.isLagging) return false;
  const share = attempt.workload.stats.doneWithin(t - attempt.startedAt, t);
  failInPart(state, record, attempt, share, share >= AS_GOOD_AS_FAILED, t);
  return share >= AS_GOOD_AS_FAILED;
}

/** It has not even heeded its signal: then it is one, however soon it was cut short. */
export function hangsOn(state: EngineState, record: ComponentRecord, attempt: Attempt, t: number): void {
  if (state.scheduler.isLagging) return;
  failInPart(state, record, attempt, 1 - attempt.blamed, attempt.blamed < AS_GOOD_AS_FAILED, t);
}

function failInPart(
  state: EngineState,
  record: ComponentRecord,
  attempt: Attempt,
  share: number,
  lengthens: boolean,
  t: number,
): void {
  if (!(share > 0) || !counts(state, record, attempt)) return;
  attempt.blamed += share;
  record.lastFailure ??= { message: 'work was not done in the time that it had', code: undefined };
  const { index } = record;
  const { route } = attempt.workload;
  state.fleet.performance.failedInPart(index, t, share, lengthens);
  route.health.failed(index, state.fleet.performance.fast.at(t), t, lengthens, share);
  detectOutlier(state, record, route, t);
}
