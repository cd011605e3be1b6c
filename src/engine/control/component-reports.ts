import { ServingState } from '../../fleet/component-table.ts';
import { failureText } from '../../lib/unknown-error.ts';
import { lastError, raiseAlert } from '../events/alerts.ts';
import { failOver } from '../execution/failover.ts';
import { TO_PROVE } from '../health/avoidance.ts';
import { dropCheck, probeWanted } from '../health/checks.ts';
import { forget } from '../health/outliers.ts';
import type { ComponentReport } from '../membership/component-messages.ts';
import type { ComponentRecord } from '../membership/component-record.ts';
import { noteIfDrained, noteStatus } from '../membership/components.ts';
import type { EngineState } from '../state.ts';
import { refuse } from './commands.ts';
import { cancelStranded } from './shutdown.ts';

const PROBING = 'failed.probing';

/** The record whose present actor sent a report; undefined when that actor has been replaced or its component has left. */
function sender(state: EngineState, report: ComponentReport): ComponentRecord | undefined {
  const record = state.fleet.records[report.index];
  return record?.incarnation === report.incarnation ? record : undefined;
}

/** A component entered a state. */
export function componentChanged(
  state: EngineState,
  report: Extract<ComponentReport, { type: 'component.stateReported' }>,
): void {
  const record = sender(state, report);
  if (record === undefined) return;
  const t = state.scheduler.now();
  const before = record.status;
  if ((record.state === PROBING) !== (report.state === PROBING)) record.probeSession++;
  const cause = record.failedFor;
  noteStatus(state, record, report.status, report.state, report.reason, t);
  const standing = state.fleet.components.servingState[record.index]!;
  if (standing === ServingState.operational) {
    if (before === 'Failed') {
      record.recoveredAt = t;
      record.toProve = TO_PROVE;
    }
  } else forget(state, record);
  record.failures = report.failures;
  if (standing !== ServingState.probing) state.fleet.components.setAwaitsProbe(record.index, false);
  // a round's check goes on while the load goes up and down
  if (standing !== ServingState.probing && (standing !== ServingState.operational || record.runningCheck.isProbe))
    dropCheck(state, record);
  if (report.status === 'Failed' && before !== 'Failed') {
    record.failedSince = t;
    const severity = record.spec.priority === 'CRITICAL' ? 'CRITICAL' : 'ERROR';
    const message = `Component ${record.id} failed: ${report.reason}.${lastError(cause)}`;
    raiseAlert(state, 'componentFailed', severity, record.id, message, record.id, cause);
    state.events.publish({
      type: 'error.reported',
      severity,
      code: 'COMPONENT_FAILED',
      componentId: record.id,
      cause: cause === undefined ? report.reason : `${report.reason}; ${failureText(cause)}`,
    });
  }
  noteIfDrained(state, record);
  if (state.mode.phase === 'draining' && report.status === 'Maintenance') cancelStranded(state, t);
}

export function componentFailing(
  state: EngineState,
  report: Extract<ComponentReport, { type: 'component.failoverRequested' }>,
): void {
  const record = sender(state, report);
  if (record === undefined) return;
  const t = state.scheduler.now();
  failOver(state, record, report.reason, t);
}

export function componentProbeWanted(
  state: EngineState,
  report: Extract<ComponentReport, { type: 'component.probeRequested' }>,
): void {
  const record = sender(state, report);
  if (record === undefined) return;
  probeWanted(state, record);
}

export function componentRefused(
  state: EngineState,
  report: Extract<ComponentReport, { type: 'component.commandRefused' }>,
): void {
  const record = sender(state, report);
  if (record === undefined) return;
  refuse(state, { type: report.command, replyTo: report.replyTo }, report.state, report.reason, record.id);
}
