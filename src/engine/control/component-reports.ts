import { ServingState } from '../../fleet/component-table.ts';
import { raiseAlert } from '../events/alerts.ts';
import { failOver } from '../execution/failover.ts';
import { dropCheck, probeWanted } from '../health/checks.ts';
import type { ComponentReport } from '../membership/component-messages.ts';
import type { ComponentRecord } from '../membership/component-record.ts';
import { noteIfDrained, noteStatus } from '../membership/components.ts';
import type { EngineState } from '../state.ts';
import { refuse } from './commands.ts';

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
  noteStatus(state, record, report.status, report.state, report.reason, t);
  record.failures = report.failures;
  const serves = state.fleet.components.servingState[record.index]!;
  if (serves !== ServingState.probing) state.fleet.components.setAwaitsProbe(record.index, false);
  // a check of the regular round goes on while the component changes its load band
  if (serves !== ServingState.probing && (serves !== ServingState.operational || record.runningCheck.isProbe))
    dropCheck(state, record);
  if (report.status === 'Failed' && before !== 'Failed') {
    record.failedSince = t;
    const severity = record.spec.priority === 'CRITICAL' ? 'CRITICAL' : 'ERROR';
    raiseAlert(state, 'componentFailed', severity, record.id, `Component ${record.id} failed: ${report.reason}.`);
    state.events.publish({
      type: 'error.reported',
      severity,
      code: 'COMPONENT_FAILED',
      componentId: record.id,
      cause: report.reason,
    });
  }
  noteIfDrained(state, record);
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
