import { cooldownMs } from '../../health/recovery.ts';
import { lastError, raiseAlert } from '../events/alerts.ts';
import type { ComponentRecord } from '../membership/component-record.ts';
import type { EngineState } from '../state.ts';

/** Executions that must succeed until a component has proved itself: in a row where it is avoided, after a recovery in all. */
export const TO_PROVE = 10;

/**
 * An outlier that may not be ejected, since a route of it would be left without anybody (or with too few), is avoided: where others
 * have a free slot it is no candidate. Its own route goes on using it, and now and then it gets one request of the others as a trial.
 */
export function avoid(state: EngineState, record: ComponentRecord, reason: string, t: number): void {
  state.fleet.components.setAvoided(record.index, true);
  record.toProve = TO_PROVE;
  record.badTrials = 0;
  nextTrial(state, record, t);
  const cause = record.lastFailure;
  const message = `Component ${record.id} is avoided: ${reason}.${lastError(cause)}`;
  state.diagnostics.log('warn', { componentId: record.id, reason, ...(cause && { cause }) }, `plimsoll: ${message}`);
  raiseAlert(state, 'componentAvoided', 'WARNING', record.id, message, record.id, cause);
  state.events.publish({
    type: 'error.reported',
    severity: 'WARNING',
    code: 'COMPONENT_AVOIDED',
    componentId: record.id,
    cause: reason,
  });
}

/** It failed again. */
export function failedAsAvoided(record: ComponentRecord): void {
  record.toProve = TO_PROVE;
}

/** Lets each avoided component whose time has come have a request as a trial. */
export function offerTrials(state: EngineState, t: number): void {
  const {
    fleet: { components },
  } = state;
  if (components.avoidedCount === 0) return;
  for (const record of state.fleet.records)
    if (record !== undefined && components.avoided[record.index] === 1 && t >= record.trialAt)
      components.setAwaitsProbe(record.index, true);
}

/** A trial has begun: one at a time. */
export function trialBegan(record: ComponentRecord): void {
  record.trialAt = Number.POSITIVE_INFINITY;
}

/** The next trial comes at once after a good one, else after a cooldown that doubles with each bad one. */
export function trialEnded(state: EngineState, record: ComponentRecord, good: boolean, t: number): void {
  if (good) record.trialAt = t;
  else nextTrial(state, record, t);
}

function nextTrial({ settings, random }: EngineState, record: ComponentRecord, t: number): void {
  record.trialAt = t + cooldownMs(++record.badTrials, settings.recovery, random);
}
