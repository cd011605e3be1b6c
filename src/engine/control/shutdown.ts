import type { EngineState } from '../state.ts';
import { closeWorker, stopActor } from '../membership/components.ts';
import { cancel } from '../execution/outcomes.ts';
import { dropCheck } from '../health/checks.ts';
import { rejectNotRunning } from '../admission/rejection.ts';

/**
 * The end, however it came: everything open settles as `cancelled`, signals abort, the wheel empties, children stop.
 * Also runs from `xstate.stop`, when no exit action does and the mailbox is lost; then the outbox is emptied at once.
 */
export function shutDown(state: EngineState): void {
  if (state.phase === 'stopped') return;
  const t = state.now();
  state.flowing = false;
  state.jobs.forEachOpen((job) => cancel(state, job, 'stopped', t));
  state.phase = 'stopped';
  for (const submission of state.pendingSubmissions) rejectNotRunning(state, submission, 'stopped');
  state.pendingSubmissions.clear();
  state.arrivals.flush();
  for (const record of state.records) {
    if (record === undefined) continue;
    dropCheck(state, record);
    stopActor(state, record);
    closeWorker(state, record);
  }
  for (const monitor of state.monitors.values()) state.stopChild(monitor);
  state.monitors.clear();
  state.wheel.clear();
  state.processor = undefined;
  state.control = [];
  state.notifyStopped();
}
