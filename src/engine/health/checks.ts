import { ServingState } from '../../fleet/component-table.ts';
import { errorMessage } from '../../lib/unknown-error.ts';
import type { Attempt } from '../../requests/job.ts';
import { inside } from '../inner-messages.ts';
import type { ComponentRecord, RunningCheck } from '../membership/component-record.ts';
import type { EngineState } from '../state.ts';
import { trialEnded } from './avoidance.ts';
import { onCheckCompleted } from './outliers.ts';

/** A failed component asks for its next probe: its check where it has one, else one real request. */
export function probeWanted(state: EngineState, record: ComponentRecord): void {
  if (state.fleet.components.servingState[record.index] !== ServingState.probing) return;
  if (record.spec.check !== undefined) startCheck(state, record, true);
  else state.fleet.components.setAwaitsProbe(record.index, true);
}

/** A check that was a probe has answered. Ignored unless the component still waits for it. */
function checkedAsProbe(state: EngineState, record: ComponentRecord, good: boolean, reason: string): void {
  if (state.fleet.components.servingState[record.index] !== ServingState.probing) return;
  record.actor?.send(good ? { type: 'probe.good' } : { type: 'probe.bad', reason });
}

/**
 * A request that was a probe has ended; each speaks once, and only about the probing that it was started in.
 * @param verdict undefined: it never began, or was moved, so that another is wanted; `inconclusive`: it was cut short too soon
 * to prove anything, and the next one waits for the cooldown.
 */
export function probeEnded(
  state: EngineState,
  attempt: Attempt,
  verdict: boolean | 'inconclusive' | undefined,
  reason?: string,
): void {
  if (!attempt.probe) return;
  attempt.probe = false;
  const record = state.fleet.records[attempt.component];
  if (
    record === undefined ||
    attempt.incarnation !== record.incarnation ||
    attempt.probeSession !== record.probeSession
  )
    return;
  if (state.fleet.components.avoided[record.index] === 1)
    trialEnded(state, record, verdict === true, state.scheduler.now());
  else if (verdict === undefined) probeWanted(state, record);
  else if (verdict === 'inconclusive') record.actor?.send({ type: 'probe.inconclusive' });
  else record.actor?.send(verdict ? { type: 'probe.good' } : { type: 'probe.bad', reason });
}

/** Runs the check of a component, bounded by `checkTimeoutMs`. One at a time: the check of a round becomes the probe where one is wanted. */
export function startCheck(state: EngineState, record: ComponentRecord, decides: boolean): void {
  const { check } = record.spec;
  const { runningCheck } = record;
  if (check === undefined) return;
  if (runningCheck.id !== 0) {
    if (decides) runningCheck.isProbe = true;
    return;
  }
  const serial = ++state.fleet.nextIncarnation;
  const { index } = record;
  runningCheck.id = serial;
  runningCheck.isProbe = decides;
  const controller = new AbortController();
  runningCheck.controller = controller;
  state.scheduler.schedule(runningCheck, state.scheduler.now() + state.settings.checkTimeoutMs);
  const answer = (healthy: boolean, reason: string): void =>
    state.mailbox.send(inside({ type: 'check.completed', index, serial, healthy, reason }));
  state.events.enqueue({
    run() {
      const asked = async (): Promise<unknown> => check({ signal: controller.signal, clock: state.clock });
      asked().then(
        (value) => answer(value !== false, 'it returned false'),
        (error: unknown) => answer(false, errorMessage(error)),
      );
    },
  });
}

/** A check has answered in time, or too late. */
export function checkCompleted(
  state: EngineState,
  record: ComponentRecord | undefined,
  serial: number,
  healthy: boolean,
  reason: string,
): void {
  if (record === undefined || record.runningCheck.id !== serial) return;
  finish(state, record, healthy, reason);
}

/** A check has run too long. If the event loop was blocked, that proves nothing: the check runs again. */
export function onCheckTimeout(state: EngineState, runningCheck: RunningCheck): void {
  const { record } = runningCheck;
  if (runningCheck.id === 0) return;
  abortCheck(state, runningCheck, `The health check ran longer than ${state.settings.checkTimeoutMs} ms.`);
  if (state.scheduler.isLagging) {
    const { isProbe } = runningCheck;
    clear(state, runningCheck);
    startCheck(state, record, isProbe);
  } else finish(state, record, false, 'it timed out');
}

function finish(state: EngineState, record: ComponentRecord, healthy: boolean, reason: string): void {
  const { isProbe } = record.runningCheck;
  clear(state, record.runningCheck);
  if (isProbe) checkedAsProbe(state, record, healthy, `health check: ${reason}`);
  else onCheckCompleted(state, record, healthy, reason);
}

function clear(state: EngineState, runningCheck: RunningCheck): void {
  state.scheduler.wheel.cancel(runningCheck);
  runningCheck.id = 0;
  runningCheck.controller = null;
}

/** Gives up a check under way: its component has failed, left, or changed its actor. */
export function dropCheck(state: EngineState, record: ComponentRecord): void {
  const { runningCheck } = record;
  if (runningCheck.id === 0) return;
  abortCheck(state, runningCheck, 'The component has failed, left, or gone into maintenance.');
  clear(state, runningCheck);
}

function abortCheck(state: EngineState, { controller }: RunningCheck, why: string): void {
  if (controller !== null) state.events.enqueue({ run: () => controller.abort(new Error(why)) });
}

/** A round of the health checker: every component that has a check and is operational, in parallel. */
export function checkRound(state: EngineState): void {
  for (const record of state.fleet.records) {
    if (record === undefined || record.actor === null) continue;
    if (state.fleet.components.servingState[record.index] === ServingState.operational)
      startCheck(state, record, false);
  }
}
