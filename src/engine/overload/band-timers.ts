import { isBelowBand, isWithinBand } from '../../fleet/component-bands.ts';
import { ServingState } from '../../fleet/component-table.ts';
import type { ConcurrencyLimits } from '../../learning/concurrency-limit.ts';
import type { Attempt } from '../../requests/job.ts';
import type { BandTimer, ComponentRecord } from '../membership/component-record.ts';
import type { EngineState } from '../state.ts';

const { operational } = ServingState;

/** A slot of a component was freed: tell its actor where that matters, and watch the dwell of its band. */
export function slotFreed(state: EngineState, record: ComponentRecord, t: number): void {
  const { components } = state.fleet;
  if (components.servingState[record.index] !== operational) record.actor?.send({ type: 'request.released' });
  else if (isBelowBand(components, record.index) && !record.bandTimer.isRunning) beginDwell(state, record.bandTimer, t);
}

function beginDwell(state: EngineState, bandTimer: BandTimer, t: number): void {
  state.scheduler.schedule(bandTimer, dwellEnd(state, t));
}

/**
 * A dwell may last this much longer, as a share of it, to end with the next look at the pressure: one wake-up serves both
 * (timer coalescing, as with the timer slack of operating systems).
 */
const SLACK = 0.4;

function dwellEnd({ settings: { bandDwellMs }, overload: { periodicCheck } }: EngineState, t: number): number {
  const look = periodicCheck.lookFrom(t + bandDwellMs);
  return look !== undefined && look - t <= bandDwellMs * (1 + SLACK) ? look : t + bandDwellMs;
}

/**
 * A slot was taken: the load may have come back above the edge, which ends the dwell. Off the wheel too: most dwells end so,
 * and nobody needs to wake for them.
 */
export function slotTaken(state: EngineState, { index, bandTimer }: ComponentRecord): void {
  // most components are in the lowest band: their dwell is not even looked at, and one that is left over ends by itself
  if (isWithinBand(state.fleet.components, index) && bandTimer.isRunning) state.scheduler.wheel.cancel(bandTimer);
}

/** The load has stayed below for the dwell. */
export function dwellOver(state: EngineState, bandTimer: BandTimer, t: number): void {
  const { actor, index } = bandTimer.record;
  if (state.fleet.components.servingState[index] !== operational) return;
  actor?.send({ type: 'load.dwellElapsed' });
  // from overloaded to busy and still below busy's edge: the next dwell begins now
  if (isBelowBand(state.fleet.components, index)) beginDwell(state, bandTimer, t);
}

/** An execution tells how many its component can do at a time; a time-out tells that it takes that long at least. */
export function adjustLimit(state: EngineState, limits: ConcurrencyLimits, attempt: Attempt, t: number): void {
  if (attempt.scale <= 0) return;
  const { component, startedAt, scale } = attempt;
  const slots = limits.finished(component, t, attempt.crowd, (t - startedAt) / scale);
  if (slots > 0) state.fleet.components.setLimit(component, slots);
}
