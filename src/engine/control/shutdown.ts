import { rejectNotRunning } from '../admission/rejection.ts';
import { cancel } from '../execution/outcomes.ts';
import { isStranded } from '../execution/requeue.ts';
import { dropCheck } from '../health/checks.ts';
import { closeWorker, removeDrained, stopActor } from '../membership/components.ts';
import type { EngineState } from '../state.ts';

/**
 * The end of a balancer, however it came: everything open settles as `cancelled`, signals abort, timers are cleared,
 * children stop. It also runs on `xstate.stop`, where XState runs no exit action and drops the mailbox; the caller then
 * empties the outbox at once.
 */
export function shutDown(state: EngineState): void {
  if (state.mode.phase === 'stopped') return;
  const t = state.scheduler.now();
  state.mode.flowing = false;
  state.requests.jobs.forEachOpen((job) => cancel(state, job, 'stopped', t));
  state.handlers.close();
  removeDrained(state);
  state.mode.phase = 'stopped';
  state.waitingLine.close('stopped', t);
  for (const submission of state.mailbox.pendingSubmissions) rejectNotRunning(state, submission, 'stopped');
  state.mailbox.pendingSubmissions.clear();
  state.mailbox.arrivals.flush();
  for (const record of state.fleet.records) {
    if (record === undefined) continue;
    dropCheck(state, record);
    stopActor(state, record);
    closeWorker(state, record);
  }
  for (const monitor of state.supervision.monitors.values()) state.supervision.stopChild(monitor);
  state.supervision.monitors.clear();
  state.scheduler.wheel.clear();
  state.scheduler.processor = undefined;
  state.mailbox.control = [];
  state.options.processHold?.release();
  state.waiters.notifyStopped();
}

/**
 * While the balancer drains: what waits, and whom nobody can serve since all components that could are in maintenance, is
 * cancelled at once. Nobody brings them back in the middle of a stop.
 */
export function cancelStranded(state: EngineState, t: number): void {
  let count = 0;
  state.requests.jobs.forEachOpen((job) => {
    if (!isStranded(state, job)) return;
    count++;
    cancel(state, job, 'stopped', t);
  });
  if (count === 0) return;
  const message =
    'plimsoll: stopping: cancelled requests at once, since each component that serves them is in maintenance';
  state.diagnostics.log('warn', { count }, message);
}
