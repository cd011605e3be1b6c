import { ServingState } from '../../fleet/component-table.ts';
import { judgeOutlier, mayEject } from '../../health/outlier-detection.ts';
import type { ComponentRecord } from '../membership/component-record.ts';
import type { EngineState } from '../state.ts';

/** Checks or reports in a row that fail a component. */
const UNHEALTHY_THRESHOLD = 3;

/** A component's execution failed: does that make it an outlier? */
export function detectOutlier(state: EngineState, record: ComponentRecord, t: number): void {
  const { outlier } = state.settings;
  const verdict = judgeOutlier(state.fleet.performance, record.index, t, outlier);
  if (verdict === undefined || !mayEject(state.fleet.components, record.index, outlier)) return;
  eject(state, record, verdict === 'consecutiveFailures' ? 'consecutive failures' : 'failure ratio', true);
}

/** Fails a component for a reason of the balancer's own. */
export function eject(state: EngineState, record: ComponentRecord, reason: string, ejected: boolean): void {
  state.fleet.performance.clearOutcomes(record.index);
  state.selection.changeDetector.noteEjection();
  record.badChecks = 0;
  record.badReports = 0;
  record.actor?.send({ type: 'component.fail', reason, ejected });
}

/** `component.reportHealth`: three bad ones in a row fail the component, a good one starts the count anew. */
export function reportHealth(
  state: EngineState,
  record: ComponentRecord,
  healthy: boolean,
  reason: string | undefined,
): void {
  record.badReports = healthy ? 0 : record.badReports + 1;
  if (record.badReports >= UNHEALTHY_THRESHOLD && isOperational(state, record)) {
    eject(state, record, reason ?? 'reported unhealthy', false);
  }
}

/** A health check of the regular round was answered. */
export function onCheckCompleted(state: EngineState, record: ComponentRecord, healthy: boolean, reason: string): void {
  record.badChecks = healthy ? 0 : record.badChecks + 1;
  if (record.badChecks >= UNHEALTHY_THRESHOLD && isOperational(state, record))
    eject(state, record, `health check: ${reason}`, false);
}

const isOperational = (state: EngineState, record: ComponentRecord): boolean =>
  state.fleet.components.servingState[record.index] === ServingState.operational;
