import { isBelowBand, isWithinBand } from '../../fleet/component-bands.ts';
import { ServingState } from '../../fleet/component-table.ts';
import type { ConcurrencyLimits } from '../../learning/concurrency-limit.ts';
import type { Attempt } from '../../requests/job.ts';
import type { BandTimer, ComponentRecord } from '../membership/component-record.ts';
import type { EngineState } from '../state.ts';

const { operational } = ServingState;

/** A slot of a component was freed: tells its actor where that matters, and starts the band timer below the band's lower edge. */
export function slotFreed(state: EngineState, record: ComponentRecord, t: number): void {
  const { components } = state.fleet;
  if (components.servingState[record.index] !== operational) record.actor?.send({ type: 'request.released' });
  else if (isBelowBand(components, record.index) && !record.bandTimer.isRunning) beginDwell(state, record.bandTimer, t);
}

function beginDwell(state: EngineState, bandTimer: BandTimer, t: number): void {
  state.scheduler.schedule(bandTimer, dwellEnd(state, t));
}

/**
 * A band timer may run longer by this share of `bandDwellMs`, to fire together with the periodic check: one wake-up serves
 * both (timer coalescing, as with the timer slack of operating systems).
 */
const SLACK = 0.4;

function dwellEnd({ settings: { bandDwellMs }, overload: { periodicCheck } }: EngineState, t: number): number {
  const look = periodicCheck.lookFrom(t + bandDwellMs);
  return look !== undefined && look - t <= bandDwellMs * (1 + SLACK) ? look : t + bandDwellMs;
}

/**
 * A slot was taken: if the load is back above the edge, the band timer is cancelled. Most end this way, and nobody should
 * wake for them.
 */
export function slotTaken(state: EngineState, { index, bandTimer }: ComponentRecord): void {
  // most components are in the lowest band, where this test is false; a timer left over from before fires without effect
  if (isWithinBand(state.fleet.components, index) && bandTimer.isRunning) state.scheduler.wheel.cancel(bandTimer);
}

/** The load has stayed below the band's lower edge for `bandDwellMs`. */
export function dwellOver(state: EngineState, bandTimer: BandTimer, t: number): void {
  const { actor, index } = bandTimer.record;
  if (state.fleet.components.servingState[index] !== operational) return;
  actor?.send({ type: 'load.dwellElapsed' });
  // it may have come from overloaded to busy and be below busy's edge as well: the timer starts again
  if (isBelowBand(state.fleet.components, index)) beginDwell(state, bandTimer, t);
}

/** Feeds an execution to the concurrency limit of its component; a time-out counts as an execution of that length. */
export function adjustLimit(state: EngineState, limits: ConcurrencyLimits, attempt: Attempt, t: number): void {
  if (attempt.scale <= 0) return;
  const { component, startedAt, scale } = attempt;
  const slots = limits.finished(component, t, attempt.crowd, (t - startedAt) / scale);
  if (slots > 0) state.fleet.components.setLimit(component, slots);
}
